//! Questions to a map: by byte, by line, and by position.

use std::ops::Range;

use crate::map::LineOrigin;
use crate::stab::{Entry, Stab};
use crate::{
    Certainty, Column, FileId, HoleValue, LineIndex, Place, Position, ScriptMap, Segment,
    SegmentKind,
};

/// Where a byte of the script came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From this byte, and it can be no other.
    Exact {
        /// The file.
        file: FileId,
        /// The byte.
        offset: usize,
    },
    /// From somewhere on one line: several places there are possible.
    Line {
        /// The file.
        file: FileId,
        /// One of the possible places; all of them are on the same line.
        offset: usize,
    },
    /// From the value of an interpolation.
    Hole {
        /// The file.
        file: FileId,
        /// `${…}`.
        range: Range<usize>,
    },
    /// From nowhere that is known for certain. Show the generated script.
    Generated,
}

/// [`Origin`] with lines and columns, which count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// From this character, and it can be no other.
    Exact {
        /// The file.
        file: FileId,
        /// The character.
        position: Position,
    },
    /// From somewhere on this line.
    Line {
        /// The file.
        file: FileId,
        /// The line.
        line: u32,
    },
    /// From the value of an interpolation.
    Hole {
        /// The file.
        file: FileId,
        /// The `$` of `${…}`.
        start: Position,
        /// Behind its `}`.
        end: Position,
    },
    /// From nowhere that is known for certain. Show the generated script.
    Generated,
}

/// The units in which columns come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Of positions in the script.
    pub script: Column,
    /// Of positions in Nix files.
    pub nix: Column,
}

impl ScriptMap {
    /// Where the byte at `offset` of the script came from. The end of the script is where its last byte ends.
    pub fn to_nix(&self, offset: usize) -> Origin {
        let length = self.script.text().len();
        if offset == length {
            return self.end_of_script();
        }
        let Some(segment) = self.segment_at(offset) else {
            return Origin::Generated;
        };
        let Some(Place { file, range }) = segment.source.clone() else {
            return Origin::Generated;
        };
        match (segment.certainty, segment.spelled_at(offset), segment.kind) {
            (Certainty::Certain, Some((file, offset)), _) => Origin::Exact { file, offset },
            (Certainty::Certain, None, SegmentKind::Hole(_)) => Origin::Hole { file, range },
            (Certainty::SameLine, spelled, _) => Origin::Line {
                file,
                offset: spelled.map_or(range.start, |(_, offset)| offset),
            },
            _ => Origin::Generated,
        }
    }

    /// Every byte of the script that came from the byte at `offset` of a file, ascending. A byte of an escape or an
    /// interpolation gives the start of its value, each time it has one; one that was stripped, or is in doubt, gives
    /// nothing. A byte that is spelled inside an interpolation is that byte and not the interpolation.
    pub fn to_script(&self, file: FileId, offset: usize) -> Vec<usize> {
        let Some(index) = self.index.files.get(file.index()) else {
            return Vec::new();
        };
        let mut is_spelled = false;
        let mut offsets = Vec::new();
        index.spelled.at(offset, |entry| {
            is_spelled = true;
            let segment = self.segments.get(entry.value);
            if let Some(segment) = segment.filter(|segment| segment.certainty == Certainty::Certain)
            {
                offsets.push(match segment.kind {
                    SegmentKind::Verbatim => segment.out.start + (offset - entry.start),
                    _ => segment.out.start,
                });
            }
        });
        if !is_spelled {
            let mut holes = Vec::new();
            index.holes.at(offset, |entry| holes.push(entry));
            let innermost = holes.iter().map(|entry| entry.end - entry.start).min();
            let starts = holes
                .iter()
                .filter(|entry| Some(entry.end - entry.start) == innermost)
                .filter_map(|entry| self.holes.get(entry.value))
                .filter(|hole| hole.is_certain)
                .map(|hole| hole.out.start);
            offsets.extend(starts);
        }
        offsets.sort_unstable();
        offsets.dedup();
        offsets
    }

    /// Where the character at a position of the script came from. A position behind the end of its line is that end;
    /// one on a line that does not exist is generated text.
    pub fn nix_position(&self, script: Position, columns: Columns) -> Location {
        match self.script.offset(script, columns.script) {
            Some(offset) => self.location(self.to_nix(offset), columns.nix),
            None => Location::Generated,
        }
    }

    /// Every position of the script that came from the character at a position of a file, ascending.
    pub fn script_positions(&self, file: FileId, nix: Position, columns: Columns) -> Vec<Position> {
        let Some(offset) = self
            .source_lines(file)
            .and_then(|lines| lines.offset(nix, columns.nix))
        else {
            return Vec::new();
        };
        let offsets = self.to_script(file, offset);
        offsets
            .into_iter()
            .map(|offset| self.script.position(offset, columns.script))
            .collect()
    }

    /// The place that stands for a whole line of the script: where its first visible spelled-out character is; for a
    /// line that is the value of an interpolation alone, that interpolation.
    pub fn nix_line(&self, script_line: u32, unit: Column) -> Location {
        let index = (script_line as usize).checked_sub(1);
        let origin = match index.and_then(|index| self.line_origins.get(index)) {
            Some(LineOrigin::Spelled(file, offset) | LineOrigin::Blank(file, offset)) => {
                Origin::Exact {
                    file: *file,
                    offset: *offset,
                }
            }
            Some(LineOrigin::Line(file, offset)) => Origin::Line {
                file: *file,
                offset: *offset,
            },
            Some(LineOrigin::Hole(place)) => Origin::Hole {
                file: place.file,
                range: place.range.clone(),
            },
            Some(LineOrigin::Generated) | None => Origin::Generated,
        };
        self.location(origin, unit)
    }

    /// Every line of the script whose first visible spelled-out character stands on this line of the file, ascending.
    ///
    /// This is where a breakpoint on that line belongs. There may be none: the line is blank, stripped, or not part of
    /// the script. There may be many, when the text is repeated or an interpolation spans lines.
    pub fn script_lines(&self, file: FileId, nix_line: u32) -> Vec<u32> {
        let spelled = &self.index.line_starts;
        let first = spelled.partition_point(|entry| (entry.0, entry.1) < (file, nix_line));
        spelled[first..]
            .iter()
            .take_while(|entry| (entry.0, entry.1) == (file, nix_line))
            .map(|entry| entry.2)
            .collect()
    }

    /// Every line of the script that is nothing but the value of an interpolation which covers this line of the file,
    /// ascending. A breakpoint on `${setup}` alone in its line can only mean these.
    pub fn hole_lines(&self, file: FileId, nix_line: u32) -> Vec<u32> {
        let mut lines = Vec::new();
        if let Some(index) = self.index.files.get(file.index()) {
            index
                .hole_lines
                .at(nix_line, |entry| lines.push(entry.value));
        }
        lines.sort_unstable();
        lines
    }

    fn segment_at(&self, offset: usize) -> Option<&Segment> {
        let index = self
            .segments
            .partition_point(|segment| segment.out.end <= offset);
        self.segments.get(index)
    }

    fn end_of_script(&self) -> Origin {
        let last = self.segments.last();
        match (
            last.map(|segment| self.to_nix(segment.out.start)),
            last.and_then(|segment| segment.source.as_ref()),
        ) {
            (Some(Origin::Exact { file, .. }), Some(source)) => Origin::Exact {
                file,
                offset: source.range.end,
            },
            (Some(origin), _) => origin,
            (None, _) => Origin::Generated,
        }
    }

    fn location(&self, origin: Origin, unit: Column) -> Location {
        let lines = match &origin {
            Origin::Exact { file, .. } | Origin::Line { file, .. } | Origin::Hole { file, .. } => {
                self.source_lines(*file)
            }
            Origin::Generated => None,
        };
        let Some(lines) = lines else {
            return Location::Generated;
        };
        match origin {
            Origin::Exact { file, offset } => Location::Exact {
                file,
                position: lines.position(offset, unit),
            },
            Origin::Line { file, offset } => Location::Line {
                file,
                line: lines.line_of(offset),
            },
            Origin::Hole { file, range } => Location::Hole {
                file,
                start: lines.position(range.start, unit),
                end: lines.position(range.end, unit),
            },
            Origin::Generated => Location::Generated,
        }
    }
}

/// The way from the files to the script, in order of the files, so that no question costs a look at everything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Index {
    files: Vec<FileIndex>,
    /// File, line of the file, and line of the script that stands for it, in ascending order.
    line_starts: Vec<(FileId, u32, u32)>,
}

/// What of the script came from where in one file.
#[derive(Debug, Clone, Default)]
struct FileIndex {
    /// Places that spell something, with the index of the segment.
    spelled: Stab<usize, usize>,
    /// Interpolations, with the index of the value.
    holes: Stab<usize, usize>,
    /// Lines of interpolations, with the lines of the script that are their values alone.
    hole_lines: Stab<u32, u32>,
}

impl Index {
    pub(crate) fn new(
        source_lines: &[Option<LineIndex>],
        segments: &[Segment],
        holes: &[HoleValue],
        line_origins: &[LineOrigin],
    ) -> Self {
        let count = source_lines.len();
        let (mut spelled, mut values) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        let mut hole_lines = vec![Vec::new(); count];
        let entry = |place: &Place, value| Entry {
            start: place.range.start,
            end: place.range.end,
            value,
        };
        for (index, segment) in segments.iter().enumerate() {
            if let (SegmentKind::Verbatim | SegmentKind::Escape, Some(source)) =
                (segment.kind, &segment.source)
                && let Some(of_file) = spelled.get_mut(source.file.index())
            {
                of_file.push(entry(source, index));
            }
        }
        for (index, hole) in holes.iter().enumerate() {
            if let Some(of_file) = values.get_mut(hole.source.file.index()) {
                of_file.push(entry(&hole.source, index));
            }
        }
        let mut line_starts = Vec::new();
        let lines_of = |file: FileId| source_lines.get(file.index())?.as_ref();
        for (script_line, origin) in (1..).zip(line_origins) {
            match origin {
                LineOrigin::Spelled(file, offset) | LineOrigin::Line(file, offset) => {
                    let line = lines_of(*file).map(|lines| lines.line_of(*offset));
                    line_starts.extend(line.map(|line| (*file, line, script_line)));
                }
                LineOrigin::Hole(place) => {
                    if let (Some(lines), Some(of_file)) =
                        (lines_of(place.file), hole_lines.get_mut(place.file.index()))
                    {
                        of_file.push(Entry {
                            start: lines.line_of(place.range.start),
                            end: lines.line_of(place.range.end) + 1,
                            value: script_line,
                        });
                    }
                }
                LineOrigin::Blank(..) | LineOrigin::Generated => {}
            }
        }
        line_starts.sort_unstable();
        let files = spelled.into_iter().zip(values).zip(hole_lines);
        let files = files.map(|((spelled, values), hole_lines)| FileIndex {
            spelled: Stab::new(spelled),
            holes: Stab::new(values),
            hole_lines: Stab::new(hole_lines),
        });
        Self {
            files: files.collect(),
            line_starts,
        }
    }
}

/// What each line of the script is about.
pub(crate) fn line_origins(
    script: &LineIndex,
    segments: &[Segment],
    holes: &[HoleValue],
    source_lines: &[Option<LineIndex>],
) -> Vec<LineOrigin> {
    (1..=script.line_count())
        .filter_map(|line| script.line_range(line))
        .map(|line| {
            let values = values_within(holes, &line);
            whole_line(script, segments, &values, &line, source_lines)
                .unwrap_or_else(|| line_origin(script, segments, &values, line))
        })
        .collect()
}

/// A value that is a line of its file and ends the line of the script is what the line is about, whatever was put before
/// it: `"${node}.${line}"`.
fn whole_line(
    script: &LineIndex,
    segments: &[Segment],
    values: &[&HoleValue],
    line: &Range<usize>,
    source_lines: &[Option<LineIndex>],
) -> Option<LineOrigin> {
    let text = script.text().get(line.clone())?;
    let end = line.start + text.trim_end().len();
    let owner = values.iter().find_map(|value| {
        let inside = script.text().get(value.out.clone())?;
        let start = value.out.start + (inside.len() - inside.trim_start().len());
        if value.out.end < end || start >= end {
            return None;
        }
        let index = segments.partition_point(|segment| segment.out.end <= start);
        let segment = segments.get(index)?;
        let (file, offset) = segment.spelled_at(start)?;
        let lines = source_lines.get(file.index())?.as_ref()?;
        let nix_line = lines.line_range(lines.line_of(offset))?;
        let before = lines.text().get(nix_line.start..offset)?;
        let is_own_line = segment.certainty == Certainty::Certain && before.trim().is_empty();
        is_own_line.then_some((file, offset))
    });
    owner.map(|(file, offset)| LineOrigin::Spelled(file, offset))
}

fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii()
}

/// The values that begin and end on a line and are spelled somewhere else.
fn values_within<'h>(holes: &'h [HoleValue], line: &Range<usize>) -> Vec<&'h HoleValue> {
    let first = holes.partition_point(|hole| hole.out.start < line.start);
    holes[first..]
        .iter()
        .take_while(|hole| hole.out.start <= line.end)
        .filter(|hole| hole.is_followed && hole.out.end <= line.end)
        .collect()
}

fn line_origin(
    script: &LineIndex,
    segments: &[Segment],
    values: &[&HoleValue],
    line: Range<usize>,
) -> LineOrigin {
    let first = segments.partition_point(|segment| segment.out.end <= line.start);
    let on_line = segments[first..]
        .iter()
        .take_while(|segment| segment.out.start <= line.end);
    let (mut blank, mut hole, mut is_blank) = (None, None, true);
    let mut value = None;
    for segment in on_line {
        let range = segment.out.start.max(line.start)..segment.out.end.min(line.end);
        let bytes = script
            .text()
            .as_bytes()
            .get(range.clone())
            .unwrap_or_default();
        let visible = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
        let at = range.start + visible.unwrap_or(0);
        let spelled = segment.spelled_at(at);
        match (visible, segment.certainty, spelled) {
            (Some(_), Certainty::Certain, Some((file, offset))) => {
                // `${name}.start()` is about its own line, not about the one where the name is spelled; and
                // `${name}.${step}`, with a dot of its own, is about the step.
                let around = values.iter().find(|value| value.out.contains(&at));
                let is_name = around.is_some_and(|value| {
                    let text = script.text().as_bytes().get(value.out.clone());
                    text.unwrap_or_default().iter().all(is_of_word)
                });
                let is_first = is_blank && around.is_none();
                if is_first || (!is_name && bytes.iter().any(is_of_word)) {
                    return LineOrigin::Spelled(file, offset);
                }
                is_blank = false;
                value = value.or(Some((file, offset)));
            }
            (Some(_), Certainty::Certain, None) => {
                is_blank = false;
                hole = hole.or(segment.source.clone());
            }
            (Some(_), Certainty::SameLine, _) => {
                let begin = segment
                    .source
                    .as_ref()
                    .map(|source| (source.file, source.range.start));
                return spelled
                    .or(begin)
                    .map_or(LineOrigin::Generated, |(file, offset)| {
                        LineOrigin::Line(file, offset)
                    });
            }
            (Some(_), Certainty::Guess, _) => return LineOrigin::Generated,
            (None, Certainty::Certain, spelled) => blank = blank.or(spelled),
            (None, _, _) => {}
        }
    }
    if let Some((file, offset)) = value {
        return LineOrigin::Spelled(file, offset);
    }
    match (hole, blank) {
        (Some(place), _) => LineOrigin::Hole(place),
        (None, Some((file, offset))) if is_blank => LineOrigin::Blank(file, offset),
        (None, _) => LineOrigin::Generated,
    }
}

impl Segment {
    /// The byte of the file that spells the byte at `offset` of the script.
    fn spelled_at(&self, offset: usize) -> Option<(FileId, usize)> {
        let Place { file, range } = self.source.as_ref()?;
        match self.kind {
            SegmentKind::Verbatim => Some((*file, range.start + (offset - self.out.start))),
            SegmentKind::Escape => Some((*file, range.start)),
            SegmentKind::Hole(_) | SegmentKind::Synthetic => None,
        }
    }
}
