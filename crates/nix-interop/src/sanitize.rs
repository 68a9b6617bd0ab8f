//! Untrusted text made safe to show.
//!
//! Build logs, evaluation messages and store paths are written by whoever wrote the build, so they may hold escape
//! sequences that retitle a window, write the clipboard or hide text. Nothing here interprets them.

use std::borrow::Cow;

/// `text` without any escape sequence and without control characters, except tab and newline.
pub fn strip(text: &str) -> Cow<'_, str> {
    filter(text, |_| false)
}

/// Like [`strip`], but colours and weights (SGR sequences, `ESC [ … m`) stay, for clients that render them.
pub fn strip_except_colors(text: &str) -> Cow<'_, str> {
    filter(text, is_color)
}

/// The start of `text`, at most `limit` bytes of it.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

fn is_color(sequence: &str) -> bool {
    let parameters = sequence
        .strip_prefix("\u{1b}[")
        .and_then(|rest| rest.strip_suffix('m'));
    parameters.is_some_and(|parameters| {
        parameters
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b';' || byte == b':')
    })
}

fn filter(text: &str, keeps: impl Fn(&str) -> bool) -> Cow<'_, str> {
    if !text.chars().any(is_unwanted) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let length = match character {
            '\u{1b}' => {
                let length = escape_length(rest);
                if keeps(&rest[..length]) {
                    clean.push_str(&rest[..length]);
                }
                length
            }
            '\u{9b}' => character.len_utf8() + control_length(&rest[character.len_utf8()..]),
            _ => {
                if !is_unwanted(character) {
                    clean.push(character);
                }
                character.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Cow::Owned(clean)
}

/// Control characters, and the marks that reorder text so that it reads other than it is.
fn is_unwanted(character: char) -> bool {
    (character.is_control() && character != '\n' && character != '\t')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes of the escape sequence that `text` starts with. One that never ends takes the rest of its line.
fn escape_length(text: &str) -> usize {
    let body = &text[1..];
    match body.chars().next() {
        None => 1,
        Some('[') => 2 + control_length(&body[1..]),
        // OSC, DCS, SOS, PM, APC: a string up to BEL or ST.
        Some(']' | 'P' | 'X' | '^' | '_') => 2 + string_length(&body[1..]),
        // Character set selection and the like: intermediates, then one final byte.
        Some(' '..='/') => {
            let intermediates = body
                .bytes()
                .take_while(|byte| (0x20..0x30).contains(byte))
                .count();
            let last = body[intermediates..].chars().next();
            1 + intermediates
                + last
                    .filter(|last| !last.is_control())
                    .map_or(0, char::len_utf8)
        }
        Some(other) if other.is_control() => 1,
        Some(other) => 1 + other.len_utf8(),
    }
}

/// Bytes of a control sequence after its introducer: parameters, intermediates, one final byte.
fn control_length(text: &str) -> usize {
    let parameters = text
        .bytes()
        .take_while(|byte| (0x20..0x40).contains(byte))
        .count();
    match text.as_bytes().get(parameters) {
        Some(0x40..=0x7e) => parameters + 1,
        _ => parameters,
    }
}

fn string_length(text: &str) -> usize {
    for (index, character) in text.char_indices() {
        match character {
            '\u{07}' | '\u{9c}' => return index + character.len_utf8(),
            '\u{1b}' if text[index + 1..].starts_with('\\') => return index + 2,
            '\u{1b}' | '\n' => return index,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(
            strip("grün\tund\nlang"),
            Cow::Borrowed("grün\tund\nlang")
        ));
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("grün", 3), "gr");
        assert_eq!(cut("grün", 4), "grü");
        assert_eq!(cut("grün", 40), "grün");
    }

    #[test]
    fn colors_go_or_stay() {
        let text = "\u{1b}[31;1merror:\u{1b}[0m boo\u{1b}[2Jm\u{1b}[?25l";
        assert_eq!(strip(text), "error: boom");
        assert_eq!(
            strip_except_colors(text),
            "\u{1b}[31;1merror:\u{1b}[0m boom"
        );
    }

    #[test]
    fn titles_clipboards_and_links_go() {
        assert_eq!(strip("a\u{1b}]0;title\u{7}b"), "ab");
        assert_eq!(strip("a\u{1b}]52;c;c2VjcmV0\u{1b}\\b"), "ab");
        assert_eq!(
            strip("\u{1b}]8;;command:evil\u{1b}\\text\u{1b}]8;;\u{1b}\\"),
            "text"
        );
        assert_eq!(
            strip("a\u{1b}Pq#0\u{1b}\\b\u{1b}(B\u{9b}31mc\u{1b}c"),
            "abc"
        );
    }

    #[test]
    fn sequences_that_never_end_take_no_other_line() {
        assert_eq!(strip("a\u{1b}]0;title\nb"), "a\nb");
        assert_eq!(strip("a\u{1b}[31"), "a");
        assert_eq!(strip("a\u{1b}"), "a");
        assert_eq!(strip("a\u{1b}[\u{1b}[31mb"), "ab");
        assert_eq!(strip("\u{1b}ü\u{1b} \u{1b}[0mü"), "ü");
    }

    #[test]
    fn text_cannot_be_turned_around() {
        assert_eq!(strip("a\u{202e}b\rc\u{0}d\u{8}"), "abcd");
    }
}
