//! Carries positions from the text that a map was made from to the text as it is now, and back.
//!
//! A script belongs to the Nix text it was evaluated from. While that file is edited on, answers of the map are
//! carried line by line: a line that is still there has a new number, a line that was touched has none.

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::{LineEnds, LineIndex};

/// The lines that two versions of a text have in common, in their order.
///
/// Lines are those of [`LineEnds::Nix`] and count from 1. A line is the same when its content is: another line end
/// behind it, or a line feed that came behind the last line, touches no line. Where lines that read the same stand side
/// by side, which of them is the new one cannot be known, and makes no difference to what they say.
#[derive(Debug, Clone)]
pub struct LineEdits {
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    /// Both versions are the same.
    None { lines: u32, bytes: usize },
    Some {
        old: LineIndex,
        new: LineIndex,
        blocks: Vec<Block>,
    },
}

/// Lines in a row that both versions have. Indexes count from 0; blocks ascend in both.
#[derive(Debug, Clone, Copy)]
struct Block {
    old: usize,
    new: usize,
    lines: usize,
}

/// From which version to which.
#[derive(Debug, Clone, Copy)]
enum Direction {
    ToNew,
    ToOld,
}

impl LineEdits {
    /// Compares two versions of a text. When they are equal, nothing is kept of them.
    pub fn between(old: &str, new: &str) -> Self {
        if old == new {
            let feeds = old.bytes().filter(|&byte| byte == b'\n').count();
            let lines = u32::try_from(feeds + 1).unwrap_or(u32::MAX);
            let bytes = old.len();
            return Self {
                change: Change::None { lines, bytes },
            };
        }
        let old = LineIndex::new(old, LineEnds::Nix);
        let new = LineIndex::new(new, LineEnds::Nix);
        let blocks = common_lines(&contents(&old), &contents(&new));
        Self {
            change: Change::Some { old, new, blocks },
        }
    }

    /// Whether the versions differ at all, be it in a line end alone.
    pub fn is_changed(&self) -> bool {
        matches!(self.change, Change::Some { .. })
    }

    /// The number that a line of the old version has in the new one; `None` when it was changed or deleted, or when
    /// there is no such line.
    pub fn line_to_new(&self, line: u32) -> Option<u32> {
        self.carry_line(line, Direction::ToNew)
    }

    /// The number that a line of the new version had in the old one; `None` when it was changed or is new, or when there
    /// is no such line.
    pub fn line_to_old(&self, line: u32) -> Option<u32> {
        self.carry_line(line, Direction::ToOld)
    }

    /// Where a byte of the old version stands in the new one; `None` when its line was changed or deleted, or when it
    /// lies behind the text. The end of the text is a byte of the last line.
    pub fn offset_to_new(&self, offset: usize) -> Option<usize> {
        self.carry_offset(offset, Direction::ToNew)
    }

    /// Where a byte of the new version stood in the old one; `None` when its line was changed or is new, or when it
    /// lies behind the text. The end of the text is a byte of the last line.
    pub fn offset_to_old(&self, offset: usize) -> Option<usize> {
        self.carry_offset(offset, Direction::ToOld)
    }

    fn carry_line(&self, line: u32, direction: Direction) -> Option<u32> {
        match &self.change {
            Change::None { lines, .. } => (1..=*lines).contains(&line).then_some(line),
            Change::Some { blocks, .. } => carry(blocks, line, direction),
        }
    }

    fn carry_offset(&self, offset: usize, direction: Direction) -> Option<usize> {
        let (from, to, blocks) = match (&self.change, direction) {
            (Change::None { bytes, .. }, _) => return (offset <= *bytes).then_some(offset),
            (Change::Some { old, new, blocks }, Direction::ToNew) => (old, new, blocks),
            (Change::Some { old, new, blocks }, Direction::ToOld) => (new, old, blocks),
        };
        if offset > from.text().len() {
            return None;
        }
        let line = from.line_of(offset);
        let source = from.line_range(line)?;
        let target = to.line_range(carry(blocks, line, direction)?)?;
        let carried = target.start + (offset - source.start);
        // Behind the content there is at most the line feed of a CR LF: the other line may end without one.
        let is_there = offset <= source.end || to.text()[target.end..].starts_with("\r\n");
        is_there.then_some(carried)
    }
}

fn contents(lines: &LineIndex) -> Vec<&str> {
    (1..=lines.line_count())
        .filter_map(|line| lines.line_range(line))
        .map(|range| &lines.text()[range])
        .collect()
}

fn common_lines(old: &[&str], new: &[&str]) -> Vec<Block> {
    let operations = capture_diff_slices(Algorithm::Myers, old, new);
    let block = |operation| match operation {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => Some(Block {
            old: old_index,
            new: new_index,
            lines: len,
        }),
        _ => None,
    };
    operations.into_iter().filter_map(block).collect()
}

fn carry(blocks: &[Block], line: u32, direction: Direction) -> Option<u32> {
    let index = (line as usize).checked_sub(1)?;
    let starts = |block: &Block| match direction {
        Direction::ToNew => (block.old, block.new),
        Direction::ToOld => (block.new, block.old),
    };
    let after = blocks.partition_point(|block| starts(block).0 <= index);
    let block = blocks.get(after.checked_sub(1)?)?;
    let (from, to) = starts(block);
    let within = index - from;
    if within >= block.lines {
        return None;
    }
    u32::try_from(to + within + 1).ok()
}
