//! What is told of a failed script: the traceback again, at the places where people wrote what failed.
//!
//! The driver's own report stays as it is, with the lines of the script. This one stands beside it on the console.

use std::path::PathBuf;

use dap_protocol::types;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::phase::Phase;
use crate::script::{ClientPlace, SourceKey};
use crate::session::Session;

/// Frames of one exception that are shown; of a deep recursion the middle tells nothing new.
const MOST_FRAMES: usize = 40;

/// The folder that every test driver lives in.
const DRIVER_PACKAGE: &str = "test_driver";

/// How the agent writes the place of a frame in the `stackTrace` of an exception.
const FRAME_OF_SCRIPT: &str = "  File \"<string>\", line ";

/// Body of the agent's event `nixtest/scriptEnded`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScriptEnded {
    outcome: String,
    /// It ran once more inside of a stop, which stands again now.
    #[serde(default)]
    is_inside: bool,
    #[serde(default)]
    exception: Option<ScriptException>,
}

/// An exception, with the one before it in one of two ways.
#[derive(Debug, Deserialize)]
struct ScriptException {
    #[serde(rename = "type")]
    type_name: String,
    message: String,
    /// The innermost comes first.
    #[serde(default)]
    frames: Vec<ExceptionFrame>,
    /// What it was raised from.
    #[serde(default)]
    cause: Option<Box<ScriptException>>,
    /// What was being handled when it was raised.
    #[serde(default)]
    context: Option<Box<ScriptException>>,
    /// Those of a group.
    #[serde(default)]
    exceptions: Vec<ScriptException>,
}

/// A frame that an exception went through. Line and column from 1, columns in characters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExceptionFrame {
    name: String,
    file: PathBuf,
    is_script: bool,
    line: i64,
    column: i64,
    /// Which text of the script the line is in.
    #[serde(default)]
    version: Option<i64>,
}

/// Frames that are not the script's, in one line.
fn folded(frames: &[ExceptionFrame]) -> String {
    let is_of_driver = |frame: &ExceptionFrame| {
        let mut folders = frame.file.components();
        folders.any(|folder| folder.as_os_str() == DRIVER_PACKAGE)
    };
    let whose = match frames.iter().all(is_of_driver) {
        true => "of the test driver",
        false => "outside the test script",
    };
    let plural = if frames.len() == 1 { "" } else { "s" };
    format!("  … {} frame{plural} {whose}\n", frames.len())
}

impl ScriptException {
    fn text(&self) -> String {
        match self.message.is_empty() {
            true => self.type_name.clone(),
            false => format!("{}: {}", self.type_name, self.message),
        }
    }
}

impl Session {
    pub(crate) fn script_ended(&mut self, ended: &ScriptEnded) {
        // Whoever asked for the end need not be told how the script took it.
        if self.phase.is_over() {
            return;
        }
        let text = match (&ended.exception, ended.outcome.as_str()) {
            (Some(exception), _) => self.failure_report(exception),
            (None, "passed") => "The test script passed.\n".to_owned(),
            (None, outcome) => format!("The test script ended ({outcome}).\n"),
        };
        let summary = self.subtests.summary().filter(|_| !ended.is_inside);
        let text = summary.unwrap_or_default() + &text;
        self.tell(types::OutputEventCategory::Console, &text);
        if !ended.is_inside {
            self.phase = Phase::Running;
        }
    }

    fn failure_report(&self, exception: &ScriptException) -> String {
        let frames = self.traceback(exception);
        let traceback = match frames.is_empty() {
            true => String::new(),
            false => format!("Traceback of the test script (most recent call last):\n{frames}"),
        };
        let innermost = exception.frames.iter().find(|frame| frame.is_script);
        let place = innermost
            .and_then(|frame| self.place_as_named(frame.version, frame.line, frame.column));
        let place = place.map_or_else(String::new, |place| format!("{place}: "));
        format!(
            "{traceback}{place}{}\n{}The test script failed.\n",
            exception.text(),
            self.members_text(exception)
        )
    }

    /// The exceptions of a group, and of the groups in it, one after the other.
    fn members_text(&self, group: &ScriptException) -> String {
        let count = group.exceptions.len();
        let members = group.exceptions.iter().enumerate().map(|(index, member)| {
            format!(
                "\nException {} of {count} in the group:\n{}{}\n{}",
                index + 1,
                self.traceback(member),
                member.text(),
                self.members_text(member)
            )
        });
        let text: String = members.collect();
        if count == 0 {
            text
        } else {
            format!("{text}\n")
        }
    }

    /// The frames of an exception and of those before it, in Python's order.
    fn traceback(&self, exception: &ScriptException) -> String {
        let (before, relation) = match (&exception.cause, &exception.context) {
            (Some(cause), _) => (
                Some(cause),
                "The above exception was the direct cause of the following exception:",
            ),
            (None, context) => (
                context.as_ref(),
                "During handling of the above exception, another exception occurred:",
            ),
        };
        let before = before.map_or_else(String::new, |before| {
            format!(
                "{}{}\n\n{relation}\n\n",
                self.traceback(before),
                before.text()
            )
        });
        format!("{before}{}", self.frames_text(&exception.frames))
    }

    fn frames_text(&self, frames: &[ExceptionFrame]) -> String {
        let mut shown: Vec<String> = Vec::new();
        for run in frames.chunk_by(|one, other| one.is_script == other.is_script) {
            match run {
                [frame, ..] if frame.is_script => {
                    shown.extend(run.iter().map(|frame| self.frame_text(frame)));
                }
                _ => shown.push(folded(run)),
            }
        }
        shown.reverse();
        if let Some(left_out) = shown.len().checked_sub(MOST_FRAMES).filter(|&n| n > 0) {
            let note = format!("  … {left_out} more\n");
            shown.splice(MOST_FRAMES / 2..MOST_FRAMES / 2 + left_out, [note]);
        }
        shown.concat()
    }

    fn frame_text(&self, frame: &ExceptionFrame) -> String {
        let script = self.script_of(frame.version);
        let line = script.and_then(|script| script.line(frame.line));
        format!(
            "  {}, in {}\n    {}\n",
            self.line_as_named(frame.version, frame.line, frame.column),
            frame.name,
            line.unwrap_or_default().trim()
        )
    }

    /// Where a position of the script is shown, in the words of the client.
    pub(crate) fn place_as_named(
        &self,
        version: Option<i64>,
        line: i64,
        column: i64,
    ) -> Option<ClientPlace> {
        let mut place = self.script_of(version)?.place(line, column);
        let named = place.source.real_path();
        if let Some(named) = named.and_then(|file| self.ledger.as_named(file)) {
            place.source = named.clone();
        }
        Some(place)
    }

    fn line_as_named(&self, version: Option<i64>, line: i64, column: i64) -> String {
        let place = self
            .place_as_named(version, line, column)
            .unwrap_or(ClientPlace {
                source: SourceKey::Generated,
                line,
                column,
            });
        format!("{}:{}", place.source, place.line)
    }

    /// Puts the frames in the answer to `exceptionInfo` where people wrote them, as on the console.
    pub(crate) fn exception_info_to_client(&self, mut body: Value) -> Value {
        if let Some(details) = body.get_mut("details") {
            self.details_to_client(details);
        }
        let line = body["nixtest"]["line"].as_i64();
        let Some(place) = line.and_then(|line| self.place_as_named(None, line, 1)) else {
            return body;
        };
        body["nixtest"]["line"] = json!(self.client.line_to_client(place.line));
        body["nixtest"]["source"] = json!(self.source_to_client(&place.source));
        if let Some(Value::String(text)) = body.get_mut("description") {
            *text = format!("{text}\nat {}:{}", place.source, place.line);
        }
        body
    }

    /// An inner exception is told in the same words.
    fn details_to_client(&self, exception: &mut Value) {
        if let Some(Value::String(text)) = exception.get_mut("stackTrace") {
            *text = self.stack_text_to_client(text);
        }
        let inner = exception
            .get_mut("innerException")
            .and_then(Value::as_array_mut);
        for exception in inner.into_iter().flatten() {
            self.details_to_client(exception);
        }
    }

    fn stack_text_to_client(&self, text: &str) -> String {
        let lines: Vec<_> = text
            .split('\n')
            .map(|line| {
                self.stack_line_to_client(line)
                    .unwrap_or_else(|| line.to_owned())
            })
            .collect();
        lines.join("\n")
    }

    fn stack_line_to_client(&self, line: &str) -> Option<String> {
        let (number, function) = line.strip_prefix(FRAME_OF_SCRIPT)?.split_once(", in ")?;
        let number: i64 = number.parse().ok()?;
        Some(format!(
            "  {}, in {function}",
            self.line_as_named(None, number, 1)
        ))
    }
}
