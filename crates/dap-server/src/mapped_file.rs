//! A file that a part of the script came from, as it was then and as it is now.
//!
//! The map belongs to the text that was evaluated. A person edits on while the test runs, so lines are carried by a diff,
//! and a line that is not what it was is said to be so.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use source_map::{LineEdits, LineEnds, LineIndex, literals};

/// The lines of a file that gave lines of the script, and which.
#[derive(Debug, Default)]
pub(crate) struct GivenLines {
    /// For each line that stands for some by itself. One that is nothing but an interpolation stands for the first line of
    /// its value.
    pub(crate) lines: BTreeMap<u32, Vec<u32>>,
    /// For each further line of an interpolation: what its first line stands for.
    pub(crate) inside: BTreeMap<u32, Vec<u32>>,
}

/// A file with the lines of the script that it gave.
#[derive(Debug)]
pub(crate) struct MappedFile {
    path: PathBuf,
    /// As it was evaluated.
    text: Arc<str>,
    given: GivenLines,
    /// The lines of each string that gave any. A breakpoint moves down within its string, and no further.
    strings: Vec<RangeInclusive<u32>>,
    now: RefCell<Now>,
    /// Whether it was said that the file is not what it was.
    is_told: Cell<bool>,
}

/// What was found the last time somebody looked.
#[derive(Debug)]
struct Now {
    stamp: Option<(SystemTime, u64)>,
    edits: LineEdits,
}

impl MappedFile {
    /// A file with the text that was evaluated.
    pub(crate) fn new(path: &Path, text: &str, given: GivenLines) -> Self {
        let index = LineIndex::new(text, LineEnds::Nix);
        let is_nix = path.extension().is_some_and(|extension| extension == "nix");
        let strings = match is_nix {
            true => literals(text)
                .into_iter()
                .map(|string| index.line_of(string.range.start)..=index.line_of(string.range.end))
                .filter(|string| given.lines.range(string.clone()).next().is_some())
                .collect(),
            false => vec![1..=index.line_count()],
        };
        Self {
            path: path.to_owned(),
            text: Arc::from(text),
            given,
            strings,
            now: RefCell::new(Now {
                stamp: None,
                edits: LineEdits::between(text, text),
            }),
            is_told: Cell::new(false),
        }
    }

    /// Without links.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// As it was evaluated.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file has been found to be another than the one that was evaluated; said once.
    pub(crate) fn is_newly_changed(&self) -> bool {
        !self.is_told.get() && self.with_edits(LineEdits::is_changed) && !self.is_told.replace(true)
    }

    /// The lines of the file as it is now that gave something, ascending, with the lines of
    /// the script.
    pub(crate) fn lines_now(&self) -> Vec<(u32, &[u32])> {
        let lines = self.given.lines.iter();
        let mut lines: Vec<_> = self.with_edits(|edits| {
            lines
                .filter_map(|(&line, given)| Some((edits.line_to_new(line)?, given.as_slice())))
                .collect()
        });
        lines.sort_unstable();
        lines
    }

    /// The lines of the script that a line of the file as it is now stands for.
    ///
    /// # Errors
    /// A sentence for the user when there is none.
    pub(crate) fn script_lines(&self, line: u32) -> Result<&[u32], String> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let evaluated = self.with_edits(|edits| (edits.line_to_old(line), edits.is_changed()));
        let wanted = match evaluated {
            (Some(line), _) => line,
            (None, true) => {
                return Err(format!(
                    "line {line} of {name} was changed after the test was evaluated; start the test again to stop there"
                ));
            }
            (None, false) => return Err(format!("{name} has no line {line}")),
        };
        let outside = || format!("line {line} of {name} is not part of the test script");
        let given = &self.given;
        if let Some(lines) = given.lines.get(&wanted).or(given.inside.get(&wanted)) {
            return Ok(lines);
        }
        // A line that gave nothing, such as a stripped one, stands for the next of its string that did.
        let string = self.strings.iter().find(|string| string.contains(&wanted));
        let string = string.ok_or_else(outside)?;
        let next = given.lines.range(wanted..=*string.end()).next();
        next.map(|(_, lines)| lines.as_slice()).ok_or_else(outside)
    }

    /// The number that a line of the file as it is now had; `None` when it was changed or is new.
    pub(crate) fn line_then(&self, line: u32) -> Option<u32> {
        self.with_edits(|edits| edits.line_to_old(line))
    }

    /// The number that a line has now; `None` when it was changed or is gone.
    pub(crate) fn line_now(&self, line: u32) -> Option<u32> {
        self.with_edits(|edits| edits.line_to_new(line))
    }

    fn with_edits<R>(&self, ask: impl FnOnce(&LineEdits) -> R) -> R {
        let stamp = std::fs::metadata(&self.path)
            .ok()
            .and_then(|data| Some((data.modified().ok()?, data.len())));
        let mut now = self.now.borrow_mut();
        if now.stamp != stamp || stamp.is_none() {
            // A file that cannot be read any more is as it was.
            let text =
                std::fs::read_to_string(&self.path).unwrap_or_else(|_| self.text.to_string());
            *now = Now {
                stamp,
                edits: LineEdits::between(&self.text, &text),
            };
        }
        ask(&now.edits)
    }
}

#[cfg(test)]
#[allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop"
)]
mod tests {
    use super::*;

    const TEXT: &str =
        "{\n  a = ''\n    one\n\n    two\n  '';\n  b = 1;\n  c = ''\n    three\n  '';\n}\n";

    fn file(directory: &Path) -> MappedFile {
        let path = directory.join("test.nix");
        std::fs::write(&path, TEXT).unwrap();
        let lines = [(3, vec![1]), (5, vec![3]), (9, vec![4, 5])];
        let given = GivenLines {
            lines: BTreeMap::from(lines),
            ..GivenLines::default()
        };
        MappedFile::new(&path, TEXT, given)
    }

    #[test]
    fn a_line_without_text_stands_for_the_next_of_its_string() {
        let directory = tempfile::tempdir().unwrap();
        let file = file(directory.path());
        assert_eq!(file.script_lines(2), Ok([1].as_slice()));
        assert_eq!(file.script_lines(4), Ok([3].as_slice()));
        assert_eq!(file.script_lines(9), Ok([4, 5].as_slice()));
        for line in [1, 6, 7, 10] {
            let said = format!("line {line} of test.nix is not part of the test script");
            assert_eq!(file.script_lines(line), Err(said));
        }
        assert_eq!(
            file.script_lines(40),
            Err("test.nix has no line 40".to_owned())
        );
    }

    #[test]
    fn an_edited_file_is_followed_and_its_new_lines_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = file(directory.path());
        let edited = TEXT.replace("    two\n", "    new\n    two\n");
        std::fs::write(file.path(), edited).unwrap();
        assert_eq!(file.script_lines(6), Ok([3].as_slice()));
        assert_eq!(file.line_now(9), Some(10));
        let refusal = file.script_lines(5).unwrap_err();
        assert!(
            refusal.contains("was changed after the test was evaluated"),
            "{refusal}"
        );
        std::fs::remove_file(file.path()).unwrap();
        assert_eq!(file.line_now(9), Some(9));
    }
}
