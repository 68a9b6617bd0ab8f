//! Which of many ranges hold a point.

/// A range, without its end, and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry<P, V> {
    pub(crate) start: P,
    pub(crate) end: P,
    pub(crate) value: V,
}

/// Ranges by their starts. They form a tree whose root is the middle one, and so on in both halves; each knows the
/// furthest end of its part of the tree.
#[derive(Debug, Clone)]
pub(crate) struct Stab<P, V> {
    entries: Vec<Entry<P, V>>,
    furthest: Vec<P>,
}

impl<P, V> Default for Stab<P, V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            furthest: Vec::new(),
        }
    }
}

impl<P: Copy + Ord, V: Copy> Stab<P, V> {
    pub(crate) fn new(mut entries: Vec<Entry<P, V>>) -> Self {
        entries.sort_by_key(|entry| (entry.start, entry.end));
        let mut furthest: Vec<P> = entries.iter().map(|entry| entry.end).collect();
        climb(&entries, &mut furthest);
        Self { entries, furthest }
    }

    /// Tells `found` every range that holds the point, by ascending starts.
    pub(crate) fn at(&self, point: P, mut found: impl FnMut(Entry<P, V>)) {
        look(&self.entries, &self.furthest, point, &mut found);
    }
}

/// Gives each entry the furthest end of its part, and returns that of the whole.
fn climb<P: Copy + Ord, V>(entries: &[Entry<P, V>], furthest: &mut [P]) -> Option<P> {
    let middle = entries.len() / 2;
    let entry = entries.get(middle)?;
    let (before, rest) = furthest.split_at_mut(middle);
    let (own, behind) = rest.split_first_mut()?;
    let ends = [
        climb(&entries[..middle], before),
        climb(&entries[middle + 1..], behind),
        Some(entry.end),
    ];
    *own = ends.into_iter().flatten().max()?;
    Some(*own)
}

fn look<P: Copy + Ord, V: Copy>(
    entries: &[Entry<P, V>],
    furthest: &[P],
    point: P,
    found: &mut impl FnMut(Entry<P, V>),
) {
    let middle = entries.len() / 2;
    let (Some(entry), Some(&end)) = (entries.get(middle), furthest.get(middle)) else {
        return;
    };
    if end <= point {
        return;
    }
    look(&entries[..middle], &furthest[..middle], point, found);
    if entry.start <= point {
        if point < entry.end {
            found(*entry);
        }
        look(
            &entries[middle + 1..],
            &furthest[middle + 1..],
            point,
            found,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Stab};

    #[test]
    fn every_range_that_holds_a_point_is_found() {
        let mut seed: u32 = 1;
        let mut below = |bound: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % bound
        };
        for round in 0..300 {
            let entries: Vec<Entry<u32, u32>> = (0..round % 23)
                .map(|value| {
                    let start = below(30);
                    let end = start + below(12);
                    Entry { start, end, value }
                })
                .collect();
            let stab = Stab::new(entries.clone());
            for point in 0..45 {
                let holds = |entry: &&Entry<u32, u32>| (entry.start..entry.end).contains(&point);
                let mut expected: Vec<u32> = entries
                    .iter()
                    .filter(holds)
                    .map(|entry| entry.value)
                    .collect();
                let mut found = Vec::new();
                stab.at(point, |entry| found.push(entry.value));
                found.sort_unstable();
                expected.sort_unstable();
                assert_eq!(found, expected);
            }
        }
    }
}
