//! Reads marks back from an evaluated text, and says what they prove.

use std::ops::Range;

use super::{CLOSE, Instrumented, Mark, MarkKind, OPEN, Said};
use crate::{Column, FileId, LineEnds, LineIndex, Origin, Place, Position};

/// The longest number of a mark, in hexadecimal digits.
const MOST_DIGITS: usize = 16;

/// What the marks of an evaluation say about a script.
///
/// Everything it answers was checked against the texts: a run is the same bytes in the script and in the file, and
/// nothing else is in between.
#[derive(Debug, Clone)]
pub struct Reading {
    script: LineIndex,
    marks: Vec<FoundMark>,
    runs: Vec<(Range<usize>, Place)>,
    escapes: Vec<(Range<usize>, Place)>,
    holes: Vec<(Range<usize>, Place)>,
}

/// A mark where the evaluation put it. One mark may come out any number of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMark {
    /// Its number.
    pub id: usize,
    /// The byte of the script that it stands before.
    pub script: usize,
    /// The byte of the file that it stands before; for the beginning of an interpolation, the whole `${…}`.
    pub place: Place,
    /// What it says.
    pub kind: MarkKind,
}

/// Why the marks of an evaluation prove nothing. Positions are those of the text without marks, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// The evaluation of the marked files gives another script: something looked at a marked text.
    #[error(
        "with marks in its files the script is another from line {}, column {} on; mark fewer strings", .at.line, .at.column
    )]
    Differs {
        /// The first difference.
        at: Position,
    },
    /// A mark was cut, or something put into it.
    #[error(
        "a mark at line {}, column {} of the script was torn; mark fewer strings", .at.line, .at.column
    )]
    Torn {
        /// Where.
        at: Position,
    },
    /// A mark that none of the files has.
    #[error(
        "mark {id:x} at line {}, column {} of the script is of another file; read it together with all files that were marked", .at.line, .at.column
    )]
    Unknown {
        /// Its number.
        id: usize,
        /// Where.
        at: Position,
    },
    /// The script of the unmarked files has the characters that make a mark.
    #[error(
        "the script holds U+E000 or U+E001 at line {}, column {}, which marks are made of; take them out to map it", .at.line, .at.column
    )]
    HoldsMarks {
        /// The first of them.
        at: Position,
    },
}

/// A mark of a file at a byte of the script.
struct Found<'a> {
    file: &'a Instrumented,
    id: usize,
    mark: &'a Mark,
    at: usize,
}

impl Found<'_> {
    fn is_of_literal(&self, other: &Self) -> bool {
        self.mark.literal == other.mark.literal && self.file.file == other.file.file
    }

    fn is_ended_by(&self, other: &Self) -> bool {
        match (&self.mark.kind, &other.mark.kind) {
            (MarkKind::HoleStart { source }, MarkKind::HoleEnd { source: ended }) => {
                source == ended
            }
            _ => false,
        }
    }
}

impl Reading {
    /// Reads `evaluated`, the script of the marked `files`, which is to be `script` but for the marks.
    ///
    /// # Errors
    ///
    /// [`Misread`] when it is not, byte for byte, or when a mark cannot be read. The caller marks fewer literals then.
    pub fn of(evaluated: &str, script: &str, files: &[&Instrumented]) -> Result<Self, Misread> {
        let lines = LineIndex::new(script, LineEnds::Python);
        if let Some(offset) = script.find([OPEN, CLOSE]) {
            let at = lines.position(offset, Column::Scalar);
            return Err(Misread::HoldsMarks { at });
        }
        let (plain, found) = strip(evaluated, files)?;
        if plain != script {
            let same = common_prefix(plain.as_bytes(), script.as_bytes());
            let at = lines.position(same, Column::Scalar);
            return Err(Misread::Differs { at });
        }
        let mut proof = Proof::default();
        for (index, here) in found.iter().enumerate() {
            let limit = found.get(index + 1).map_or(script.len(), |next| next.at);
            proof.add_said(script, here, limit);
        }
        Ok(Self {
            marks: found.iter().map(FoundMark::from).collect(),
            holes: holes(&found),
            script: lines,
            runs: proof.runs,
            escapes: proof.escapes,
        })
    }

    /// The script, with its lines as Python counts them.
    pub fn script(&self) -> &LineIndex {
        &self.script
    }

    /// Every mark in the order of the script.
    pub fn marks(&self) -> &[FoundMark] {
        &self.marks
    }

    /// Bytes of the script that are the very bytes of a place, ascending and without overlaps. Both ranges have the same
    /// length. What is not in here, nor in [`Reading::escapes`], was computed or changed, or is a blank line or
    /// indentation: no mark tells whose these are.
    pub fn runs(&self) -> &[(Range<usize>, Place)] {
        &self.runs
    }

    /// Bytes of the script that a place spells by other bytes, such as `''$`, ascending and without overlaps.
    pub fn escapes(&self) -> &[(Range<usize>, Place)] {
        &self.escapes
    }

    /// Values of interpolations with their `${…}`, in the order of the script; one comes before those inside it. An
    /// interpolation whose value did not stay in one piece is left out.
    pub fn holes(&self) -> &[(Range<usize>, Place)] {
        &self.holes
    }

    /// Where a byte of the script came from, as far as marks prove it.
    pub fn origin(&self, offset: usize) -> Origin {
        if let Some((out, place)) = piece_at(&self.runs, offset) {
            let offset = place.range.start + (offset - out.start);
            return Origin::Exact {
                file: place.file,
                offset,
            };
        }
        if let Some((_, place)) = piece_at(&self.escapes, offset) {
            return Origin::Exact {
                file: place.file,
                offset: place.range.start,
            };
        }
        let behind = self.holes.partition_point(|(out, _)| out.start <= offset);
        let mut around = self.holes[..behind].iter().rev();
        match around.find(|(out, _)| offset < out.end) {
            Some((_, place)) => Origin::Hole {
                file: place.file,
                range: place.range.clone(),
            },
            None => Origin::Generated,
        }
    }

    /// Where the first visible byte of a line of the script came from; for a blank line, its first byte. Where a mark
    /// stands before that byte and what follows is not what the file says, only the line of the mark is known.
    pub fn line(&self, script_line: u32) -> Origin {
        let Some(range) = self.script.line_range(script_line) else {
            return Origin::Generated;
        };
        let line = &self.script.text().as_bytes()[range.clone()];
        let visible = line.iter().position(|byte| !byte.is_ascii_whitespace());
        let at = range.start + visible.unwrap_or(0);
        let origin = self.origin(at);
        if visible.is_none() || matches!(origin, Origin::Exact { .. }) {
            return origin;
        }
        let behind = self.marks.partition_point(|mark| mark.script <= at);
        let last = behind.checked_sub(1).and_then(|last| self.marks.get(last));
        match last.filter(|mark| mark.script == at) {
            Some(mark) if mark.kind == MarkKind::Text => Origin::Line {
                file: mark.place.file,
                offset: mark.place.range.start,
            },
            _ => origin,
        }
    }
}

impl From<&Found<'_>> for FoundMark {
    fn from(found: &Found<'_>) -> Self {
        Self {
            id: found.id,
            script: found.at,
            place: found.mark.place(found.file.file),
            kind: found.mark.kind.clone(),
        }
    }
}

/// Takes the marks out of a text.
fn strip<'a>(
    evaluated: &str,
    files: &[&'a Instrumented],
) -> Result<(String, Vec<Found<'a>>), Misread> {
    let mut plain = String::with_capacity(evaluated.len());
    let mut found = Vec::new();
    let mut rest = evaluated;
    while let Some(next) = rest.find([OPEN, CLOSE]) {
        plain.push_str(&rest[..next]);
        let Some((id, length)) = read_mark(&rest[next..]) else {
            return Err(Misread::Torn { at: end_of(&plain) });
        };
        let known = files
            .iter()
            .find_map(|&file| file.mark(id).map(|mark| (file, mark)));
        let Some((file, mark)) = known else {
            let at = end_of(&plain);
            return Err(Misread::Unknown { id, at });
        };
        found.push(Found {
            file,
            id,
            mark,
            at: plain.len(),
        });
        rest = &rest[next + length..];
    }
    plain.push_str(rest);
    Ok((plain, found))
}

/// The number and the length of the mark that a text begins with.
fn read_mark(text: &str) -> Option<(usize, usize)> {
    let inner = text.strip_prefix(OPEN)?;
    let digits = inner.find(CLOSE)?;
    let number = &inner[..digits];
    let is_number = (1..=MOST_DIGITS).contains(&digits)
        && number
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_number {
        return None;
    }
    let id = usize::from_str_radix(number, 16).ok()?;
    Some((id, OPEN.len_utf8() + digits + CLOSE.len_utf8()))
}

fn end_of(text: &str) -> Position {
    LineIndex::new(text, LineEnds::Python).position(text.len(), Column::Scalar)
}

fn common_prefix(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(a, b)| a == b).count()
}

fn piece_at(pieces: &[(Range<usize>, Place)], offset: usize) -> Option<&(Range<usize>, Place)> {
    let index = pieces.partition_point(|(out, _)| out.end <= offset);
    pieces.get(index).filter(|(out, _)| out.start <= offset)
}

/// What was found to be the same in script and files.
#[derive(Default)]
struct Proof {
    runs: Vec<(Range<usize>, Place)>,
    escapes: Vec<(Range<usize>, Place)>,
}

impl Proof {
    /// Adds what the file says behind a mark, if the script says it too, before the next mark.
    ///
    /// Blanks at the end may be missing, because much code trims lines or takes them apart at their line feeds. If
    /// anything that can be seen is missing or another, the text was changed, and there is no telling which byte is which.
    fn add_said(&mut self, script: &str, here: &Found<'_>, limit: usize) {
        let source = &here.file.source;
        let said = || here.mark.said.iter();
        let text: String = said().map(|said| said.text(source)).collect();
        let same = common_prefix(text.as_bytes(), &script.as_bytes()[here.at..limit]);
        let visible = text.trim_ascii_end().len();
        let length = if same == text.len() {
            same
        } else if same >= visible {
            visible
        } else {
            return;
        };
        let end = here.at + length;
        let mut at = here.at;
        for said in said() {
            let out = at..(at + said.text(source).len()).min(end);
            if out.is_empty() {
                break;
            }
            at = out.end;
            self.add(here.file.file, out, said);
        }
    }

    fn add(&mut self, file: FileId, out: Range<usize>, said: &Said) {
        if said.escaped.is_some() {
            self.escapes
                .push((out, Place::new(file, said.source.clone())));
            return;
        }
        let start = said.source.start;
        let range = start..start + out.len();
        match self.runs.last_mut() {
            Some((last, place))
                if place.file == file
                    && place.range.end == range.start
                    && last.end == out.start =>
            {
                last.end = out.end;
                place.range.end = range.end;
            }
            _ => self.runs.push((out, Place::new(file, range))),
        }
    }
}

/// The values of interpolations that stayed in one piece: from the mark before one to the mark behind it, without a mark
/// of the same literal in between, and without half of another value.
fn holes(found: &[Found<'_>]) -> Vec<(Range<usize>, Place)> {
    let mut holes = Vec::new();
    let mut open: Vec<(usize, &Found<'_>)> = Vec::new();
    for (index, here) in found.iter().enumerate() {
        if let Some(own) = open
            .iter()
            .rposition(|(_, start)| start.is_of_literal(here))
        {
            let is_innermost = own + 1 == open.len();
            let (first, start) = open[own];
            open.truncate(own);
            if is_innermost && start.is_ended_by(here) {
                let place = start.mark.place(start.file.file);
                holes.push((first, (start.at..here.at, place)));
            }
        }
        if let MarkKind::HoleStart { .. } = here.mark.kind {
            open.push((index, here));
        }
    }
    holes.sort_by_key(|&(first, _)| first);
    holes.into_iter().map(|(_, hole)| hole).collect()
}
