//! What is known of the client: what it can show, and how it counts.
//!
//! Inside the adapter lines and columns start at 1 and paths are paths. This is the one edge where the client's own habits
//! (counting from 0, URIs for paths) are translated.

use std::path::{Path, PathBuf};

use dap_protocol::types::{InitializeRequestArguments, InitializeRequestArgumentsPathFormat};
use nix_interop::sanitize;
use serde_json::Value;

/// The largest integer of the protocol: beyond it a client that is JavaScript cannot count.
const LARGEST_INTEGER: i64 = (1 << 53) - 1;

/// The client's words about itself.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    lines_start_at_1: bool,
    columns_start_at_1: bool,
    uses_uris: bool,
    /// Shows progress events.
    pub(crate) shows_progress: bool,
    /// Renders ANSI colours in output.
    pub(crate) renders_ansi: bool,
    /// Shows the types of values.
    shows_types: bool,
    /// Opens terminals when it is asked to.
    pub(crate) opens_terminals: bool,
    /// Asks again for what it shows when it is told that this has changed.
    pub(crate) redraws: bool,
    /// Understands events about memory.
    pub(crate) shows_memory: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            lines_start_at_1: true,
            columns_start_at_1: true,
            uses_uris: false,
            shows_progress: false,
            renders_ansi: false,
            shows_types: false,
            opens_terminals: false,
            redraws: false,
            shows_memory: false,
        }
    }
}

impl Client {
    pub(crate) fn new(arguments: &InitializeRequestArguments) -> Self {
        Self {
            lines_start_at_1: arguments.lines_start_at1.unwrap_or(true),
            columns_start_at_1: arguments.columns_start_at1.unwrap_or(true),
            // Kate says `path` under another key and means paths: whatever is not `uri` is a path.
            uses_uris: arguments.path_format == Some(InitializeRequestArgumentsPathFormat::Uri),
            shows_progress: arguments.supports_progress_reporting.unwrap_or(false),
            renders_ansi: arguments.supports_ansi_styling.unwrap_or(false),
            shows_types: arguments.supports_variable_type.unwrap_or(false),
            opens_terminals: arguments.supports_run_in_terminal_request.unwrap_or(false),
            redraws: arguments.supports_invalidated_event.unwrap_or(false),
            shows_memory: arguments.supports_memory_event.unwrap_or(false),
        }
    }

    /// One that counts and writes as the session does and shows everything: what the session says to all its clients.
    pub(crate) fn as_the_session() -> Self {
        Self {
            shows_progress: true,
            renders_ansi: true,
            shows_types: true,
            redraws: true,
            shows_memory: true,
            ..Self::default()
        }
    }

    /// Whether places need no translation for it.
    pub(crate) fn speaks_as_we_do(&self) -> bool {
        self.lines_start_at_1 && self.columns_start_at_1 && !self.uses_uris
    }

    /// A log of guests, builds and scripts as this client may be given it: control sequences are removed, colours stay for a
    /// client that renders them.
    pub(crate) fn presentable_log(&self, text: &str) -> String {
        let clean = if self.renders_ansi {
            sanitize::strip_except_colors(text)
        } else {
            sanitize::strip(text)
        };
        clean.into_owned()
    }

    /// A value, or a list of variables, as this client may be given it: the protocol keeps types from those that did not ask.
    pub(crate) fn values(&self, body: &mut Value) {
        if self.shows_types {
            return;
        }
        let variables = body.get_mut("variables").and_then(Value::as_array_mut);
        for variable in variables.into_iter().flatten() {
            remove_type(variable);
        }
        remove_type(body);
    }

    pub(crate) fn line_from_client(&self, line: i64) -> i64 {
        if self.lines_start_at_1 {
            line
        } else {
            line.saturating_add(1)
        }
    }

    pub(crate) fn line_to_client(&self, line: i64) -> i64 {
        to_client(line, self.lines_start_at_1)
    }

    pub(crate) fn column_from_client(&self, column: i64) -> i64 {
        if self.columns_start_at_1 {
            column
        } else {
            column.saturating_add(1)
        }
    }

    pub(crate) fn column_to_client(&self, column: i64) -> i64 {
        to_client(column, self.columns_start_at_1)
    }

    pub(crate) fn path_from_client(&self, path: &str) -> PathBuf {
        match path.strip_prefix("file://") {
            // Also from a client that said it speaks paths: no path begins like this.
            Some(encoded) => PathBuf::from(percent_decode(encoded)),
            None => PathBuf::from(path),
        }
    }

    pub(crate) fn path_to_client(&self, path: &Path) -> String {
        let path = path.to_string_lossy();
        if self.uses_uris {
            format!("file://{}", percent_encode(&path))
        } else {
            path.into_owned()
        }
    }
}

/// Everything the agent says may hold text that a script made: values, messages, names. No control sequence in it leaves
/// the adapter.
pub(crate) fn presentable(body: Value) -> Value {
    match body {
        Value::String(text) => Value::String(sanitize::strip(&text).into_owned()),
        Value::Array(values) => Value::Array(values.into_iter().map(presentable).collect()),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, presentable(value)))
            .collect(),
        other => other,
    }
}

/// A line or column as a client counts it. One that came from a client in the first place may be beyond what the protocol allows.
fn to_client(number: i64, starts_at_1: bool) -> i64 {
    let first = i64::from(!starts_at_1);
    number.saturating_sub(first).clamp(0, LARGEST_INTEGER)
}

fn remove_type(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.shift_remove("type");
    }
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match hex
            .filter(|_| first == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_counts_from_zero_and_speaks_uris_is_understood() {
        let client = Client {
            lines_start_at_1: false,
            columns_start_at_1: false,
            uses_uris: true,
            ..Client::default()
        };
        assert_eq!(client.line_from_client(0), 1);
        assert_eq!(client.line_to_client(1), 0);
        assert_eq!(client.column_to_client(1), 0);
        assert_eq!(client.column_from_client(0), 1);
        let path = Path::new("/tmp/ä test/a.nix");
        assert_eq!(
            client.path_to_client(path),
            "file:///tmp/%C3%A4%20test/a.nix"
        );
        assert_eq!(
            client.path_from_client("file:///tmp/%C3%A4%20test/a.nix"),
            path
        );
    }

    #[test]
    fn no_control_sequence_in_an_answer_leaves_the_adapter() {
        let body =
            serde_json::json!({ "variables": [{ "value": "a\u{1b}]0;title\u{7}b", "line": 3 }] });
        let clean = serde_json::json!({ "variables": [{ "value": "ab", "line": 3 }] });
        assert_eq!(presentable(body), clean);
    }

    #[test]
    fn a_path_with_a_percent_sign_stays_itself_for_a_client_that_speaks_paths() {
        assert_eq!(
            Client::default().path_from_client("/tmp/100%25/a.nix"),
            Path::new("/tmp/100%25/a.nix")
        );
    }
}
