//! Tables of Lua as `vim.inspect` prints them, which is how nvim-dap logs messages.

use serde_json::{Map, Number, Value};

/// How deep tables may be inside of each other.
const DEEPEST: usize = 100;

/// The table that a text begins with, and its length.
pub(super) fn table(text: &str) -> Option<(Value, usize)> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    Some((value, text.len() - reader.rest.len()))
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next()? {
            '{' => self.members(depth),
            quote @ ('"' | '\'') => self.string(quote).map(Value::String),
            // `vim.empty_dict()` and `vim.NIL`, among words.
            _ => match self.word() {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                "vim.empty_dict()" => Some(Value::Object(Map::new())),
                "vim.NIL" | "nil" => Some(Value::Null),
                number => number_of(number).map(Value::Number),
            },
        }
    }

    fn members(&mut self, depth: usize) -> Option<Value> {
        if depth == DEEPEST {
            return None;
        }
        self.take("{")?;
        let (mut fields, mut items) = (Map::new(), Vec::new());
        loop {
            self.skip_space();
            if self.take("}").is_some() {
                break;
            }
            match self.key() {
                Some(key) => {
                    fields.insert(key, self.value(depth + 1)?);
                }
                None => items.push(self.value(depth + 1)?),
            }
            self.skip_space();
            let _the_last_has_none = self.take(",");
        }
        Some(match (fields.is_empty(), items.is_empty()) {
            // The message is one with fields, and an empty table in it is a list.
            (true, _) => Value::Array(items),
            _ => Value::Object(fields),
        })
    }

    /// `name =` or `["name"] =`; nothing is taken when a bare value follows.
    fn key(&mut self) -> Option<String> {
        let before = self.rest;
        let key = if self.take("[").is_some() {
            match self.rest.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    self.string(quote).filter(|_| self.take("]").is_some())
                }
                _ => None,
            }
        } else {
            Some(self.word().to_owned()).filter(|word| !word.is_empty())
        };
        self.skip_space();
        let key = key.filter(|_| self.take("=").is_some());
        if key.is_none() {
            self.rest = before;
        }
        key
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            if character == quote {
                self.rest = &self.rest[index + 1..];
                return Some(text);
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            match characters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                digit @ '0'..='9' => {
                    // A control character, by up to three digits.
                    let mut code = digit.to_digit(10)?;
                    let mut ahead = characters.clone();
                    for _ in 0..2 {
                        let Some(next) = ahead.next().and_then(|(_, next)| next.to_digit(10))
                        else {
                            break;
                        };
                        code = code * 10 + next;
                        characters = ahead.clone();
                    }
                    text.push(char::from_u32(code)?);
                }
                other => text.push(other),
            }
        }
        None
    }

    fn word(&mut self) -> &str {
        let end = self
            .rest
            .find(|character: char| !(character.is_alphanumeric() || "_.()+-".contains(character)))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn number_of(text: &str) -> Option<Number> {
    match text.parse::<i64>() {
        Ok(integer) => Some(integer.into()),
        Err(_) => Number::from_f64(text.parse().ok()?),
    }
}
