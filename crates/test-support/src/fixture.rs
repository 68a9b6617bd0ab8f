//! Fixtures: files in a directory of their own, whose lines have names.
//!
//! A comment `# @name` names the line it stands on, in Nix and in Python alike, so that tests need
//! no line numbers. The comments stay in the files. Nothing is evaluated or run here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A directory with files. It is removed when the fixture is dropped.
#[derive(Debug)]
pub struct Fixture {
    /// Removes the directory.
    _directory: TempDir,
    path: PathBuf,
    files: BTreeMap<String, String>,
}

impl Fixture {
    /// Writes files, each given by its name relative to the directory and its text.
    #[must_use]
    pub fn new(files: &[(&str, &str)]) -> Self {
        Self::named("fixture", files)
    }

    /// As [`Fixture::new`], in a directory whose name begins with `place`.
    #[must_use]
    pub fn named(place: &str, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::Builder::new()
            .prefix(&format!("{place}-"))
            .tempdir()
            .expect("the temporary directory can be written");
        // Programs report real paths, and the temporary directory may be a link.
        let path = directory
            .path()
            .canonicalize()
            .expect("the directory exists");
        let mut fixture = Self {
            _directory: directory,
            path,
            files: BTreeMap::new(),
        };
        for (name, text) in files {
            fixture.write(name, text);
        }
        fixture
    }

    /// Writes a file, or writes it anew, as an editor does when the user saves it.
    pub fn write(&mut self, name: &str, text: &str) {
        let path = self.path.join(name);
        let parent = path.parent().expect("a file is in a directory");
        fs::create_dir_all(parent).expect("the fixture can be written");
        fs::write(&path, text).expect("the fixture can be written");
        self.files.insert(name.to_owned(), text.to_owned());
    }

    /// The directory, absolute and free of links.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.path
    }

    /// The absolute path of a file.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The text of a file as the fixture wrote it.
    ///
    /// # Panics
    ///
    /// When there is no such file.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.files
            .get(name)
            .unwrap_or_else(|| panic!("the fixture has no file {name}"))
    }

    /// The number of the line, from 1, that is named by `# @marker`.
    ///
    /// # Panics
    ///
    /// When the file has no such line, or more than one.
    #[must_use]
    pub fn line(&self, name: &str, marker: &str) -> i64 {
        let markers = markers(self.text(name));
        match markers.get(marker).map(Vec::as_slice) {
            Some([line]) => *line,
            Some(lines) => panic!("{name} has the marker @{marker} on the lines {lines:?}"),
            None => panic!(
                "{name} has no marker @{marker}, only {:?}",
                markers.keys().collect::<Vec<_>>()
            ),
        }
    }
}

/// The lines, from 1, of each marker of a text.
fn markers(text: &str) -> BTreeMap<&str, Vec<i64>> {
    let mut markers: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let comments = line
            .match_indices("# @")
            .map(|(start, _)| &line[start + 2..]);
        let Some(comment) = comments.last() else {
            continue;
        };
        let words = comment.split_whitespace();
        for marker in words.map_while(|word| word.strip_prefix('@')) {
            markers.entry(marker).or_default().push(number);
        }
    }
    markers
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "\
{
  name = \"hello\"; # @name
  testScript = ''
    machine.start() # @start @first
    # not @marked
    print('# @print')  # @bp
  '';
}
";

    #[test]
    fn lines_are_found_by_their_markers() {
        let fixture = Fixture::new(&[("hello.nix", TEST), ("lib/other.py", "x = 1  # @bp\n")]);
        let line = |marker| fixture.line("hello.nix", marker);
        assert_eq!(["name", "start", "first", "bp"].map(line), [2, 4, 4, 6]);
        assert_eq!(fixture.line("lib/other.py", "bp"), 1);
    }

    #[test]
    #[should_panic(
        expected = "hello.nix has no marker @bq, only [\"bp\", \"first\", \"name\", \"start\"]"
    )]
    fn a_missing_marker_is_named_with_those_that_exist() {
        let _ = Fixture::new(&[("hello.nix", TEST)]).line("hello.nix", "bq");
    }

    #[test]
    #[should_panic(expected = "a.py has the marker @bp on the lines [1, 3]")]
    fn a_marker_that_is_there_twice_is_refused() {
        let _ = Fixture::new(&[("a.py", "# @bp\n\n# @bp\n")]).line("a.py", "bp");
    }

    #[test]
    fn saving_a_file_moves_its_markers() {
        let mut fixture = Fixture::new(&[("a.py", "# @bp\n")]);
        fixture.write("a.py", "\n# @bp\n");
        assert_eq!(fixture.line("a.py", "bp"), 2);
        assert_eq!(
            fs::read_to_string(fixture.path("a.py")).unwrap(),
            fixture.text("a.py")
        );
    }

    #[test]
    fn the_directory_goes_with_the_fixture() {
        let fixture = Fixture::new(&[("a.py", "")]);
        let directory = fixture.directory().to_owned();
        assert!(directory.is_dir());
        drop(fixture);
        assert!(!directory.exists());
    }
}
