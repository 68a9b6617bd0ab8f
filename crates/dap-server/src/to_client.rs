//! From what the agent and the session say to what the client understands: sources, frames, breakpoints.

use std::path::Path;

use dap_protocol::types;
use serde_json::Value;

use crate::breakpoints::{Breakpoint, Placement};
use crate::client::Client;
use crate::script::{GENERATED_NAME, GENERATED_SCRIPT, PAST_SCRIPTS, SourceKey};
use crate::session::Session;

impl Session {
    /// A source as clients want it.
    pub(crate) fn source_to_client(&self, source: &SourceKey) -> types::Source {
        match source {
            SourceKey::File { named: path, .. } => types::Source {
                name: path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
                path: Some(self.client.path_to_client(path)),
                ..types::Source::default()
            },
            SourceKey::Past(version) => types::Source {
                name: Some(source.to_string()),
                source_reference: Some(PAST_SCRIPTS + version),
                origin: Some("the test script as it was before it was reloaded".to_owned()),
                ..types::Source::default()
            },
            SourceKey::Generated => types::Source {
                name: Some(GENERATED_NAME.to_owned()),
                source_reference: Some(GENERATED_SCRIPT),
                origin: Some("the test script as it was evaluated".to_owned()),
                ..types::Source::default()
            },
        }
    }

    /// Puts the frames of the script where their lines stand in the files; frames of other files are the driver's and stay.
    pub(crate) fn stack_trace_to_client(&self, mut body: Value) -> Value {
        let frames = body.get_mut("stackFrames").and_then(Value::as_array_mut);
        for frame in frames.into_iter().flatten() {
            if let Some(translated) = self.frame_to_client(frame) {
                *frame = translated;
            }
        }
        body
    }

    fn frame_to_client(&self, frame: &Value) -> Option<Value> {
        let mut frame: types::StackFrame = serde_json::from_value(frame.clone()).ok()?;
        let is_script = frame
            .source
            .as_ref()
            .is_some_and(|source| source.path.is_none());
        let version = frame
            .source
            .as_ref()
            .and_then(|source| source.source_reference);
        match (self.script_of(version), is_script) {
            (Some(script), true) => {
                let start = script.place(frame.line, frame.column);
                let end = frame
                    .end_line
                    .map(|line| script.place(line, frame.end_column.unwrap_or(1)));
                let end = end.filter(|end| {
                    end.source == start.source
                        && (end.line, end.column) >= (start.line, start.column)
                });
                let file = start.source.real_path();
                let named = file
                    .and_then(|file| self.ledger.as_named(file))
                    .unwrap_or(&start.source);
                frame.source = Some(self.source_to_client(named));
                frame.end_line = end.as_ref().map(|end| self.client.line_to_client(end.line));
                frame.end_column = end
                    .as_ref()
                    .map(|end| self.client.column_to_client(end.column));
                frame.line = self.client.line_to_client(start.line);
                frame.column = self.client.column_to_client(start.column);
            }
            _ => {
                let source = frame
                    .source
                    .take()
                    .map(|source| source_of_driver(&self.client, source));
                frame.source = source;
                frame.line = self.client.line_to_client(frame.line);
                frame.column = self.client.column_to_client(frame.column);
                frame.end_line = frame.end_line.map(|line| self.client.line_to_client(line));
                frame.end_column = frame
                    .end_column
                    .map(|column| self.client.column_to_client(column));
            }
        }
        serde_json::to_value(frame).ok()
    }

    pub(crate) fn why_pending(&self) -> &'static str {
        if self.phase.is_over() && self.restarting.is_none() {
            "the test has ended"
        } else if self.launch.no_debug {
            "breakpoints are off in this run"
        } else {
            "waits for the test script to be evaluated"
        }
    }

    /// A breakpoint as clients want it.
    pub(crate) fn breakpoint_to_client(
        &self,
        source: &SourceKey,
        breakpoint: &Breakpoint,
    ) -> types::Breakpoint {
        let (verified, line, column, message) = match &breakpoint.placement {
            Placement::Pending => (
                false,
                breakpoint.wanted.line,
                None,
                Some(self.why_pending().to_owned()),
            ),
            Placement::Placed { line, column } => (true, *line, *column, None),
            Placement::Refused { reason } => {
                let line = breakpoint.wanted.line;
                (false, line, None, Some(reason.clone()))
            }
        };
        types::Breakpoint {
            id: Some(breakpoint.id),
            verified,
            line: Some(self.client.line_to_client(line)),
            column: column.map(|column| self.client.column_to_client(column)),
            source: Some(self.source_to_client(source)),
            reason: (!verified).then_some(match &breakpoint.placement {
                Placement::Refused { .. } => types::BreakpointReason::Failed,
                _ => types::BreakpointReason::Pending,
            }),
            message,
            ..types::Breakpoint::default()
        }
    }
}

fn source_of_driver(client: &Client, source: types::Source) -> types::Source {
    let path = source
        .path
        .as_deref()
        .map(|path| client.path_to_client(Path::new(path)));
    types::Source { path, ..source }
}
