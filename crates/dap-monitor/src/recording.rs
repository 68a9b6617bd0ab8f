//! Recordings: conversations that were written down, by whomever.
//!
//! Four forms are told apart by what the file begins with. Our own is a line of JSON per message, `{"direction": "client",
//! "message": {…}}`; bare messages may stand there too. A *capture* has frames with `Content-Length`, of both sides. A *trace*
//! has `> {…}` and `< {…}`, from the client and to it. Anything else is a *log*, of whatever editor or adapter, and is searched
//! for messages: JSON as most write it, or the tables of Lua that nvim-dap prints. What does not say who sent it is known by
//! what it is: clients do not send events, and adapters ask for two things only.

mod frames;
mod lua;

use std::str::Lines;

use serde_json::Value;

use crate::Side;

/// A message of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Where it begins, from 1.
    pub line: usize,
    /// Who sent it.
    pub sender: Side,
    /// The message.
    pub what: What,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A message, as it was written.
    Message(Value),
    /// Something that is none, in the words of whoever recorded it.
    Malformed(String),
}

/// Why a file is no recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Unreadable {
    /// From 1.
    pub line: usize,
    /// What is wrong there, and what would be right.
    pub problem: String,
}

impl Unreadable {
    fn at(line: usize, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self { line, problem }
    }
}

/// Reads the messages of a recording, in their order.
///
/// # Errors
/// When it holds no messages, or something else between them where it should not.
pub fn read(text: &str) -> Result<Vec<Recorded>, Unreadable> {
    let first = text.lines().position(|line| !line.trim().is_empty());
    let Some(first) = first else {
        return Err(Unreadable::at(1, "there is nothing in it"));
    };
    let line = text.lines().nth(first).unwrap_or_default().trim_start();
    if is_frame_header(line) {
        return frames::read(text);
    }
    if line.starts_with("> {") || line.starts_with("< {") {
        return each_line(text.lines(), trace_line);
    }
    if serde_json::from_str(line).is_ok_and(|value| own_line(&value).is_some()) {
        return each_line(text.lines(), |line| {
            let value = serde_json::from_str(line).map_err(|error| error.to_string())?;
            own_line(&value).ok_or_else(|| {
                "this is neither {\"direction\": \"client\" or \"adapter\", \"message\": {…}} nor a message".to_owned()
            })
        });
    }
    let found = log(text);
    if found.is_empty() {
        let shown: String = line.chars().take(60).collect();
        return Err(Unreadable::at(
            first + 1,
            format!(
                "no form of recording begins like {shown:?}, and no message of the protocol follows; record one by `nixtest-dap dap --record FILE`"
            ),
        ));
    }
    Ok(found)
}

/// Reads a form in which every line is a message.
fn each_line(
    lines: Lines<'_>,
    read: impl Fn(&str) -> Result<(Side, What), String>,
) -> Result<Vec<Recorded>, Unreadable> {
    let mut found = Vec::new();
    for (index, line) in lines.enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let line_number = index + 1;
        let (sender, what) = read(line).map_err(|problem| Unreadable::at(line_number, problem))?;
        found.push(Recorded {
            line: line_number,
            sender,
            what,
        });
    }
    Ok(found)
}

fn own_line(value: &Value) -> Option<(Side, What)> {
    if value.get("direction").is_none() {
        return is_message(value).then(|| (sender_of(value), What::Message(value.clone())));
    }
    let sender = match value["direction"].as_str()? {
        "client" => Side::Client,
        "adapter" => Side::Adapter,
        _ => return None,
    };
    match (value.get("message"), value.get("malformed")) {
        (Some(message), _) => Some((sender, What::Message(message.clone()))),
        (None, Some(Value::String(problem))) => Some((sender, What::Malformed(problem.clone()))),
        _ => None,
    }
}

fn trace_line(line: &str) -> Result<(Side, What), String> {
    let (sender, json) = match line.split_at_checked(2) {
        Some(("> ", json)) => (Side::Client, json),
        Some(("< ", json)) => (Side::Adapter, json),
        _ => return Err("this is neither `> {…}` nor `< {…}`".to_owned()),
    };
    let message = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok((sender, What::Message(message)))
}

/// The messages between everything else that a log says.
fn log(text: &str) -> Vec<Recorded> {
    let mut found = Vec::new();
    let (mut line, mut counted, mut from) = (1, 0, 0);
    while let Some(start) = text[from..].find('{').map(|offset| from + offset) {
        let rest = &text[start..];
        let message = first_json(rest)
            .or_else(|| lua::table(rest))
            .filter(|(value, _)| is_message(value));
        from = start + 1;
        if let Some((value, length)) = message {
            line += text[counted..start].matches('\n').count();
            counted = start;
            from = start + length;
            found.push(Recorded {
                line,
                sender: sender_of(&value),
                what: What::Message(value),
            });
        }
    }
    found
}

/// The JSON value that a text begins with, and its length.
fn first_json(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

fn is_frame_header(line: &str) -> bool {
    line.get(..15)
        .is_some_and(|name| name.eq_ignore_ascii_case("content-length:"))
}

fn is_message(value: &Value) -> bool {
    let named_by = match value["type"].as_str() {
        Some("request" | "response") => "command",
        Some("event") => "event",
        _ => return false,
    };
    value[named_by].is_string() && value["seq"].is_number()
}

/// Who sends such a message.
fn sender_of(message: &Value) -> Side {
    let is_of_the_adapter = ["runInTerminal", "startDebugging"]
        .iter()
        .any(|command| message["command"] == *command);
    match message["type"].as_str() {
        Some("request") if !is_of_the_adapter => Side::Client,
        Some("response") if is_of_the_adapter => Side::Client,
        _ => Side::Adapter,
    }
}

#[cfg(test)]
mod tests;
