//! Nix's `--log-format internal-json` stream, record by record.
//!
//! Tolerant on purpose: the format is internal to Nix, each release adds numbers, and the distributions disagree about
//! some. What is not understood becomes `Other`, what is not JSON becomes [`Record::Plain`]; nothing is an error.
//! Texts are passed on as they are: log lines are untrusted, see [`crate::sanitize`].

use serde_json::{Map, Value};

pub use crate::lines::{LINE_LIMIT, LineBuffer};

/// One line of the stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// An activity begins. Ids are unique within one process and exceed 2^53, so never pass them on as JSON numbers.
    Start {
        /// Names the activity in later records.
        id: u64,
        /// The activity it belongs to; Nix 2.8 does not tell.
        parent: Option<u64>,
        /// What is being done.
        activity: Activity,
        /// Verbosity at which Nix itself would print it, 0 (error) to 7 (vomit).
        level: u64,
        /// What Nix itself would print.
        text: String,
    },
    /// An activity ends. This is no verdict: a cancelled or failed build stops too.
    Stop {
        /// The activity.
        id: u64,
    },
    /// News of an activity.
    Result {
        /// The activity.
        id: u64,
        /// What is new.
        result: ActivityResult,
    },
    /// A message for the user.
    Message(Message),
    /// An action that this module does not know.
    Other(Value),
    /// A line that is no record, as it came, with invalid UTF-8 replaced.
    Plain(String),
}

/// A message, warning or error.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// 0 error (and `builtins.trace`), 1 warning, 2 notice, 3 info, 4 and more: debugging.
    pub level: u64,
    /// The text as Nix would print it, with colours.
    pub text: String,
    /// An error's own text without position and trace; missing when it comes from a daemon.
    pub raw: Option<String>,
    /// Where the error is, if it has a place.
    pub position: Option<Position>,
    /// How evaluation got there, innermost first; only with `--show-trace`.
    pub trace: Vec<TraceFrame>,
}

/// A place in a Nix file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// A path, or the text of an expression given on the command line, or `«string»`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in bytes.
    pub column: u32,
}

/// One line of an evaluation trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFrame {
    /// Such as “while evaluating the attribute 'x'”, with colours.
    pub text: String,
    /// Where.
    pub position: Option<Position>,
}

/// What an activity does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Nix's own enumeration")]
pub enum Activity {
    Unknown,
    CopyPath {
        path: String,
        from: String,
        to: String,
    },
    FileTransfer {
        url: String,
    },
    Realise,
    CopyPaths,
    Builds,
    /// `host` is empty for this machine. A remote build starts twice, once with its host and once without.
    Build {
        derivation: String,
        host: String,
    },
    OptimiseStore,
    VerifyPaths,
    Substitute {
        path: String,
        substituter: String,
    },
    QueryPathInfo {
        path: String,
        substituter: String,
    },
    PostBuildHook {
        derivation: String,
    },
    BuildWaiting,
    FetchTree,
    FetchToStore,
    /// A number that this module does not know, or one whose fields have another shape.
    Other {
        number: u64,
    },
}

/// News of an activity.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are those of Nix's own enumeration")]
pub enum ActivityResult {
    FileLinked {
        bytes: u64,
    },
    BuildLogLine(String),
    UntrustedPath(String),
    CorruptedPath(String),
    SetPhase(String),
    Progress(Counts),
    /// `activity` is the number of the kind of activity that is expected, see [`expected`].
    SetExpected {
        activity: u64,
        amount: u64,
    },
    PostBuildLogLine(String),
    FetchStatus(String),
    FetchToStore(String),
    /// A number or shape that this module does not know. Determinate Nix gives its own numbers a payload.
    Other {
        number: u64,
        fields: Vec<Value>,
        payload: Option<Value>,
    },
}

/// Numbers of the activities that [`ActivityResult::SetExpected`] speaks of.
pub mod expected {
    /// Bytes of store paths to copy.
    pub const COPY_PATH: u64 = 100;
    /// Bytes to download.
    pub const FILE_TRANSFER: u64 = 101;
}

/// A progress report. The unit depends on the activity: bytes, paths or builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Finished.
    pub done: u64,
    /// Known to be needed, 0 if unknown.
    pub expected: u64,
    /// In progress now.
    pub running: u64,
    /// Failed.
    pub failed: u64,
}

/// Reads one line, without its newline.
pub fn parse_line(line: &[u8]) -> Record {
    let parsed = line
        .strip_prefix(b"@nix ")
        .and_then(|json| serde_json::from_slice::<Map<String, Value>>(json).ok());
    match parsed {
        Some(object) => parse_object(object),
        None => Record::Plain(String::from_utf8_lossy(line).into_owned()),
    }
}

fn parse_object(mut object: Map<String, Value>) -> Record {
    let id = object.get("id").and_then(Value::as_u64);
    match (object.get("action").and_then(Value::as_str), id) {
        (Some("start"), Some(id)) => Record::Start {
            id,
            parent: number(&object, "parent").filter(|parent| *parent != 0),
            activity: activity(&object),
            level: number(&object, "level").unwrap_or_default(),
            text: take_text(&mut object, "text").unwrap_or_default(),
        },
        (Some("stop"), Some(id)) => Record::Stop { id },
        (Some("result"), Some(id)) => Record::Result {
            id,
            result: result(&mut object),
        },
        (Some("msg"), _) => Record::Message(message(&mut object)),
        _ => Record::Other(Value::Object(object)),
    }
}

fn activity(object: &Map<String, Value>) -> Activity {
    let number = number(object, "type").unwrap_or_default();
    let fields = Fields::of(object);
    let known = match number {
        0 => Some(Activity::Unknown),
        100 => fields
            .texts()
            .map(|[path, from, to]| Activity::CopyPath { path, from, to }),
        101 => fields.texts().map(|[url]| Activity::FileTransfer { url }),
        102 => Some(Activity::Realise),
        103 => Some(Activity::CopyPaths),
        104 => Some(Activity::Builds),
        105 => fields
            .texts()
            .map(|[derivation, host]| Activity::Build { derivation, host }),
        106 => Some(Activity::OptimiseStore),
        107 => Some(Activity::VerifyPaths),
        108 => fields
            .texts()
            .map(|[path, substituter]| Activity::Substitute { path, substituter }),
        109 => fields
            .texts()
            .map(|[path, substituter]| Activity::QueryPathInfo { path, substituter }),
        110 => fields
            .texts()
            .map(|[derivation]| Activity::PostBuildHook { derivation }),
        111 => Some(Activity::BuildWaiting),
        112 => Some(Activity::FetchTree),
        113 => Some(Activity::FetchToStore),
        _ => None,
    };
    known.unwrap_or(Activity::Other { number })
}

fn result(object: &mut Map<String, Value>) -> ActivityResult {
    let number = number(object, "type").unwrap_or_default();
    let fields = Fields::of(object);
    let known = match number {
        100 => fields
            .number(0)
            .map(|bytes| ActivityResult::FileLinked { bytes }),
        101 => fields
            .texts()
            .map(|[line]| ActivityResult::BuildLogLine(line)),
        102 => fields
            .texts()
            .map(|[path]| ActivityResult::UntrustedPath(path)),
        103 => fields
            .texts()
            .map(|[path]| ActivityResult::CorruptedPath(path)),
        104 => fields
            .texts()
            .map(|[phase]| ActivityResult::SetPhase(phase)),
        105 => fields.counts().map(ActivityResult::Progress),
        106 => fields
            .number(0)
            .zip(fields.number(1))
            .map(|(activity, amount)| ActivityResult::SetExpected { activity, amount }),
        107 => fields
            .texts()
            .map(|[line]| ActivityResult::PostBuildLogLine(line)),
        108 => fields
            .texts()
            .map(|[text]| ActivityResult::FetchStatus(text)),
        // Nix 2.36 gives this number a field; Determinate Nix gives it a payload and another meaning.
        109 => fields
            .texts()
            .map(|[path]| ActivityResult::FetchToStore(path)),
        _ => None,
    };
    known.unwrap_or_else(|| ActivityResult::Other {
        number,
        fields: fields.0.to_vec(),
        payload: object.get("payload").cloned(),
    })
}

/// The positional arguments of a record.
struct Fields<'a>(&'a [Value]);

impl<'a> Fields<'a> {
    fn of(object: &'a Map<String, Value>) -> Self {
        Self(
            object
                .get("fields")
                .and_then(Value::as_array)
                .map_or(&[], Vec::as_slice),
        )
    }

    /// The first `N` fields, if all of them are texts.
    fn texts<const N: usize>(&self) -> Option<[String; N]> {
        let texts: Option<Vec<String>> = self
            .0
            .iter()
            .take(N)
            .map(|field| field.as_str().map(str::to_owned))
            .collect();
        texts?.try_into().ok()
    }

    fn number(&self, index: usize) -> Option<u64> {
        self.0.get(index).and_then(Value::as_u64)
    }

    fn counts(&self) -> Option<Counts> {
        Some(Counts {
            done: self.number(0)?,
            expected: self.number(1)?,
            running: self.number(2)?,
            failed: self.number(3)?,
        })
    }
}

fn message(object: &mut Map<String, Value>) -> Message {
    let trace = match object.remove("trace") {
        Some(Value::Array(frames)) => frames.into_iter().filter_map(trace_frame).collect(),
        _ => Vec::new(),
    };
    Message {
        level: number(object, "level").unwrap_or_default(),
        text: take_text(object, "msg").unwrap_or_default(),
        raw: take_text(object, "raw_msg"),
        position: position(object),
        trace,
    }
}

fn trace_frame(frame: Value) -> Option<TraceFrame> {
    let Value::Object(mut frame) = frame else {
        return None;
    };
    Some(TraceFrame {
        position: position(&frame),
        text: take_text(&mut frame, "raw_msg").unwrap_or_default(),
    })
}

fn position(object: &Map<String, Value>) -> Option<Position> {
    let line = u32::try_from(number(object, "line")?).ok()?;
    let column = number(object, "column")
        .and_then(|column| u32::try_from(column).ok())
        .unwrap_or(1);
    let file = object.get("file")?.as_str()?;
    // From Nix 2.20 on, the file comes with its line and column.
    let suffix = format!(":{line}:{column}");
    let file = file.strip_suffix(&suffix).unwrap_or(file).to_owned();
    Some(Position { file, line, column })
}

fn number(object: &Map<String, Value>, key: &str) -> Option<u64> {
    object.get(key).and_then(Value::as_u64)
}

fn take_text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.get_mut(key) {
        Some(Value::String(text)) => Some(std::mem::take(text)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Record {
        parse_line(format!("@nix {json}").as_bytes())
    }

    #[test]
    fn what_is_no_record_is_passed_on() {
        assert_eq!(
            parse_line(b"warning: \xff"),
            Record::Plain("warning: \u{fffd}".into())
        );
        assert_eq!(
            parse_line(b"@nix {\"action\":"),
            Record::Plain("@nix {\"action\":".into())
        );
        assert_eq!(parse_line(b"@nix [1]"), Record::Plain("@nix [1]".into()));
        assert_eq!(parse_line(b""), Record::Plain(String::new()));
    }

    #[test]
    fn the_unknown_is_kept() {
        assert!(matches!(
            parse(r#"{"action":"dance","id":1}"#),
            Record::Other(_)
        ));
        assert!(matches!(parse(r#"{"action":"stop"}"#), Record::Other(_)));
        assert!(matches!(
            parse(r#"{"action":"start","id":1,"type":4711}"#),
            Record::Start {
                activity: Activity::Other { number: 4711 },
                ..
            }
        ));
        assert!(matches!(
            parse(r#"{"action":"start","id":1,"type":105,"fields":[7]}"#),
            Record::Start {
                activity: Activity::Other { number: 105 },
                ..
            }
        ));
        let Record::Result {
            result:
                ActivityResult::Other {
                    payload: Some(payload),
                    number: 110,
                    ..
                },
            ..
        } = parse(r#"{"action":"result","id":1,"type":110,"payload":{"status":"Built"}}"#)
        else {
            panic!("a payload is kept")
        };
        assert_eq!(payload["status"], "Built");
    }

    #[test]
    fn number_109_has_two_meanings() {
        assert!(matches!(
            parse(r#"{"action":"result","id":1,"type":109,"fields":["/nix/store/x"]}"#),
            Record::Result {
                result: ActivityResult::FetchToStore(_),
                ..
            }
        ));
        assert!(matches!(
            parse(r#"{"action":"result","id":1,"type":109,"payload":{}}"#),
            Record::Result {
                result: ActivityResult::Other { number: 109, .. },
                ..
            }
        ));
    }

    #[test]
    fn ids_exceed_what_a_double_holds() {
        assert_eq!(
            parse(r#"{"action":"stop","id":17752014662402049}"#),
            Record::Stop {
                id: 17_752_014_662_402_049
            }
        );
    }

    #[test]
    fn positions_lose_the_suffix_that_newer_versions_add() {
        let old = r#"{"action":"msg","level":0,"msg":"m","line":2,"column":3,"file":"/a.nix"}"#;
        let new = r#"{"action":"msg","level":0,"msg":"m","line":2,"column":3,"file":"/a.nix:2:3"}"#;
        assert_eq!(parse(old), parse(new));
    }
}
