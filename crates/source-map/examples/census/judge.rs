//! Compares a map with what is known to be true.

use std::path::Path;

use serde_json::Value;
use source_map::{FileId, HoleValue, Origin, ScriptMap};

/// A place in a file that is known to be the source of a place in a script, both in bytes.
#[derive(Debug, Clone)]
pub(crate) struct Mark<'j> {
    pub(crate) script: usize,
    pub(crate) file: &'j str,
    pub(crate) nix: usize,
}

/// What a map says of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The same.
    Exact,
    /// The same line.
    Line,
    /// Something else.
    Wrong,
    /// That it does not know.
    Unmapped,
}

/// The marks of each text of a test.
pub(crate) fn marks<'j>(
    id: &str,
    truth: &'j Value,
    texts: usize,
) -> Result<Vec<Vec<Mark<'j>>>, String> {
    let wrong = || format!("{id}: a list of [script byte, file, nix byte] is expected");
    let list = truth.as_array().ok_or_else(wrong)?;
    let is_nested = list.iter().any(|inner| {
        inner
            .as_array()
            .is_some_and(|inner| inner.iter().all(Value::is_array))
    }) && list.iter().all(|inner| {
        inner
            .as_array()
            .is_some_and(|inner| inner.first().is_none_or(Value::is_array))
    });
    let lists: Vec<&Vec<Value>> = match is_nested || texts > 1 {
        true => list.iter().filter_map(Value::as_array).collect(),
        false => vec![list],
    };
    lists
        .into_iter()
        .map(|marks| {
            marks
                .iter()
                .map(|mark| self::mark(mark).ok_or_else(wrong))
                .collect()
        })
        .collect()
}

fn mark(mark: &Value) -> Option<Mark<'_>> {
    let [script, file, nix] = mark.as_array()?.as_slice() else {
        return None;
    };
    Some(Mark {
        script: usize::try_from(script.as_u64()?).ok()?,
        file: file.as_str()?,
        nix: usize::try_from(nix.as_u64()?).ok()?,
    })
}

/// What the map says of a mark whose file is named from `root`.
pub(crate) fn judge(map: &ScriptMap, mark: &Mark<'_>, root: &Path) -> Verdict {
    let path = root.join(mark.file);
    let Some(file) = map.file(&path) else {
        return Verdict::Unmapped;
    };
    if is_edge_of_value(map.holes(), file, mark) || is_end_of_text(map, file, mark) {
        return Verdict::Exact;
    }
    let script_byte = map.script().text().as_bytes().get(mark.script);
    let source = map
        .source(file)
        .map(|source| source.text.as_bytes())
        .unwrap_or_default();
    // A mark beside an interpolation, or at the end of a string, is not about the byte that follows it in the script.
    let is_of_byte = script_byte.is_some() && source.get(mark.nix) == script_byte;
    match map.to_nix(mark.script) {
        Origin::Exact {
            file: found,
            offset,
        } if (found, offset) == (file, mark.nix) => Verdict::Exact,
        Origin::Exact { .. } if is_of_byte => Verdict::Wrong,
        Origin::Line {
            file: found,
            offset,
        } if is_of_byte => {
            let lines = map.source_lines(file);
            match lines.map(|lines| lines.line_of(offset) == lines.line_of(mark.nix)) {
                Some(true) if found == file => Verdict::Line,
                _ => Verdict::Wrong,
            }
        }
        Origin::Hole { file: found, range } if found == file && range.contains(&mark.nix) => {
            Verdict::Exact
        }
        _ => Verdict::Unmapped,
    }
}

/// Whether the mark stands before or behind an interpolation whose value begins or ends there.
fn is_edge_of_value(holes: &[HoleValue], file: FileId, mark: &Mark<'_>) -> bool {
    holes.iter().any(|hole| {
        let is_start = hole.source.range.start == mark.nix && hole.out.start == mark.script;
        let is_end = hole.source.range.end == mark.nix && hole.out.end == mark.script;
        hole.is_certain && hole.source.file == file && (is_start || is_end)
    })
}

/// Whether the mark stands behind a byte that is known.
fn is_end_of_text(map: &ScriptMap, file: FileId, mark: &Mark<'_>) -> bool {
    let before = mark.script.checked_sub(1).map(|before| map.to_nix(before));
    matches!(before, Some(Origin::Exact { file: found, offset }) if found == file && offset + 1 == mark.nix)
}
