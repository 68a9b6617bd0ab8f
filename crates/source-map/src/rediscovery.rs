//! Bindings of a file that is being typed in, where the parser and the search for words both lose some.
//!
//! What was there before the edit, and still begins on an untouched line, is taken to be there still.

use std::ops::Range;

use crate::{Binding, LineEdits, discover};

/// The bindings of `text`, an edited version of a text that had the bindings `before`.
///
/// What is found in the text itself comes first. A binding that is lost, and whose name still stands on a line that was not
/// touched, is kept with its ranges moved; it is [recovered](Binding::is_recovered), so its ranges may end too early or too
/// late. `edits` leads from the text of `before` to `text`.
pub fn rediscover(before: &[Binding], edits: &LineEdits, text: &str) -> Vec<Binding> {
    let mut bindings = discover(text);
    for old in before {
        let Some(kept) = moved(old, edits, text) else {
            continue;
        };
        let is_lost = |found: &Binding| {
            found.path.end <= kept.path.start || kept.path.end <= found.path.start
        };
        // Something else may have been found around it.
        let is_outside = |found: &Binding| {
            found.range.end <= kept.path.start || kept.path.end <= found.range.start
        };
        if bindings.iter().all(is_lost) && bindings.iter().all(is_outside) {
            bindings.push(kept);
        }
    }
    bindings.sort_by_key(|binding| binding.range.start);
    bindings
}

fn moved(old: &Binding, edits: &LineEdits, text: &str) -> Option<Binding> {
    let start = edits.offset_to_new(old.path.start)?;
    let name = text.get(start..start + old.path.len())?;
    if !name.ends_with(crate::discovery::NAME) {
        return None;
    }
    let offset = |at: usize| {
        let at = edits
            .offset_to_new(at)
            .unwrap_or_else(|| (start + at.saturating_sub(old.path.start)).min(text.len()));
        // An edit may have put a character of several bytes there.
        (at..=text.len())
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(text.len())
    };
    let range = |range: &Range<usize>| {
        let start = offset(range.start);
        start..offset(range.end).max(start)
    };
    let mut kept = old.clone();
    kept.range = range(&old.range);
    kept.path = range(&old.path);
    kept.value = range(&old.value);
    kept.core = range(&old.core);
    for string in &mut kept.strings {
        string.range = range(&string.range);
        string.body = range(&string.body);
    }
    for node in &mut kept.nodes {
        node.range = range(&node.range);
        node.definition = range(&node.definition);
    }
    kept.is_recovered = true;
    Some(kept)
}
