//! The script of a session and where its lines stand: the edge at which every position is translated.
//!
//! The agent knows only lines of the script. The client knows files, and one more source: the generated script itself, which
//! it can always be shown, so that nothing depends on a complete map. This module reads the candidate files and asks
//! `source-map`; it never decides that an uncertain position is good enough.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use source_map::{Column, Columns, Hint, Level, Location, Position, ScriptMap, Source};

/// The `sourceReference` of the generated script.
pub(crate) const GENERATED_SCRIPT: i64 = 1;

/// The name under which clients show the generated script.
pub(crate) const GENERATED_NAME: &str = "testScript (generated)";

/// The agent counts characters as Python does; DAP clients count UTF-16 code units.
const COLUMNS: Columns = Columns {
    script: Column::Scalar,
    nix: Column::Utf16,
};

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
            Self::Generated => None,
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
        match &self.source {
            SourceKey::File { named, .. } => write!(
                formatter,
                "{}:{}:{}",
                named.display(),
                self.line,
                self.column
            ),
            SourceKey::Generated => {
                write!(formatter, "{GENERATED_NAME}:{}:{}", self.line, self.column)
            }
        }
    }
}

/// A script and its map.
#[derive(Debug)]
pub(crate) struct Script {
    map: ScriptMap,
    /// For each line of the mapped file that has any: the lines of the script that it gave.
    lines: BTreeMap<u32, Vec<u32>>,
    /// The file the script came from.
    file: Option<PathBuf>,
    /// The script is that file, line by line.
    is_file: bool,
}

impl Script {
    /// Aligns `text` with the first of `candidates` that it can have come from. Files that cannot be read, or that hold no
    /// script, do not count.
    pub(crate) fn new(text: &str, candidates: &[PathBuf], test_name: Option<String>) -> Self {
        let mut sources: Vec<Source> = Vec::new();
        for path in candidates.iter().map(|path| canonical(path)) {
            if sources.iter().all(|source| source.path != path)
                && let Ok(text) = std::fs::read_to_string(&path)
                && text.contains("testScript")
            {
                sources.push(Source::new(path, text));
            }
        }
        let map = ScriptMap::align_with(text, &sources, &Hint { test_name });
        let file = map
            .matched()
            .and_then(|matched| Some(map.source(matched.file)?.path.clone()));
        let mut lines: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        if file.is_some() {
            for script_line in 1..=map.script().line_count() {
                let nix_lines = match map.nix_line(script_line, COLUMNS.nix) {
                    Location::Exact { position, .. } => position.line..=position.line,
                    Location::Line { line, .. } => line..=line,
                    Location::Hole { start, end, .. } => start.line..=end.line,
                    Location::Generated => continue,
                };
                for nix_line in nix_lines {
                    lines.entry(nix_line).or_default().push(script_line);
                }
            }
        }
        Self {
            map,
            lines,
            file,
            is_file: false,
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
        Some(Self {
            lines: lines.collect(),
            map,
            file: Some(canonical(file)),
            is_file: true,
        })
    }

    /// The script.
    pub(crate) fn text(&self) -> &str {
        self.map.script().text()
    }

    /// The file the script came from, where that is certain.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What the user should know about the map, if it is not a good one.
    pub(crate) fn problem(&self) -> Option<String> {
        match self.map.level() {
            _ if self.is_file => None,
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
            SourceKey::File { real, .. } => real,
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_mapped = self.file.as_ref() == Some(path);
        if !is_mapped {
            return Err(match &self.file {
                Some(mapped) => format!(
                    "{name} holds no part of this test's script, which comes from {}",
                    mapped.display()
                ),
                None => format!(
                    "this test's script cannot be traced to {name}; set the breakpoint in the generated script"
                ),
            });
        }
        let wanted = u32::try_from(line).unwrap_or(0);
        let is_inside = self
            .lines
            .keys()
            .next()
            .is_some_and(|&first| first <= wanted)
            && self
                .lines
                .keys()
                .next_back()
                .is_some_and(|&last| wanted <= last);
        if !is_inside {
            return Err(format!(
                "line {line} of {name} is not part of the test script"
            ));
        }
        // A line that gave nothing, such as a stripped one, stands for the next that did.
        let lines = self
            .lines
            .range(wanted..)
            .next()
            .map(|(_, lines)| lines.as_slice())
            .unwrap_or_default();
        Ok(lines.iter().copied().map(i64::from).collect())
    }

    /// The line of `source` that a line of the script stands on, if it stands in that source.
    pub(crate) fn line_in(&self, source: &SourceKey, script_line: i64) -> Option<i64> {
        if *source == SourceKey::Generated {
            return Some(script_line);
        }
        let place = self.place(script_line, 1);
        (place.source.real_path() == source.real_path()).then_some(place.line)
    }

    /// Where to show a position of the script, both counted from 1, columns in characters.
    pub(crate) fn place(&self, script_line: i64, script_column: i64) -> ClientPlace {
        self.nix_place(script_line, script_column)
            .unwrap_or(ClientPlace {
                source: SourceKey::Generated,
                line: script_line,
                column: script_column,
            })
    }

    fn nix_place(&self, script_line: i64, script_column: i64) -> Option<ClientPlace> {
        let line = u32::try_from(script_line).ok()?;
        let position = Position::new(line, u32::try_from(script_column).unwrap_or(1));
        if self.is_file {
            return self.place_in_file(position);
        }
        let exact = self.map.nix_position(position, COLUMNS);
        let location = match exact {
            // Before or between spelled-out text the line as a whole may still have a place.
            Location::Generated => self.map.nix_line(line, COLUMNS.nix),
            known => known,
        };
        let (file, line, column) = match location {
            Location::Exact { file, position } => (file, position.line, position.column),
            Location::Line { file, line } => (file, line, 1),
            Location::Hole { file, start, .. } => (file, start.line, start.column),
            Location::Generated => return None,
        };
        let path = self.map.source(file)?.path.clone();
        Some(ClientPlace {
            source: SourceKey::File {
                named: path.clone(),
                real: path,
            },
            line: line.into(),
            column: column.into(),
        })
    }

    fn place_in_file(&self, position: Position) -> Option<ClientPlace> {
        let index = self.map.script();
        let there = index
            .offset(position, COLUMNS.script)
            .map_or(position, |offset| index.position(offset, COLUMNS.nix));
        Some(ClientPlace {
            source: SourceKey::file(self.file.as_deref()?),
            line: there.line.into(),
            column: there.column.into(),
        })
    }
}
