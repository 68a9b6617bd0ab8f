//! Questions to a map: by byte, by line, and by position.

use std::ops::Range;

use crate::map::LineOrigin;
use crate::{
    Certainty, Column, FileId, LineIndex, Place, Position, ScriptMap, Segment, SegmentKind,
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
    /// interpolation gives the start of its value; one that was stripped, or is in doubt, gives nothing.
    pub fn to_script(&self, file: FileId, offset: usize) -> Vec<usize> {
        let from_segment = |segment: &Segment| {
            let source = segment.source.as_ref()?;
            let is_source = source.file == file && source.range.contains(&offset);
            if !is_source || segment.certainty != Certainty::Certain {
                return None;
            }
            match segment.kind {
                SegmentKind::Verbatim => Some(segment.out.start + (offset - source.range.start)),
                SegmentKind::Escape | SegmentKind::Synthetic => Some(segment.out.start),
                // A value may be cut into several segments; its start is known from the list of holes.
                SegmentKind::Hole(_) => None,
            }
        };
        let is_at_hole = |source: &Place| source.file == file && source.range.contains(&offset);
        let holes = self
            .holes
            .iter()
            .filter(|hole| hole.is_certain && is_at_hole(&hole.source));
        let mut offsets: Vec<usize> = self
            .segments
            .iter()
            .filter_map(from_segment)
            .chain(holes.map(|hole| hole.out.start))
            .collect();
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
        self.lines_where(|origin| match origin {
            LineOrigin::Spelled(from, offset) | LineOrigin::Line(from, offset) => {
                *from == file && self.source_line(*from, *offset) == Some(nix_line)
            }
            _ => false,
        })
    }

    /// Every line of the script that is nothing but the value of an interpolation which covers this line of the file,
    /// ascending. A breakpoint on `${setup}` alone in its line can only mean these.
    pub fn hole_lines(&self, file: FileId, nix_line: u32) -> Vec<u32> {
        self.lines_where(|origin| match origin {
            LineOrigin::Hole(place) if place.file == file => {
                let first = self.source_line(file, place.range.start);
                let last = self.source_line(file, place.range.end);
                first <= Some(nix_line) && Some(nix_line) <= last
            }
            _ => false,
        })
    }

    fn lines_where(&self, is_wanted: impl Fn(&LineOrigin) -> bool) -> Vec<u32> {
        let numbered = (1..).zip(&self.line_origins);
        numbered
            .filter(|(_, origin)| is_wanted(origin))
            .map(|(line, _)| line)
            .collect()
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

    fn source_line(&self, file: FileId, offset: usize) -> Option<u32> {
        Some(self.source_lines(file)?.line_of(offset))
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

/// What each line of the script is about.
pub(crate) fn line_origins(script: &LineIndex, segments: &[Segment]) -> Vec<LineOrigin> {
    (1..=script.line_count())
        .filter_map(|line| script.line_range(line))
        .map(|line| line_origin(script, segments, line))
        .collect()
}

fn line_origin(script: &LineIndex, segments: &[Segment], line: Range<usize>) -> LineOrigin {
    let first = segments.partition_point(|segment| segment.out.end <= line.start);
    let on_line = segments[first..]
        .iter()
        .take_while(|segment| segment.out.start <= line.end);
    let mut blank = None;
    let mut hole = None;
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
                return LineOrigin::Spelled(file, offset);
            }
            (Some(_), Certainty::Certain, None) => hole = hole.or(segment.source.clone()),
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
    match (hole, blank) {
        (Some(place), _) => LineOrigin::Hole(place),
        (None, Some((file, offset))) => LineOrigin::Blank(file, offset),
        (None, None) => LineOrigin::Generated,
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
