//! Lines a script up with the shapes that may have produced it, and finds out how sure that is.
//!
//! One way through one shape is chosen, but every possible one is looked at: a byte of the script is certain when all of
//! them give it the same source. So a certain answer is a proof, as far as the candidates hold the true binding.
//!
//! The stages: `quick` refuses most shapes at a glance; `program` makes a machine of a shape; `search` finds all its
//! ways through the script; `path` takes the best; `marks` and `certain` compare it with the others.

mod certain;
mod fit;
mod marks;
mod path;
mod program;
mod quick;
mod search;
mod segments;
mod spans;
mod text;

#[cfg(test)]
mod cost;
#[cfg(test)]
mod rivals;

use std::collections::HashSet;

use fit::{Found, Reading};
use text::{Fuel, Script};

use crate::Certainty;
use crate::{
    Binding, FileId, Hint, HoleClass, HoleValue, Level, LineEnds, LineIndex, Match, Place, Problem,
    Segment, SegmentKind, Shape,
};

pub(crate) use marks::SourceLines;

/// What came of lining a script up.
#[derive(Debug)]
pub(crate) struct Alignment {
    pub(crate) segments: Vec<Segment>,
    pub(crate) holes: Vec<HoleValue>,
    pub(crate) matched: Option<Match>,
    pub(crate) level: Level,
    /// See [`ScriptMap::takes_values_for_lines`](crate::ScriptMap::takes_values_for_lines).
    pub(crate) takes_values_for_lines: bool,
    pub(crate) problems: Vec<Problem>,
}

impl Alignment {
    pub(crate) fn is_unmapped(&self) -> bool {
        self.level == Level::Unmapped
    }

    /// Whether a search was too expensive.
    pub(crate) fn gave_up(&self) -> bool {
        self.problems
            .iter()
            .any(|problem| matches!(problem, Problem::TooManyWays { .. }))
    }

    pub(crate) fn unmapped(script: &str, problems: Vec<Problem>) -> Self {
        let whole = Segment {
            out: 0..script.len(),
            source: None,
            kind: SegmentKind::Synthetic,
            certainty: Certainty::Certain,
        };
        Self {
            segments: if script.is_empty() {
                Vec::new()
            } else {
                vec![whole]
            },
            holes: Vec::new(),
            matched: None,
            level: Level::Unmapped,
            takes_values_for_lines: false,
            problems,
        }
    }
}

/// What a script may be: a shape, and the binding that has it.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    /// The binding and its file.
    pub(crate) binding: (FileId, Binding),
    /// Bindings that the module system merged into the same script.
    pub(crate) merged: Vec<(FileId, Binding)>,
    /// The name of the test, where the evaluation of the file knows better than the binding.
    pub(crate) test_name: Option<String>,
    pub(crate) shape: Shape,
}

impl Instance {
    /// The same, with every value that stands within a line taken to be one line.
    pub(crate) fn with_inline_lines(&self) -> Self {
        Self {
            shape: self
                .shape
                .with_class(HoleClass::Inline, HoleClass::SingleLine),
            ..self.clone()
        }
    }

    /// How well the caller's hint points at this instance: at its binding, or at least at its name.
    fn rank(&self, hint: &Hint) -> u8 {
        let (file, binding) = &self.binding;
        let name = self.test_name.as_ref().or(binding.test_name.as_ref());
        let is_named = hint.test_name.is_some() && hint.test_name.as_ref() == name;
        let is_meant = |place: &Place| {
            let bindings = self.merged.iter().map(|(file, binding)| (file, binding));
            std::iter::once((file, binding))
                .chain(bindings)
                .any(|(file, binding)| *file == place.file && binding.range == place.range)
        };
        2 * u8::from(hint.binding.as_ref().is_some_and(is_meant)) + u8::from(is_named)
    }

    fn place(&self) -> Place {
        Place::new(self.binding.0, self.binding.1.range.clone())
    }
}

/// The work that one shape may cost, and all shapes of a script together: a part of a second.
const FUEL: usize = 12_000_000;
const FUEL_OF_ALL: usize = 50_000_000;

/// The best of all instances that fit.
///
/// The one that spells out the most of the script wins, then one that the hint points at, then the one with the fewest
/// bytes in doubt, then the first. What the others that spell out as much say otherwise is in doubt.
pub(crate) fn choose(
    script: &str,
    instances: &[Instance],
    hint: &Hint,
    lines: &SourceLines<'_>,
) -> Alignment {
    let text = Script::new(script);
    let mut problems = Vec::new();
    let mut readings: Vec<(&Instance, Reading<'_>)> = Vec::new();
    let mut left = FUEL_OF_ALL;
    for instance in instances {
        if !quick::may_fit(script, &instance.shape) {
            continue;
        }
        let mut known = readings.iter_mut().map(|(known, _)| known);
        if let Some(known) = known.find(|known| known.shape == instance.shape) {
            // Two names for one text: only the hint can prefer one of them.
            if instance.rank(hint) > known.rank(hint) {
                *known = instance;
            }
            continue;
        }
        let budget = FUEL.min(left);
        let mut fuel = Fuel(budget);
        match Reading::of(&text, &instance.shape, &mut fuel) {
            Some(Some(reading)) => readings.push((instance, reading)),
            Some(None) => {}
            None => problems.push(too_many_ways(instance)),
        }
        left -= budget - fuel.0.min(budget);
    }
    let most = readings.iter().map(|(_, reading)| reading.spelled()).max();
    readings.retain(|(_, reading)| Some(reading.spelled()) == most);
    let rank = readings
        .iter()
        .map(|(instance, _)| instance.rank(hint))
        .max();
    readings.retain(|(instance, _)| Some(instance.rank(hint)) == rank);
    let mut fits = Vec::new();
    let mut fuel = Fuel(FUEL_OF_ALL);
    for (instance, reading) in readings {
        match reading.finish(&text, lines, &mut fuel) {
            Some(found) => fits.push((instance, found)),
            None => {
                // What it says is not known, and so not whether the others agree.
                problems.push(too_many_ways(instance));
                fits.clear();
                break;
            }
        }
    }
    // The sort is stable: the order of the instances decides between equals.
    fits.sort_by_cached_key(|(_, found)| found.in_doubt());
    let mut fits = fits.into_iter();
    let Some((instance, mut found)) = fits.next() else {
        problems.push(if instances.is_empty() {
            Problem::NoBinding
        } else {
            Problem::NothingFits
        });
        return Alignment::unmapped(script, problems);
    };
    let mut rivals: Vec<Place> = Vec::new();
    let own = found.segments();
    for (rival, other) in fits {
        if other.segments() != own {
            found.doubt(&other);
            rivals.push(rival.place());
        }
    }
    let mut named = HashSet::new();
    rivals.retain(|rival| named.insert(rival.clone()));
    if !rivals.is_empty() {
        problems.push(Problem::Rivals {
            rivals: rivals.clone(),
        });
    }
    let (file, binding) = instance.binding.clone();
    let matched = Match {
        file,
        binding,
        merged: instance.merged.clone(),
        rivals,
    };
    alignment(script, found, Some(matched), problems)
}

/// The alignment with one shape that the caller knows to be the right one.
pub(crate) fn with_shape(script: &str, shape: &Shape, lines: &SourceLines<'_>) -> Alignment {
    let text = Script::new(script);
    let mut fuel = Fuel(FUEL);
    let found = if quick::may_fit(script, shape) {
        match Reading::of(&text, shape, &mut fuel) {
            Some(Some(reading)) => reading.finish(&text, lines, &mut fuel),
            _ => None,
        }
    } else {
        None
    };
    match found {
        Some(found) => alignment(script, found, None, Vec::new()),
        None => Alignment::unmapped(script, vec![Problem::NothingFits]),
    }
}

fn too_many_ways(instance: &Instance) -> Problem {
    let Place { file, range } = instance.place();
    Problem::TooManyWays { file, range }
}

fn alignment(
    script: &str,
    found: Found,
    matched: Option<Match>,
    mut problems: Vec<Problem>,
) -> Alignment {
    let segments = found.segments();
    let level = level(&found, &segments);
    if level == Level::Guess {
        problems.push(Problem::Ambiguous {
            lines: lines_in_doubt(script, &segments),
        });
    }
    Alignment {
        segments,
        holes: found.holes(),
        matched,
        level,
        takes_values_for_lines: false,
        problems,
    }
}

fn level(found: &Found, segments: &[Segment]) -> Level {
    match segments.iter().map(|segment| segment.certainty).max() {
        Some(Certainty::Guess) => Level::Guess,
        Some(Certainty::SameLine) => Level::SameLines,
        _ if found.is_proven() => Level::Proven,
        _ => Level::Unique,
    }
}

fn lines_in_doubt(script: &str, segments: &[Segment]) -> usize {
    let lines = LineIndex::new(script, LineEnds::Python);
    let mut doubtful: Vec<u32> = segments
        .iter()
        .filter(|segment| segment.certainty == Certainty::Guess)
        .flat_map(|segment| lines.line_of(segment.out.start)..=lines.line_of(segment.out.end - 1))
        .collect();
    doubtful.dedup();
    doubtful.len()
}
