//! The map that marks prove: what [`Reading`] found, in the form in which every other map is asked.

use std::ops::Range;

use super::Reading;
use crate::align::Alignment;
use crate::{Certainty, HoleId, HoleValue, Level, Place, ScriptMap, Segment, SegmentKind, Source};

impl Reading {
    /// The map of the script. `sources` are the files without marks, each at the index of its number.
    ///
    /// Nothing in it is chosen: what no mark tells, such as indentation, has no source. No binding is
    /// [matched](ScriptMap::matched).
    pub fn map(&self, sources: &[Source]) -> ScriptMap {
        let script = self.script().text();
        let spelled =
            |kind| move |(out, place): &(Range<usize>, Place)| (out.clone(), (place.clone(), kind));
        let runs = self.runs().iter().map(spelled(SegmentKind::Verbatim));
        let escapes = self.escapes().iter().map(spelled(SegmentKind::Escape));
        let mut by_start: Vec<_> = runs.chain(escapes).collect();
        by_start.sort_by_key(|(out, _)| out.start);

        let mut segments = Vec::new();
        let mut done = 0;
        for (out, (place, kind)) in by_start {
            self.fill(done..out.start, &mut segments);
            done = out.end;
            segments.push(Segment {
                out,
                source: Some(place),
                kind,
                certainty: Certainty::Certain,
            });
        }
        self.fill(done..script.len(), &mut segments);
        let holes = self.holes().iter().map(|(out, source)| HoleValue {
            source: source.clone(),
            out: out.clone(),
            is_certain: true,
            is_followed: self
                .runs()
                .iter()
                .any(|(run, _)| out.start <= run.start && run.end <= out.end),
        });
        let alignment = Alignment {
            holes: holes.collect(),
            segments,
            matched: None,
            level: Level::Unique,
            takes_values_for_lines: false,
            problems: Vec::new(),
        };
        ScriptMap::new(script, sources, alignment)
    }

    /// Adds what lies between two spelled parts: values that were computed, and what nobody can tell the origin of.
    fn fill(&self, gap: Range<usize>, segments: &mut Vec<Segment>) {
        let mut last = None;
        for at in gap {
            // Outer values come first, so the last one that holds a byte is the innermost.
            let holes = self.holes();
            let hole = holes.iter().rposition(|(out, _)| out.contains(&at));
            match segments.last_mut() {
                Some(segment) if last == Some(hole) => segment.out.end = at + 1,
                _ => segments.push(Segment {
                    out: at..at + 1,
                    source: hole.map(|hole| holes[hole].1.clone()),
                    kind: hole
                        .and_then(|hole| u32::try_from(hole).ok())
                        .map_or(SegmentKind::Synthetic, |hole| {
                            SegmentKind::Hole(HoleId(hole))
                        }),
                    certainty: Certainty::Certain,
                }),
            }
            last = Some(hole);
        }
    }
}
