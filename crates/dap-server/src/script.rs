//! The script of a session and where its lines stand: the edge at which every position is translated.
//!
//! The agent knows only lines of the script. The client knows files, and one more source: the generated script itself, which
//! it can always be shown, so that nothing depends on a complete map. This module reads the candidate files and asks
//! `source-map`; it never decides that an uncertain position is good enough.

mod copies;
mod given;
mod translate;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use source_map::{Column, Columns, FileId, Hint, Level, Location, Position, Project, ScriptMap};

use self::copies::{StoreCopy, without_copies};
use self::given::given_lines;
use crate::mapped_file::{GivenLines, MappedFile};

/// The `sourceReference` of the generated script.
pub(crate) const GENERATED_SCRIPT: i64 = 1;

/// The `sourceReference` of a text that was replaced is this and its number.
pub(crate) const PAST_SCRIPTS: i64 = 1_000_000;

/// The name under which clients show the generated script.
pub(crate) const GENERATED_NAME: &str = "testScript (generated)";

/// The agent counts characters as Python does; DAP clients count UTF-16 code units.
const COLUMNS: Columns = Columns {
    script: Column::Scalar,
    nix: Column::Utf16,
};

/// The number of the replaced text that a `sourceReference` stands for.
pub(crate) fn past_version(reference: i64) -> Option<i64> {
    reference
        .checked_sub(PAST_SCRIPTS)
        .filter(|version| *version > 0)
}

/// A source as breakpoints and frames name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SourceKey {
    /// A file. Editors and Nix may name one file in several ways, and each is answered in its own.
    File {
        /// As it was named.
        named: PathBuf,
        /// Without links, where it exists.
        real: PathBuf,
    },
    /// The generated script.
    Generated,
    /// A text that was the generated script before another one was loaded, by its number.
    Past(i64),
}

impl fmt::Display for SourceKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { named, .. } => named.display().fmt(formatter),
            Self::Generated => GENERATED_NAME.fmt(formatter),
            Self::Past(version) => write!(formatter, "testScript (text {version}, replaced)"),
        }
    }
}

impl SourceKey {
    pub(crate) fn file(named: &Path) -> Self {
        Self::File {
            named: named.to_owned(),
            real: canonical(named),
        }
    }

    /// The file without links.
    pub(crate) fn real_path(&self) -> Option<&Path> {
        match self {
            Self::File { real, .. } => Some(real),
            Self::Generated | Self::Past(_) => None,
        }
    }
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A place that a person can go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientPlace {
    pub(crate) source: SourceKey,
    /// From 1.
    pub(crate) line: i64,
    /// From 1, in UTF-16 code units.
    pub(crate) column: i64,
}

impl fmt::Display for ClientPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.source, self.line, self.column)
    }
}

/// Files that may have the test.
#[derive(Debug)]
pub(crate) struct Candidates<'a> {
    /// By the user: those with breakpoints, and the one that is debugged.
    pub(crate) named: Vec<PathBuf>,
    /// By the evaluation, which read them.
    pub(crate) evaluated: &'a [PathBuf],
}

/// A script and its map.
#[derive(Debug)]
pub(crate) struct Script {
    map: ScriptMap,
    /// The files that the script came from, by their paths without links; the main one is named first.
    files: Vec<MappedFile>,
    /// The script is the one file, line by line.
    is_file: bool,
    /// The lines where a breakpoint can hit, and the columns of their statements, both from 1, columns in characters.
    pub(crate) statements: Arc<BTreeMap<u32, u32>>,
    /// The agent's number for this text.
    pub(crate) version: i64,
    /// How the text itself is shown.
    pub(crate) document: SourceKey,
}

/// The texts of files as they were when the script was evaluated, by their paths without links.
pub(crate) type Texts = BTreeMap<PathBuf, Arc<str>>;

/// Longer files are not read: they hold data, not tests.
const LONGEST_FILE: u64 = 4 * 1024 * 1024;

/// Reads files as they are now, to be remembered.
pub(crate) fn texts_of(files: &[PathBuf]) -> Texts {
    let files = files.iter().map(|file| canonical(file));
    files
        .filter_map(|file| Some((file.clone(), read(&file)?)))
        .collect()
}

/// Reads a file that others import. Nothing but a regular file is opened, since opening a pipe may wait for ever.
fn read(path: &Path) -> Option<Arc<str>> {
    let data = std::fs::metadata(path).ok()?;
    let is_readable = data.is_file() && data.len() <= LONGEST_FILE;
    is_readable.then(|| std::fs::read_to_string(path).ok().map(Arc::from))?
}

impl Script {
    /// Lines `text` up with the tests that `candidates` lead to. Files that cannot be read do not count; those in `texts`
    /// are taken as they were.
    pub(crate) fn new(
        text: &str,
        candidates: &Candidates<'_>,
        texts: &Texts,
        test_name: Option<String>,
    ) -> Self {
        Self::of_map(Self::align(text, candidates, texts, test_name))
    }

    /// The map of [`Script::new`].
    pub(crate) fn align(
        text: &str,
        candidates: &Candidates<'_>,
        texts: &Texts,
        test_name: Option<String>,
    ) -> ScriptMap {
        let as_evaluated = |path: &Path| texts.get(path).cloned().or_else(|| read(path));
        let mut project = Project::new(&as_evaluated);
        let mut ids = Vec::new();
        let named: Vec<_> = candidates
            .named
            .iter()
            .map(|path| canonical(path))
            .collect();
        let all: Vec<_> = named.iter().chain(candidates.evaluated).cloned().collect();
        for path in &without_copies(&all) {
            // What is no Nix may be the target of a `readFile`, and leads to no test.
            let is_nix = path.extension().is_some_and(|extension| extension == "nix");
            // An evaluation may have read thousands of modules.
            let is_promising = named.contains(path)
                || as_evaluated(path).is_some_and(|text| text.contains("testScript"));
            if !is_nix || !is_promising {
                continue;
            }
            if let Some(id) = project.read(path).filter(|id| !ids.contains(id)) {
                ids.push(id);
            }
        }
        let hint = Hint {
            binding: None,
            test_name,
        };
        project.align(text, &ids, &hint)
    }

    /// A script whose map is known.
    pub(crate) fn of_map(map: ScriptMap) -> Self {
        let main = map.matched().map(|matched| matched.file);
        let mut files: Vec<_> = given_lines(&map).into_iter().collect();
        files.sort_by_key(|(file, _)| Some(*file) != main);
        let files = files.into_iter().filter_map(|(file, given)| {
            let source = map.source(file)?;
            Some(MappedFile::new(&source.path, &source.text, given))
        });
        let files = files.collect();
        Self {
            map,
            files,
            is_file: false,
            statements: Arc::default(),
            version: 0,
            document: SourceKey::Generated,
        }
    }

    /// A script that was run from `file`. None if the file holds another text, such as a newer one.
    pub(crate) fn of_file(text: &str, file: &Path) -> Option<Self> {
        // Python reads every kind of line end as one.
        let contents = std::fs::read_to_string(file).ok()?;
        if contents.replace("\r\n", "\n").replace('\r', "\n") != text {
            return None;
        }
        let map = ScriptMap::unmapped(text);
        let lines = (1..=map.script().line_count()).map(|line| (line, vec![line]));
        let given = GivenLines {
            lines: lines.collect(),
            ..GivenLines::default()
        };
        let files = vec![MappedFile::new(&canonical(file), &contents, given)];
        Some(Self {
            map,
            files,
            is_file: true,
            statements: Arc::default(),
            version: 0,
            document: SourceKey::Generated,
        })
    }

    /// The script.
    pub(crate) fn text(&self) -> &str {
        self.map.script().text()
    }

    /// A line of the script, from 1.
    pub(crate) fn line(&self, line: i64) -> Option<&str> {
        let index = self.map.script();
        let range = index.line_range(u32::try_from(line).ok()?)?;
        index.text().get(range)
    }

    /// The files that the script came from, the main one first.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(MappedFile::path)
    }

    /// The files as they were evaluated.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.files.iter().map(|file| (file.path(), file.text()))
    }

    /// What the user should know about files that were changed since this was asked last.
    pub(crate) fn changes(&self) -> Vec<String> {
        let changed = self.files.iter().filter(|file| file.is_newly_changed());
        changed
            .map(|file| {
                format!(
                    "{} was changed after the test was evaluated: its lines are followed, and changed ones are shown in the generated \
                     script.",
                    file.path().display()
                )
            })
            .collect()
    }

    /// What the user should know about the map, if it is not a good one.
    pub(crate) fn problem(&self) -> Option<String> {
        match self.map.level() {
            _ if self.is_file => None,
            Level::Proven | Level::Unique | Level::SameLines
                if self.map.takes_values_for_lines() =>
            {
                Some(
                    "The lines of the test script are certain only if each ${…} with other text on its line is one line."
                        .to_owned(),
                )
            }
            Level::Proven | Level::Unique | Level::SameLines => None,
            Level::Guess | Level::Unmapped => {
                let problems: Vec<_> = self
                    .map
                    .problems()
                    .iter()
                    .map(ToString::to_string)
                    .collect();
                let reason = if problems.is_empty() {
                    "its origin is not known".to_owned()
                } else {
                    problems.join("; ")
                };
                Some(format!(
                    "The test script is shown as a generated document where its lines are not certain: {reason}."
                ))
            }
        }
    }

    /// The lines of the script for a line of a source, at which the agent should look for code.
    ///
    /// # Errors
    /// A sentence for the user when the line is none of the script's.
    pub(crate) fn lines_for(&self, source: &SourceKey, line: i64) -> Result<Vec<i64>, String> {
        let path = match source {
            SourceKey::Generated => return Ok(vec![line]),
            SourceKey::Past(_) => {
                return Err(format!(
                    "{source} was replaced; use the test script as it is now"
                ));
            }
            SourceKey::File { real, .. } => real,
        };
        if let Some(file) = self.mapped(path) {
            let lines = file.script_lines(u32::try_from(line).unwrap_or(0))?;
            return Ok(lines.iter().copied().map(i64::from).collect());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let others: Vec<_> = self
            .files()
            .map(|file| file.display().to_string())
            .collect();
        Err(match (others.is_empty(), StoreCopy::of(path)) {
            (false, None) => format!(
                "{name} holds no part of this test's script, which comes from {}",
                others.join(", ")
            ),
            (false, Some(_)) => format!(
                "{} is a copy that this test's script does not come from; the script comes from {}",
                path.display(),
                others.join(", ")
            ),
            (true, _) => format!(
                "this test's script cannot be traced to {name}; set the breakpoint in the generated script"
            ),
        })
    }

    /// The file that a path means: itself, or what it is a copy of.
    pub(crate) fn mapped(&self, path: &Path) -> Option<&MappedFile> {
        if let Some(file) = self.files.iter().find(|file| file.path() == path) {
            return Some(file);
        }
        // Nix copies flakes into its store, and that is what its messages name. Which working tree a copy was made from is
        // certain where one file is called the same inside and says the same.
        let copy = StoreCopy::of(path)?;
        let mut originals = self
            .files
            .iter()
            .filter(|file| copy.is_of(file.path(), file.text()));
        originals.next().filter(|_| originals.next().is_none())
    }

    /// Where in `source` a position of the script stands, if it stands in that source.
    pub(crate) fn place_in(
        &self,
        source: &SourceKey,
        script_line: i64,
        script_column: i64,
    ) -> Option<(i64, i64)> {
        if *source == SourceKey::Generated {
            let place = self.generated_place(script_line, script_column);
            return Some((place.line, place.column));
        }
        let place = self.place(script_line, script_column);
        let wanted = self.mapped(source.real_path()?)?;
        (place.source.real_path() == Some(wanted.path())).then_some((place.line, place.column))
    }

    /// Where to show a position of the script, both counted from 1, columns in characters.
    pub(crate) fn place(&self, script_line: i64, script_column: i64) -> ClientPlace {
        let line = u32::try_from(script_line).unwrap_or(u32::MAX);
        let position = Position::new(line, u32::try_from(script_column).unwrap_or(1));
        self.nix_place(position)
            .unwrap_or_else(|| self.generated_place(script_line, script_column))
    }

    /// A position of the script in the generated document.
    pub(crate) fn generated_place(&self, script_line: i64, script_column: i64) -> ClientPlace {
        let line = u32::try_from(script_line).unwrap_or(u32::MAX);
        let position = Position::new(line, u32::try_from(script_column).unwrap_or(1));
        ClientPlace {
            source: self.document.clone(),
            line: script_line,
            column: self.for_client(position).column.into(),
        }
    }

    fn nix_place(&self, position: Position) -> Option<ClientPlace> {
        if self.is_file {
            let there = self.for_client(position);
            return self.client_place(self.files().next()?, there.line, there.column);
        }
        let exact = self.location(self.map.nix_position(position, COLUMNS));
        // `${name}.start()` stands on its own line, although its first characters are spelled where the name is bound.
        let whole = self.location(self.map.nix_line(position.line, COLUMNS.nix));
        let is_there = |(file, line, _): &(FileId, u32, u32)| {
            whole.is_none_or(|whole| (whole.0, whole.1) == (*file, *line))
        };
        let (file, line, column) = exact.filter(is_there).or(whole)?;
        let path = &self.map.source(file)?.path;
        self.client_place(path, line, column)
    }

    fn location(&self, location: Location) -> Option<(FileId, u32, u32)> {
        match location {
            Location::Exact { file, position } => Some((file, position.line, position.column)),
            Location::Line { file, line } => Some((file, line, 1)),
            Location::Hole { file, start, .. } => Some((file, start.line, start.column)),
            Location::Generated => None,
        }
    }

    /// A position of the script in the units of clients.
    fn for_client(&self, position: Position) -> Position {
        let index = self.map.script();
        index
            .offset(position, COLUMNS.script)
            .map_or(position, |offset| index.position(offset, COLUMNS.nix))
    }

    /// The place in a file as it is now; `None` when the line is not there any more.
    pub(crate) fn client_place(&self, path: &Path, line: u32, column: u32) -> Option<ClientPlace> {
        let file = self.files.iter().find(|file| file.path() == path)?;
        Some(ClientPlace {
            source: SourceKey::File {
                named: path.to_owned(),
                real: path.to_owned(),
            },
            line: file.line_now(line)?.into(),
            column: column.into(),
        })
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

    #[test]
    fn what_rests_on_a_convention_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = canonical(directory.path()).join("test.nix");
        let steps = "''\n    grow(\"${node.disk}\")\n    check()\n  ''";
        let repeated = format!(
            "{{ lib, ... }}: {{ testScript = {{ nodes, ... }}: lib.concatStrings (lib.mapAttrsToList (name: node: {steps}) nodes); }}"
        );
        std::fs::write(&path, repeated).unwrap();
        let script = |text: &str| {
            let candidates = Candidates {
                named: vec![path.clone()],
                evaluated: &[],
            };
            Script::new(text, &candidates, &Texts::new(), None)
        };
        let once = "grow(\"a\")\ncheck()\n";
        // One disk called `a")…grow("b`, or two.
        let twice = script(&format!("{once}{}", once.replace('a', "b")));
        let told = twice.problem().unwrap();
        assert!(told.contains("certain only if"), "{told}");
        assert_eq!(script(once).problem(), None);
    }

    #[test]
    fn an_edit_while_the_driver_was_built_is_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = canonical(directory.path()).join("test.nix");
        let evaluated = "{\n  testScript = ''\n    a = 1\n    b = 2\n  '';\n}\n";
        std::fs::write(&path, evaluated).unwrap();
        let evaluated_files = [path.clone()];
        let texts = texts_of(&evaluated_files);
        let edited = evaluated.replace("a = 1\n", "a = 11\n    new = 0\n");
        std::fs::write(&path, edited).unwrap();

        let candidates = Candidates {
            named: Vec::new(),
            evaluated: &evaluated_files,
        };
        let script = Script::new("a = 1\nb = 2\n", &candidates, &texts, None);
        let source = SourceKey::file(&path);
        assert_eq!(script.lines_for(&source, 5), Ok(vec![2]));
        assert_eq!(script.place_in(&source, 2, 1), Some((5, 5)));
        assert_eq!(script.place_in(&source, 1, 1), None);
        let refusal = script.lines_for(&source, 3).unwrap_err();
        assert!(refusal.contains("was changed after"), "{refusal}");
        assert_eq!(script.place(1, 3).source, SourceKey::Generated);
    }
}
