//! Makes JSON readable that has text which is not Unicode.
//!
//! Python's `surrogateescape` turns a guest's arbitrary bytes into lone surrogates, and its `json`
//! writes those as `\udcXX`; some clients cut a string between two surrogates. Strict parsers
//! refuse the whole message for it, and then a request would stay unanswered. Here such characters
//! become U+FFFD. Nothing else is repaired.

use std::borrow::Cow;

const REPLACEMENT: &str = "\\ufffd";

/// The text with U+FFFD for what is not Unicode; `None` when there is nothing of the kind.
pub(crate) fn repair(json: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(json);
    match replace_lone_surrogates(&text) {
        Some(repaired) => Some(repaired),
        None if matches!(text, Cow::Owned(_)) => Some(text.into_owned()),
        None => None,
    }
}

/// Replaces escapes such as `\udc80` that are not half of a pair.
fn replace_lone_surrogates(text: &str) -> Option<String> {
    let mut repaired = String::new();
    let mut is_changed = false;
    let mut rest = text;
    while let Some(backslash) = rest.find('\\') {
        repaired.push_str(&rest[..backslash]);
        rest = &rest[backslash..];
        let kept = match (escaped_unit(rest), rest.get(6..).and_then(escaped_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                repaired.push_str(REPLACEMENT);
                is_changed = true;
                rest = &rest[6..];
                continue;
            }
            // Two characters, so that the second backslash of `\\` begins no escape.
            _ => rest
                .char_indices()
                .nth(2)
                .map_or(rest.len(), |(end, _)| end),
        };
        repaired.push_str(&rest[..kept]);
        rest = &rest[kept..];
    }
    repaired.push_str(rest);
    is_changed.then_some(repaired)
}

/// The code unit of a `\uXXXX` at the beginning of the text.
fn escaped_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(json: &str) -> Option<String> {
        repair(json.as_bytes())
    }

    #[test]
    fn lone_surrogates_are_replaced() {
        assert_eq!(repaired(r#""a\udc80b""#).as_deref(), Some(r#""a\ufffdb""#));
        assert_eq!(repaired(r#""\ud83d""#).as_deref(), Some(r#""\ufffd""#));
        assert_eq!(
            repaired(r#""\ude00\ud83d""#).as_deref(),
            Some(r#""\ufffd\ufffd""#)
        );
    }

    #[test]
    fn pairs_and_escaped_backslashes_are_kept() {
        assert_eq!(repaired(r#""\ud83d\ude00""#), None);
        assert_eq!(repaired(r#""\\udc80 \n \u00e9""#), None);
        assert_eq!(repaired(r#""\\\udc80""#).as_deref(), Some(r#""\\\ufffd""#));
    }

    #[test]
    fn a_pair_after_a_lone_half_is_kept() {
        assert_eq!(
            repaired(r#""\ud83d\ud83d\ude00""#).as_deref(),
            Some(r#""\ufffd\ud83d\ude00""#)
        );
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(repair(b"\"\xff\"").as_deref(), Some("\"\u{fffd}\""));
    }

    #[test]
    fn nonsense_is_left_alone() {
        for text in ["", "\\", "\\u", "\\ud8", "\\ud8é", "é\\é"] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }
}
