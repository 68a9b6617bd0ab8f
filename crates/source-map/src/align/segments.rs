//! A way through a script as segments that have one origin and one certainty each.

use std::ops::Range;

use super::marks::Seen;
use super::path::{Path, PathPart};
use super::text::Script;
use crate::{Certainty, Place, Segment, SegmentKind};

impl Path {
    /// Whether anything that is not blank is read as known text.
    pub(crate) fn is_visible(&self, script: &Script<'_>) -> bool {
        let is_known = |part: &PathPart| match part.kind {
            SegmentKind::Hole(id) => {
                let visit = self.visits.get(id.index());
                visit.is_some_and(|visit| visit.is_followed)
            }
            _ => true,
        };
        let is_seen = |part: &PathPart| {
            let bytes = script.text().as_bytes().get(part.out.clone());
            !bytes.unwrap_or_default().trim_ascii().is_empty()
        };
        self.parts
            .iter()
            .any(|part| is_known(part) && is_seen(part))
    }
}

/// Cuts the parts where their certainty changes, and joins values that were computed piece by piece.
pub(crate) fn segments(path: &Path, seen: &[Seen]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for part in &path.parts {
        let mut start = part.out.start;
        while start < part.out.end {
            let (end, certainty) = run(part, start, seen);
            let segment = Segment {
                out: start..end,
                source: part
                    .source
                    .as_ref()
                    .map(|source| source_of(part, source, &(start..end))),
                kind: part.kind,
                certainty,
            };
            start = end;
            match segments.last_mut() {
                Some(last) if is_same(last, &segment) => last.out.end = segment.out.end,
                _ => segments.push(segment),
            }
        }
    }
    segments
}

/// How far the certainty at `start` goes. An escape is one, and as certain as its worst byte.
fn run(part: &PathPart, start: usize, seen: &[Seen]) -> (usize, Certainty) {
    let certainties = seen[start..part.out.end]
        .iter()
        .map(|seen| seen.certainty());
    if part.kind == SegmentKind::Escape {
        return (part.out.end, certainties.max().unwrap_or(Certainty::Guess));
    }
    let first = certainties.clone().next().unwrap_or(Certainty::Guess);
    let length = certainties.take_while(|&other| other == first).count();
    (start + length.max(1), first)
}

fn source_of(part: &PathPart, source: &Place, out: &Range<usize>) -> Place {
    if part.kind != SegmentKind::Verbatim {
        return source.clone();
    }
    let start = source.range.start + (out.start - part.out.start);
    Place::new(source.file, start..start + out.len())
}

/// Whether one is the rest of a value that the other began.
fn is_same(last: &Segment, segment: &Segment) -> bool {
    let is_value = matches!(last.kind, SegmentKind::Hole(_) | SegmentKind::Synthetic);
    is_value
        && last.kind == segment.kind
        && last.certainty == segment.certainty
        && last.source == segment.source
}
