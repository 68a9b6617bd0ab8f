//! Completions of the debug console: commands with a colon are completed here, Python by the agent.
//!
//! The client counts in UTF-16 code units, the agent gets the text before the cursor and says how many characters of it are
//! replaced; both meet in [`Cursor`].

use dap_protocol::{RequestMessage, requests, types};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::agent::Pending;
use crate::console::{COMMANDS, ConsoleCommand};
use crate::phase::Phase;
use crate::session::Session;

/// Where a person types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The text up to it.
    before: String,
    /// Its distance from the beginning of its line, in UTF-16 code units.
    column: i64,
}

/// What the agent offers.
#[derive(Debug, Deserialize)]
struct Offered {
    targets: Vec<Target>,
}

/// One of them. `typed` counts the characters before the cursor that it replaces.
#[derive(Debug, Deserialize)]
struct Target {
    typed: usize,
    #[serde(flatten)]
    item: types::CompletionItem,
}

impl Cursor {
    fn new(arguments: &types::CompletionsArguments) -> Self {
        let line = arguments.line.unwrap_or(1);
        let above = usize::try_from(line.saturating_sub(1)).unwrap_or(0);
        let mut lines = arguments.text.split('\n');
        let mut before = String::new();
        for line in lines.by_ref().take(above) {
            before.push_str(line);
            before.push('\n');
        }
        let wanted = arguments.column.saturating_sub(1).max(0);
        let mut column = 0;
        for character in lines.next().unwrap_or_default().chars() {
            if column + width(character) > wanted {
                break;
            }
            column += width(character);
            before.push(character);
        }
        Self { before, column }
    }

    /// Lets an item replace the last `typed` characters before the cursor.
    fn place(&self, typed: usize, item: types::CompletionItem) -> Value {
        let length: i64 = self.before.chars().rev().take(typed).map(width).sum();
        let start = (self.column - length).max(0).saturating_add(1);
        json!(types::CompletionItem {
            start: Some(start),
            length: Some(length),
            ..item
        })
    }
}

fn width(character: char) -> i64 {
    if character.len_utf16() == 1 { 1 } else { 2 }
}

impl Session {
    pub(crate) fn completions(
        &mut self,
        request: RequestMessage,
        arguments: types::CompletionsArguments,
    ) {
        let cursor = Cursor::new(&arguments);
        if cursor.before.trim_start().starts_with(':') {
            let targets = self.console_completions(&cursor);
            return self
                .outgoing
                .respond_raw(&request, Ok(Some(json!({ "targets": targets }))));
        }
        match &mut self.link {
            Some(link) if matches!(self.phase, Phase::Running | Phase::Stopped) => {
                let mut asked = json!({ "before": cursor.before });
                if let (Some(frame), Some(fields)) = (arguments.frame_id, asked.as_object_mut()) {
                    fields.insert("frameId".to_owned(), frame.into());
                }
                let pending = Pending::Completions { request, cursor };
                link.ask("completions", Some(asked), pending);
            }
            _ => self.outgoing.respond::<requests::Completions>(
                &request,
                Ok(types::CompletionsResponse::default()),
            ),
        }
    }

    /// Puts what the agent offers at the client's position.
    pub(crate) fn completions_to_client(&self, body: Value, cursor: &Cursor) -> Value {
        let offered: Offered = match serde_json::from_value(body) {
            Ok(offered) => offered,
            Err(error) => {
                tracing::warn!("the agent's completions cannot be read: {error}");
                Offered {
                    targets: Vec::new(),
                }
            }
        };
        let targets = offered.targets.into_iter();
        let targets: Vec<_> = targets
            .map(|target| cursor.place(target.typed, target.item))
            .collect();
        json!({ "targets": targets })
    }

    /// The commands that begin as it was typed, or what may follow a command.
    fn console_completions(&self, cursor: &Cursor) -> Vec<Value> {
        let text = cursor.before.trim_start();
        let Some((word, rest)) = text.split_once(char::is_whitespace) else {
            return self.offer(
                cursor,
                text,
                COMMANDS.iter().map(|command| (command.word, command.help)),
            );
        };
        let Some(command) = COMMANDS.iter().find(|command| command.word == word) else {
            return Vec::new();
        };
        let given = rest.split_whitespace().count();
        let typed = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
        let index = given - usize::from(!typed.is_empty());
        let choices = self.choices(command, index);
        let choices = choices.iter().map(|choice| (choice.as_str(), command.word));
        self.offer(cursor, typed, choices)
    }

    /// What may stand at a place behind a command, as far as its line in the help says: names of machines, or fixed words.
    fn choices(&self, command: &ConsoleCommand, index: usize) -> Vec<String> {
        let usage = command.arguments.split_whitespace().nth(index);
        let usage = usage.unwrap_or_default().trim_matches(['[', ']', '…']);
        usage
            .split('|')
            .flat_map(|word| match word {
                "MACHINE" => self.guests.names.clone(),
                // In capitals stands what is to be filled in.
                _ if word.chars().any(char::is_uppercase) => Vec::new(),
                _ => vec![word.to_owned()],
            })
            .collect()
    }

    fn offer<'a>(
        &self,
        cursor: &Cursor,
        typed: &str,
        choices: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Vec<Value> {
        choices
            .filter(|(label, _)| !label.is_empty() && label.starts_with(typed))
            .map(|(label, detail)| {
                let item = types::CompletionItem {
                    label: label.to_owned(),
                    detail: Some(detail.to_owned()),
                    r#type: Some(types::CompletionItemType::Keyword),
                    ..types::CompletionItem::default()
                };
                cursor.place(typed.chars().count(), item)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(text: &str, column: i64, line: Option<i64>) -> Cursor {
        let arguments = types::CompletionsArguments {
            frame_id: None,
            text: text.to_owned(),
            column,
            line,
        };
        Cursor::new(&arguments)
    }

    #[test]
    fn a_cursor_is_counted_in_utf16_and_never_leaves_its_line() {
        let found = |text, column, line| {
            let found = cursor(text, column, line);
            (found.before, found.column)
        };
        assert_eq!(found("😀x", 3, None), ("😀".to_owned(), 2));
        assert_eq!(found("😀x", 2, None), (String::new(), 0));
        assert_eq!(found("ab\ncd", 2, Some(2)), ("ab\nc".to_owned(), 1));
        assert_eq!(found("ab\ncd", 99, None), ("ab".to_owned(), 2));
        assert_eq!(found("ab", -3, Some(-7)), (String::new(), 0));
        assert_eq!(found("ab", 1, Some(9)), ("ab\n".to_owned(), 0));
    }
}
