//! What Nix said when evaluation failed, as a value: the message, the place in the user's files, and how it got there.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::flake::{WorkingTree, is_store_object};
use crate::internal_json::{self, Message};
use crate::sanitize::{cut, strip};

/// Texts longer than this are cut; traces of a NixOS configuration reach megabytes.
const TEXT_LIMIT: usize = 64 << 10;
/// Frames of a trace that are kept, from the innermost.
const TRACE_LIMIT: usize = 200;

/// A failed evaluation. All texts are free of control sequences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The error itself, without position and trace.
    pub message: String,
    /// The place to show: the error's own if it is in a file of the user, else the innermost one of the trace that is.
    pub position: Option<FilePosition>,
    /// Innermost first.
    pub trace: Vec<Frame>,
    /// All that Nix printed about it.
    pub details: String,
}

/// A place in a file on disk. A flake's copy in the store is translated to the working tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePosition {
    /// Absolute.
    pub file: PathBuf,
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
}

/// One step of the trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Such as “while evaluating the attribute 'x'”.
    pub text: String,
    /// Where, if that is in a file.
    pub position: Option<FilePosition>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.position {
            Some(FilePosition { file, line, column }) => {
                write!(formatter, " (at {}:{line}:{column})", file.display())
            }
            None => Ok(()),
        }
    }
}

impl Failure {
    pub(crate) fn from_message(message: &Message, tree: Option<&WorkingTree>) -> Self {
        let details = limited(&strip(&message.text));
        let text = match &message.raw {
            Some(raw) => strip(raw).into_owned(),
            None => headline(&details),
        };
        let trace: Vec<Frame> = message
            .trace
            .iter()
            .take(TRACE_LIMIT)
            .map(|frame| Frame {
                text: strip(&frame.text).trim().to_owned(),
                position: frame
                    .position
                    .as_ref()
                    .and_then(|position| on_disk(position, tree)),
            })
            .collect();
        let own = message
            .position
            .as_ref()
            .and_then(|position| on_disk(position, tree));
        let from_trace = trace.iter().filter_map(|frame| frame.position.clone());
        let from_text = positions_in_text(&details)
            .filter_map(|position| on_disk(&position, tree))
            .collect::<Vec<_>>();
        // What older versions give no field they at least print.
        let candidates: Vec<FilePosition> =
            own.into_iter().chain(from_trace).chain(from_text).collect();
        let position = candidates
            .iter()
            .find(|position| !is_in_store(&position.file))
            .or(candidates.first());
        Self {
            message: limited(text.trim()),
            position: position.cloned(),
            trace,
            details,
        }
    }

    /// For the case that Nix ended without an error record.
    pub(crate) fn from_plain_lines(lines: &[String]) -> Self {
        let details = limited(&strip(&lines.join("\n")));
        Self {
            message: headline(&details),
            details,
            ..Self::default()
        }
    }
}

/// The error in a text that Nix printed for people: after the last `error:`, because newer versions put the trace first.
fn headline(text: &str) -> String {
    let after = text
        .rfind("error:")
        .map_or(text, |start| &text[start + "error:".len()..]);
    let paragraph = after.trim_start().split("\n\n").next().unwrap_or_default();
    paragraph
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("\n")
}

fn on_disk(position: &internal_json::Position, tree: Option<&WorkingTree>) -> Option<FilePosition> {
    let file = strip(&position.file).into_owned();
    let path = Path::new(&file);
    if !path.is_absolute() {
        return None;
    }
    let original = tree.and_then(|tree| tree.original(path));
    Some(FilePosition {
        file: original.unwrap_or_else(|| path.to_owned()),
        line: position.line,
        column: position.column,
    })
}

pub(crate) fn is_in_store(file: &Path) -> bool {
    file.ancestors().any(is_store_object)
}

/// The places in lines such as `at /path/to/file.nix:3:14:`, in order.
fn positions_in_text(text: &str) -> impl Iterator<Item = internal_json::Position> {
    text.lines().filter_map(|line| {
        let place = line.trim().strip_prefix("at ")?.trim_end_matches(':');
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        Some(internal_json::Position {
            file: file.to_owned(),
            line: line.parse().ok()?,
            column: column.parse().ok()?,
        })
    })
}

fn limited(text: &str) -> String {
    match cut(text, TEXT_LIMIT) {
        whole if whole.len() == text.len() => whole.to_owned(),
        start => format!("{start} …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::internal_json::{Record, parse_line};

    fn failure(sample: &str) -> Failure {
        let path = format!(
            "{}/tests/samples/{sample}.jsonl",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(path).unwrap();
        let mut messages = text
            .lines()
            .filter_map(|line| match parse_line(line.as_bytes()) {
                Record::Message(message) => Some(message),
                _ => None,
            });
        Failure::from_message(&messages.next_back().unwrap(), None)
    }

    #[test]
    fn versions_agree_about_the_message() {
        for sample in [
            "nix28-evalerr",
            "nix226-evalerr",
            "nix234-evalerr",
            "nix234-evalerr-trace",
        ] {
            assert_eq!(failure(sample).message, "evaluation exploded", "{sample}");
        }
    }

    #[test]
    fn a_thrown_error_is_placed_by_its_trace_or_else_by_its_text() {
        for sample in [
            "nix226-evalerr",
            "nix226-evalerr-trace",
            "nix234-evalerr",
            "nix234-evalerr-trace",
        ] {
            assert_eq!(
                failure(sample).to_string(),
                "evaluation exploded (at /src/dag/dag.nix:25:13)",
                "{sample}"
            );
        }
    }

    #[test]
    fn an_expression_of_ours_is_no_place() {
        for sample in ["nix28-syntax", "nix226-syntax", "nix234-syntax"] {
            assert_eq!(
                failure(sample).to_string(),
                "syntax error, unexpected ';'",
                "{sample}"
            );
        }
    }

    #[test]
    fn places_in_the_store_come_last() {
        let store = "/nix/store/61hcyi1a2a51m6992yvymzglask2fc0p-nixpkgs/lib/x.nix";
        let position = |file: &str, line| {
            Some(internal_json::Position {
                file: file.into(),
                line,
                column: 1,
            })
        };
        let message = Message {
            raw: Some("deep".into()),
            position: position(store, 1),
            trace: vec![
                internal_json::TraceFrame {
                    text: "inner".into(),
                    position: position(store, 2),
                },
                internal_json::TraceFrame {
                    text: "outer".into(),
                    position: position("/home/me/test.nix", 3),
                },
            ],
            ..Message::default()
        };
        assert_eq!(
            Failure::from_message(&message, None).to_string(),
            "deep (at /home/me/test.nix:3:1)"
        );
    }

    #[test]
    fn a_message_of_a_daemon_has_only_text() {
        let message = Message {
            text: "\u{1b}[31;1merror:\u{1b}[0m\n       … while calling\n         at /a.nix:3:4:\n\n       error: boo\n       hoo".into(),
            ..Message::default()
        };
        let failure = Failure::from_message(&message, None);
        assert_eq!(failure.to_string(), "boo\nhoo (at /a.nix:3:4)");
    }
}
