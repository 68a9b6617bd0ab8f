//! Which lines of the script each line of a file stands for: where its breakpoints go.

use std::collections::BTreeMap;

use source_map::{FileId, Location, ScriptMap};

use super::COLUMNS;
use crate::mapped_file::GivenLines;

/// What a map says of every line of every file.
pub(super) fn given_lines(map: &ScriptMap) -> BTreeMap<FileId, GivenLines> {
    let mut by_file: BTreeMap<FileId, GivenLines> = BTreeMap::new();
    for script_line in 1..=map.script().line_count() {
        let (file, line) = match map.nix_line(script_line, COLUMNS.nix) {
            Location::Exact { file, position } => (file, position.line),
            Location::Line { file, line } => (file, line),
            Location::Hole { .. } | Location::Generated => continue,
        };
        push(
            &mut by_file.entry(file).or_default().lines,
            line,
            script_line,
        );
    }
    // The blank that often follows a value is no line that anybody means.
    for lines in by_file
        .values_mut()
        .flat_map(|given| given.lines.values_mut())
    {
        if has_text(map, lines) {
            lines.retain(|&line| !is_blank(map, line));
        }
    }
    let mut values: BTreeMap<FileId, GivenLines> = BTreeMap::new();
    for value in map.holes().iter().filter(|value| value.is_certain) {
        let Some(lines) = map.source_lines(value.source.file) else {
            continue;
        };
        let text = &map.script().text()[value.out.clone()];
        let blanks = text.len() - text.trim_start().len();
        if blanks == text.len() {
            continue;
        }
        let range = &value.source.range;
        let (first, last) = (lines.line_of(range.start), lines.line_of(range.end));
        let script_line = map.script().line_of(value.out.start + blanks);
        let of_file = values.entry(value.source.file).or_default();
        push(&mut of_file.lines, first, script_line);
        for inside in first + 1..=last {
            push(&mut of_file.inside, inside, script_line);
        }
    }
    for (file, mut values) in values {
        let given = by_file.entry(file).or_default();
        // A line that is nothing but `${setup}` means the first line of its value, wherever that is spelled.
        values.lines.retain(|line, _| {
            let known = given.lines.get(line);
            known.is_none_or(|known| !has_text(map, known))
        });
        given.lines.append(&mut values.lines);
        given.inside.append(&mut values.inside);
    }
    by_file
}

fn push(lines: &mut BTreeMap<u32, Vec<u32>>, line: u32, script_line: u32) {
    let known = lines.entry(line).or_default();
    if !known.contains(&script_line) {
        known.push(script_line);
    }
}

fn has_text(map: &ScriptMap, script_lines: &[u32]) -> bool {
    script_lines.iter().any(|&line| !is_blank(map, line))
}

fn is_blank(map: &ScriptMap, script_line: u32) -> bool {
    let script = map.script();
    let range = script.line_range(script_line);
    range.is_none_or(|range| script.text()[range].trim().is_empty())
}
