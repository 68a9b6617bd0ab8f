//! Sets of positions in a script, kept as ranges because a hole can end almost anywhere.

/// A set of positions: ranges with both ends inside, ascending, neither touching nor overlapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    ranges: Vec<(usize, usize)>,
}

impl Spans {
    pub(crate) fn point(at: usize) -> Self {
        Self {
            ranges: vec![(at, at)],
        }
    }

    pub(crate) fn ranges(&self) -> &[(usize, usize)] {
        &self.ranges
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(crate) fn first(&self) -> Option<usize> {
        self.ranges.first().map(|range| range.0)
    }

    pub(crate) fn last(&self) -> Option<usize> {
        self.ranges.last().map(|range| range.1)
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        self.first_from(at) == Some(at)
    }

    /// The smallest position that is not below `at`.
    pub(crate) fn first_from(&self, at: usize) -> Option<usize> {
        let index = self.ranges.partition_point(|range| range.1 < at);
        self.ranges.get(index).map(|range| range.0.max(at))
    }

    /// The greatest position that is not above `at`.
    pub(crate) fn last_to(&self, at: usize) -> Option<usize> {
        let index = self.ranges.partition_point(|range| range.0 <= at);
        let range = self.ranges.get(index.checked_sub(1)?)?;
        Some(range.1.min(at))
    }

    /// The union of ranges in any order.
    pub(crate) fn from_ranges(mut ranges: Vec<(usize, usize)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.0 <= last.1 + 1 => last.1 = last.1.max(range.1),
                _ => merged.push(range),
            }
        }
        Self { ranges: merged }
    }

    pub(crate) fn union(self, other: Self) -> Self {
        let mut ranges = self.ranges;
        ranges.extend(other.ranges);
        Self::from_ranges(ranges)
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut left, mut right) = (
            self.ranges.iter().peekable(),
            other.ranges.iter().peekable(),
        );
        let mut ranges = Vec::new();
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            let (start, end) = (a.0.max(b.0), a.1.min(b.1));
            if start <= end {
                ranges.push((start, end));
            }
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self { ranges }
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(
            Spans::from_ranges(vec![(4, 5), (1, 2), (3, 3)]).ranges(),
            [(1, 5)]
        );
    }

    #[test]
    fn an_intersection_keeps_every_common_position() {
        let left = Spans::from_ranges(vec![(0, 3), (6, 9)]);
        let right = Spans::from_ranges(vec![(2, 6), (8, 12)]);
        assert_eq!(left.intersection(&right).ranges(), [(2, 3), (6, 6), (8, 9)]);
    }

    #[test]
    fn neighbours_of_a_gap_are_found_from_both_sides() {
        let spans = Spans::from_ranges(vec![(1, 2), (6, 9)]);
        assert_eq!((spans.first_from(3), spans.last_to(5)), (Some(6), Some(2)));
        assert_eq!((spans.first_from(10), spans.last_to(0)), (None, None));
        assert!(spans.contains(7) && !spans.contains(4));
    }
}
