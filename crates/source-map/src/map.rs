//! The map between one evaluated script and the Nix files it came from: the data. [`crate::query`] asks it questions.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::align::{Alignment, SourceLines, with_shape};
use crate::query::Index;
use crate::{Binding, FileId, LineEnds, LineIndex, NoFiles, Place, Problem, Project, Shape};

/// A Nix file as the caller read it. The map keeps the text, so that its answers belong to what was evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A name for the caller; this crate never opens it.
    pub path: PathBuf,
    /// The whole file.
    pub text: Arc<str>,
}

impl Source {
    /// A file with this path and text.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}

/// What the caller knows about the test, to choose between bindings that fit equally well.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// The range of a binding, as [`Binding::range`] says it. This counts for more than the name.
    pub binding: Option<Place>,
    /// The evaluated `name` of the test.
    pub test_name: Option<String>,
}

/// How far a map can be trusted, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// E0. The Nix text alone determines the script: nothing in it is left to an evaluation, and it is the script byte for
    /// byte.
    Proven,
    /// E1. There is one way only to line the Nix text up with the script.
    Unique,
    /// E2. There are several ways, and they agree about the Nix line of every byte; columns may be in doubt.
    SameLines,
    /// E3. There are several ways that disagree about some lines. Those lines are answered as generated text.
    Guess,
    /// E4. Nothing is known. The generated script can be shown and debugged by itself.
    Unmapped,
}

/// How far one segment can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// Nothing else can be the source of these bytes.
    Certain,
    /// Everything that can be their source begins on the same Nix line.
    SameLine,
    /// The source may stand on another line.
    Guess,
}

/// A run of script bytes with one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Bytes of the script; never empty.
    pub out: Range<usize>,
    /// Bytes of a Nix file that say so.
    pub source: Option<Place>,
    /// How the source says it.
    pub kind: SegmentKind,
    /// Whether the source is known or chosen.
    pub certainty: Certainty,
}

/// How script bytes came from their source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SegmentKind {
    /// Byte for byte: `out` and `source` have the same length.
    Verbatim,
    /// Spelled by other bytes, such as `''$` for `$`.
    Escape,
    /// The value of an interpolation, or a part of it that no file spells; `source` is the whole `${…}`.
    Hole(HoleId),
    /// No Nix text says it.
    Synthetic,
}

/// The number of an interpolation in a script: its index in [`ScriptMap::holes`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HoleId(pub u32);

impl HoleId {
    /// The index in [`ScriptMap::holes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value that an interpolation had. One that is repeated has several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoleValue {
    /// `${…}`.
    pub source: Place,
    /// The bytes of the script that are its value; empty for an empty value.
    pub out: Range<usize>,
    /// Whether it has this value here, and can have no other.
    pub is_certain: bool,
    /// Whether the files say what the value is. Its bytes then have segments of their own.
    pub is_followed: bool,
}

/// The binding that a script came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its file.
    pub file: FileId,
    /// Where it stands there.
    pub binding: Binding,
    /// Further bindings whose texts the module system put into the same script.
    pub merged: Vec<(FileId, Binding)>,
    /// Other bindings that fit exactly as well and that the [`Hint`] does not tell apart. When there are any, this one
    /// was taken because it comes first, and what they say otherwise is in doubt.
    pub rivals: Vec<Place>,
}

/// A script, and where its bytes came from.
///
/// A map belongs to the texts it was made from. After an edit of a Nix file, positions go through a line diff first, or
/// a new map is made.
#[derive(Debug, Clone)]
pub struct ScriptMap {
    pub(crate) script: LineIndex,
    pub(crate) sources: Vec<Source>,
    /// One for each source; `None` where nothing came from.
    pub(crate) source_lines: Vec<Option<LineIndex>>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) holes: Vec<HoleValue>,
    pub(crate) line_origins: Vec<LineOrigin>,
    pub(crate) index: Index,
    pub(crate) matched: Option<Match>,
    pub(crate) level: Level,
    pub(crate) takes_values_for_lines: bool,
    pub(crate) problems: Vec<Problem>,
}

/// What a line of the script is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineOrigin {
    /// Its first visible byte that is spelled out stands here.
    Spelled(FileId, usize),
    /// The same, and only the line of that place is certain.
    Line(FileId, usize),
    /// It spells nothing visible, and is the value of an interpolation.
    Hole(Place),
    /// It is blank, and this byte says so.
    Blank(FileId, usize),
    /// Nothing certain is known.
    Generated,
}

impl ScriptMap {
    /// Lines `script` up with the `testScript` bindings of `candidates`.
    ///
    /// Every binding of every candidate is tried. The one whose text can be the script, byte for byte, and spells out
    /// the most of it wins; among equals the first, in the order of `candidates` and then of the file. The others are
    /// named in [`Match::rivals`], and what they say otherwise is in doubt. A binding that spells out nothing visible
    /// is never taken, because it fits every script.
    pub fn align(script: &str, candidates: &[Source]) -> Self {
        Self::align_with(script, candidates, &Hint::default())
    }

    /// Like [`ScriptMap::align`]; among equals, bindings that agree with the hint come before the others.
    pub fn align_with(script: &str, candidates: &[Source], hint: &Hint) -> Self {
        let mut project = Project::new(&NoFiles);
        let files: Vec<_> = candidates
            .iter()
            .map(|source| project.add(source.clone()))
            .collect();
        project.align(script, &files, hint)
    }

    /// Lines `script` up with a shape whose places are in `sources`, for a caller that knows where the script comes
    /// from. No binding is [matched](ScriptMap::matched) then.
    pub fn from_shape(script: &str, shape: &Shape, sources: &[Source]) -> Self {
        let lines = SourceLines::new(sources);
        Self::new(script, sources, with_shape(script, shape, &lines))
    }

    /// The map of a script of which nothing is known.
    pub fn unmapped(script: &str) -> Self {
        Self::new(script, &[], Alignment::unmapped(script, Vec::new()))
    }

    pub(crate) fn new(script: &str, sources: &[Source], alignment: Alignment) -> Self {
        let Alignment {
            segments,
            holes,
            matched,
            level,
            takes_values_for_lines,
            problems,
        } = alignment;
        let mut source_lines = vec![None; sources.len()];
        let places = segments
            .iter()
            .filter_map(|segment| segment.source.as_ref())
            .chain(holes.iter().map(|hole| &hole.source));
        for index in places.map(|place| place.file.index()) {
            if let (Some(lines @ None), Some(source)) =
                (source_lines.get_mut(index), sources.get(index))
            {
                *lines = Some(LineIndex::new(source.text.clone(), LineEnds::Nix));
            }
        }
        let script = LineIndex::new(script, LineEnds::Python);
        let line_origins = crate::query::line_origins(&script, &segments, &holes, &source_lines);
        let index = Index::new(&source_lines, &segments, &holes, &line_origins);
        Self {
            script,
            sources: sources.to_vec(),
            source_lines,
            segments,
            holes,
            line_origins,
            index,
            matched,
            level,
            takes_values_for_lines,
            problems,
        }
    }

    /// How far this map can be trusted.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether proof alone left a doubt that one convention has settled: that a value which shares its line with other text
    /// is one line. What the map calls certain is then certain as far as the test keeps to it, as nearly every test does.
    pub fn takes_values_for_lines(&self) -> bool {
        self.takes_values_for_lines
    }

    /// The binding that was taken; `None` when the level is [`Level::Unmapped`], and when the caller gave the shape.
    pub fn matched(&self) -> Option<&Match> {
        self.matched.as_ref()
    }

    /// What stood in the way of a better map.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The whole script in pieces: ascending, without gaps or overlaps.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Every value of an interpolation, in the order of the script and outer ones first, indexed by [`HoleId`].
    pub fn holes(&self) -> &[HoleValue] {
        &self.holes
    }

    /// The script with its lines, counted as Python does.
    pub fn script(&self) -> &LineIndex {
        &self.script
    }

    /// The candidates, as they were given.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// A candidate by its number.
    pub fn source(&self, file: FileId) -> Option<&Source> {
        self.sources.get(file.index())
    }

    /// The lines of a candidate; `None` when nothing of the script came from it.
    pub fn source_lines(&self, file: FileId) -> Option<&LineIndex> {
        self.source_lines.get(file.index())?.as_ref()
    }

    /// The number of the candidate with this path.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        let index = self.sources.iter().position(|source| source.path == path)?;
        u32::try_from(index).ok().map(FileId)
    }
}
