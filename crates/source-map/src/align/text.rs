//! The script as a search sees it: its line feeds, where known texts occur in it, and how much may still be asked.

use memchr::memmem;

use super::spans::{Run, Spans};
use crate::HoleClass;

/// How much work a search may still do. A unit is a few nanoseconds.
#[derive(Debug)]
pub(crate) struct Fuel(pub(crate) usize);

impl Fuel {
    /// `None` when the fuel is used up.
    pub(crate) fn burn(&mut self, units: usize) -> Option<()> {
        self.0 = self.0.checked_sub(units)?;
        Some(())
    }
}

/// A script with its line feeds.
#[derive(Debug)]
pub(crate) struct Script<'t> {
    text: &'t str,
    feeds: Vec<usize>,
}

impl<'t> Script<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let feeds = memchr::memchr_iter(b'\n', text.as_bytes()).collect();
        Self { text, feeds }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// The number of line feeds.
    pub(crate) fn feeds(&self) -> usize {
        self.feeds.len()
    }

    fn line_end(&self, at: usize) -> usize {
        let index = self.feeds.partition_point(|&feed| feed < at);
        self.feeds.get(index).copied().unwrap_or(self.len())
    }

    fn line_start(&self, at: usize) -> usize {
        let index = self.feeds.partition_point(|&feed| feed < at);
        let before = index.checked_sub(1).and_then(|index| self.feeds.get(index));
        before.map_or(0, |feed| feed + 1)
    }

    /// The furthest end of a hole that starts at `start`.
    pub(crate) fn furthest_end(&self, class: HoleClass, start: usize) -> usize {
        match class {
            HoleClass::Anything | HoleClass::Inline => self.len(),
            HoleClass::SingleLine => self.line_end(start),
        }
    }

    /// The earliest start of a hole that ends at `end`.
    pub(crate) fn earliest_start(&self, class: HoleClass, end: usize) -> usize {
        match class {
            HoleClass::Anything | HoleClass::Inline => 0,
            HoleClass::SingleLine => self.line_start(end),
        }
    }

    /// Whether a known text stands at `at`, which may be anywhere.
    pub(crate) fn reads(&self, text: &str, at: usize) -> bool {
        let rest = self.text.as_bytes().get(at..);
        rest.is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }
}

/// Where one text stands in a script. As long as little is asked, the script is compared at the place in question;
/// later all places are found at once, so that the whole never costs more than two readings of the script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Occurrences {
    compared: usize,
    starts: Option<Spans>,
}

impl Occurrences {
    /// Tells `found` where within a run the text begins.
    pub(crate) fn within(
        &mut self,
        script: &Script<'_>,
        text: &str,
        run: Run,
        fuel: &mut Fuel,
        mut found: impl FnMut(Run),
    ) -> Option<()> {
        let count = run.1 - run.0 + 1;
        if self.starts.is_none() {
            let cost = count.saturating_mul(16 + text.len());
            if count <= 4 && self.compared <= script.len() {
                self.compared += cost;
                fuel.burn(1 + cost / 32)?;
                (run.0..=run.1)
                    .filter(|&at| script.reads(text, at))
                    .for_each(|at| found((at, at)));
                return Some(());
            }
            fuel.burn(1 + (script.len() + text.len()) / 8)?;
        }
        let starts = self.starts.get_or_insert_with(|| occurrences(script, text));
        for run in starts.within(run) {
            fuel.burn(1)?;
            found(run);
        }
        fuel.burn(1)
    }
}

/// Every start of `text`, also of those that overlap, in time linear in both lengths.
fn occurrences(script: &Script<'_>, text: &str) -> Spans {
    let (hay, needle) = (script.text().as_bytes(), text.as_bytes());
    let finder = memmem::Finder::new(needle);
    let mut starts = Spans::default();
    let mut known: Option<Vec<usize>> = None;
    // Everything that begins before `at` is found.
    let mut at = 0;
    while let Some(offset) = hay.get(at..).and_then(|rest| finder.find(rest)) {
        let start = at + offset;
        starts.push(start);
        let borders = known.get_or_insert_with(|| borders(needle));
        // What follows may continue an occurrence that begins inside this one; go on byte by byte while that is so.
        let whole = borders.last().copied().unwrap_or(0);
        let mut matched = whole;
        at = start + needle.len();
        while matched > 0 && at < hay.len() {
            while matched > 0 && needle[matched] != hay[at] {
                matched = borders[matched - 1];
            }
            matched += usize::from(needle[matched] == hay[at]);
            at += 1;
            if matched == needle.len() {
                starts.push(at - needle.len());
                matched = whole;
            }
        }
    }
    starts
}

/// For each prefix the length of the longest shorter prefix that also ends it.
fn borders(needle: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; needle.len()];
    let mut length = 0;
    for at in 1..needle.len() {
        while length > 0 && needle[length] != needle[at] {
            length = borders[length - 1];
        }
        length += usize::from(needle[length] == needle[at]);
        borders[at] = length;
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::{Fuel, Occurrences, Script, occurrences};

    #[test]
    fn every_occurrence_is_found_however_they_overlap() {
        let mut seed: u64 = 5;
        let mut word = |length: u64, letters: u64| -> String {
            let mut letter = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                ["a", "b", "é"][((seed >> 40) % letters) as usize]
            };
            (0..length).map(|_| letter()).collect()
        };
        for round in 0..2_000 {
            let (hay, needle) = (word(40, 1 + round % 3), word(1 + round % 5, 1 + round % 3));
            let script = Script::new(&hay);
            let all: Vec<usize> = (0..hay.len())
                .filter(|&at| script.reads(&needle, at))
                .collect();
            let found = occurrences(&script, &needle);
            let found: Vec<usize> = found.runs().iter().flat_map(|run| run.0..=run.1).collect();
            assert_eq!(found, all, "{needle} in {hay}");
        }
    }

    #[test]
    fn asking_often_costs_no_more_than_reading_the_script_a_few_times() {
        let text = "ab".repeat(5_000);
        let needle = "ab".repeat(500) + "c";
        let script = Script::new(&text);
        let mut places = Occurrences::default();
        let mut fuel = Fuel(100_000);
        for at in (0..text.len()).step_by(2) {
            let asked = places.within(&script, &needle, (at, at), &mut fuel, |_| unreachable!());
            assert!(asked.is_some(), "out of fuel at {at}");
        }
    }

    #[test]
    fn a_line_ends_at_its_feed() {
        let script = Script::new("ab\n\ncd");
        let ends: Vec<usize> = (0..=6).map(|at| script.line_end(at)).collect();
        let starts: Vec<usize> = (0..=6).map(|at| script.line_start(at)).collect();
        assert_eq!(ends, [2, 2, 2, 3, 6, 6, 6]);
        assert_eq!(starts, [0, 0, 0, 3, 4, 4, 4]);
    }
}
