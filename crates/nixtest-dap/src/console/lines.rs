//! When lines of Python are a statement that can be run, as the interpreter's own prompt decides it. No grammar: brackets, strings,
//! and the colon that begins a block.

/// Whether nothing more is awaited. A block is over at an empty line.
pub(super) fn is_complete(text: &str) -> bool {
    let scanned = scan(text);
    if scanned.is_open || text.ends_with('\\') {
        return false;
    }
    let first = text.trim_start();
    let is_block = scanned.has_colon_at_an_end || first.starts_with('@');
    !is_block
        || text.ends_with('\n')
        || text
            .lines()
            .last()
            .is_some_and(|line| line.trim().is_empty())
}

struct Scanned {
    /// Within a bracket or a string of several lines.
    is_open: bool,
    /// A line ends with a colon, which begins a block.
    has_colon_at_an_end: bool,
}

fn scan(text: &str) -> Scanned {
    let mut depth = 0_usize;
    let mut has_colon_at_an_end = false;
    let mut last = ' ';
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote));
        if let Some(quote) = quote {
            match end_of_string(&rest[quote.len()..], quote) {
                Some(end) => rest = &rest[quote.len() + end..],
                None => {
                    return Scanned {
                        is_open: quote.len() == 3,
                        has_colon_at_an_end,
                    };
                }
            }
            last = '"';
            continue;
        }
        match character {
            '#' => {
                let line = rest.find('\n').unwrap_or(rest.len());
                rest = &rest[line..];
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '\n' if depth == 0 => has_colon_at_an_end |= last == ':',
            _ => {}
        }
        if !character.is_whitespace() || character == '\n' {
            last = character;
        }
        rest = &rest[character.len_utf8()..];
    }
    Scanned {
        is_open: depth > 0,
        has_colon_at_an_end: has_colon_at_an_end || last == ':',
    }
}

/// The length of a string with its closing quotes.
fn end_of_string(text: &str, quote: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            // A string of one line that is not closed is a mistake, which is told by Python.
            '\n' if quote.len() == 1 => return Some(index),
            _ if text[index..].starts_with(quote) => return Some(index + quote.len()),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_complete_when_python_would_run_it() {
        for complete in [
            "",
            "1 + 1",
            "x = [1, 2]",
            "'a' # (",
            "f('(')",
            "for i in x:\n  f(i)\n",
            "if a:\n  b\n   ",
            "'''a\nb'''",
            "x = {1: 2}",
            "'not closed",
        ] {
            assert!(is_complete(complete), "{complete:?}");
        }
        for incomplete in [
            "f(",
            "x = [1,",
            "for i in x:",
            "for i in x:  # why",
            "for i in x:\n  f(i)",
            "'''a",
            "a = \\",
            "@decorator",
            "def f(a,\n      b):",
        ] {
            assert!(!is_complete(incomplete), "{incomplete:?}");
        }
    }
}
