//! The files that scripts come from: read through the caller, parsed once, asked for their tests.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::align::{Alignment, Instance, SourceLines, choose};
use crate::depth::is_too_deep;
use crate::discovery::{Binding, bindings};
use crate::evaluate::{Evaluator, Test, merged};
use crate::syntax::Tree;
use crate::{
    FileId, Hint, HoleValue, Item, Level, Literal, Piece, PieceOrigin, Place, Problem, ScriptMap,
    Segment, SegmentKind, Shape, Source, Unreadable,
};

/// How a project reads files that its files import. This crate opens none.
pub trait Files {
    /// The text of a file; `None` when it is a directory, is missing, or should not be looked at.
    fn read(&self, path: &Path) -> Option<Arc<str>>;
}

impl<F: Fn(&Path) -> Option<Arc<str>>> Files for F {
    fn read(&self, path: &Path) -> Option<Arc<str>> {
        self(path)
    }
}

/// No file but those that are given.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &Path) -> Option<Arc<str>> {
        None
    }
}

/// Files that one project may have, so that an import of everything ends.
const MOST_FILES: usize = 1_000;

/// Files with the tests they define.
///
/// What was read once stays as it was: a project belongs to one moment. Make a new one when a file has changed.
pub struct Project<'f> {
    files: &'f dyn Files,
    loaded: Vec<Loaded>,
    /// A path that could not be read has no number.
    by_path: HashMap<PathBuf, Option<FileId>>,
}

struct Loaded {
    source: Source,
    parsed: Option<Parsed>,
    tests: Option<Arc<Vec<Instance>>>,
}

/// A Nix file, taken apart.
#[derive(Clone)]
struct Parsed {
    /// `None` when the file nests too deeply.
    tree: Option<Arc<Tree>>,
    bindings: Arc<Vec<Binding>>,
}

/// What the evaluation needs of a project.
pub(crate) trait Loader {
    /// A path as it is written in a file, seen from where the file is.
    fn resolve(&self, file: FileId, written: &str) -> String;
    /// A path without `.` and `..`.
    fn normalized(&self, path: &str) -> String;
    /// The expressions of a Nix file, or of the `default.nix` in a directory.
    fn tree(&mut self, path: &str) -> Option<Arc<Tree>>;
    /// The text of any file.
    fn contents(&mut self, path: &str) -> Option<Shape>;
}

impl<'f> Project<'f> {
    /// A project without files, which reads what it needs through `files`.
    pub fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            loaded: Vec::new(),
            by_path: HashMap::new(),
        }
    }

    /// Adds a file with this text, which is not read. A path that is there already keeps its number and its text.
    pub fn add(&mut self, source: Source) -> FileId {
        let path = normalized(&source.path);
        if let Some(Some(known)) = self.by_path.get(&path) {
            return *known;
        }
        let file = FileId(u32::try_from(self.loaded.len()).unwrap_or(u32::MAX));
        self.by_path.insert(path, Some(file));
        self.loaded.push(Loaded {
            source,
            parsed: None,
            tests: None,
        });
        file
    }

    /// Reads a file; `None` when it cannot be had.
    pub fn read(&mut self, path: &Path) -> Option<FileId> {
        let normalized = normalized(path);
        if let Some(known) = self.by_path.get(&normalized) {
            return *known;
        }
        let text = match self.loaded.len() < MOST_FILES {
            true => self.files.read(path),
            false => None,
        };
        match text {
            Some(text) => Some(self.add(Source::new(path, text))),
            None => {
                self.by_path.insert(normalized, None);
                None
            }
        }
    }

    /// The files, by their numbers: those that were given, and behind them those that others led to.
    pub fn sources(&self) -> Vec<Source> {
        self.loaded
            .iter()
            .map(|loaded| loaded.source.clone())
            .collect()
    }

    /// The `testScript` bindings of a file, in its order.
    pub fn bindings(&mut self, file: FileId) -> Arc<Vec<Binding>> {
        self.parsed(file)
            .map(|parsed| parsed.bindings)
            .unwrap_or_default()
    }

    /// What the value of a binding says about its script, by the file alone and what it imports.
    ///
    /// # Errors
    /// When it spells out nothing of the script.
    pub fn shape(&mut self, file: FileId, binding: &Binding) -> Result<Shape, Unreadable> {
        if binding.value.is_empty() {
            let range = binding.range.clone();
            return Err(Unreadable::Missing { range });
        }
        let tree = match binding.is_recovered {
            true => self.recovered_tree(file, binding),
            false => self.parsed(file).and_then(|parsed| parsed.tree),
        };
        let shape = tree.and_then(|tree| Evaluator::careful(self).script_at(&tree, &binding.value));
        match shape {
            Some(Shape::Hole(hole)) if hole.source.range == binding.value => {
                Err(self.unreadable(file, binding))
            }
            Some(shape) => Ok(shape),
            None => Err(self.unreadable(file, binding)),
        }
    }

    /// Lines a script up with the tests that the candidates lead to; see [`ScriptMap::align_with`].
    ///
    /// Files that they import are read. What a file says is believed in this order: its tests as it makes them, its
    /// bindings each by itself, and all of its bindings as the module system merges them.
    pub fn align(&mut self, script: &str, candidates: &[FileId], hint: &Hint) -> ScriptMap {
        let mut problems = Vec::new();
        for &file in candidates {
            if self.is_too_deep(file) {
                problems.push(Problem::TooDeep { file });
            }
        }
        let tests = self.tests_of(candidates);
        let mut best = self.choose(script, &tests, hint);
        if !is_settled(script, &best) {
            let (lone, unreadable) = self.lone_bindings(candidates);
            for definitions in [
                lone.clone(),
                merged_instance(&tests),
                merged_instance(&lone),
            ] {
                let other = self.choose(script, &definitions, hint);
                let is_better = match (best.is_unmapped(), other.is_unmapped()) {
                    (false, false) => spelled(&other) > spelled(&best),
                    (true, true) => explains(&other) > explains(&best),
                    (is_worse, _) => is_worse,
                };
                if is_better {
                    best = other;
                }
            }
            if best.is_unmapped() {
                best.problems
                    .retain(|problem| unreadable.is_empty() || *problem != Problem::NoBinding);
                if best.problems.is_empty() {
                    best.problems.push(Problem::NothingFits);
                }
                problems.extend(unreadable);
            }
        }
        problems.append(&mut best.problems);
        best.problems = problems;
        ScriptMap::new(script, &self.sources(), best)
    }

    fn tests_of(&mut self, candidates: &[FileId]) -> Vec<Instance> {
        let mut tests = Vec::new();
        for &file in candidates {
            tests.extend(self.tests(file).iter().cloned());
        }
        tests
    }

    /// The bindings of files, each by what is written around it, and why others are none.
    fn lone_bindings(&mut self, candidates: &[FileId]) -> (Vec<Instance>, Vec<Problem>) {
        let mut lone = Vec::new();
        let mut unreadable = Vec::new();
        for &file in candidates {
            for binding in self.bindings(file).iter() {
                match self.shape(file, binding) {
                    Ok(shape) => lone.push(Instance {
                        binding: (file, binding.clone()),
                        merged: Vec::new(),
                        test_name: None,
                        shape,
                    }),
                    Err(reason) => unreadable.push(Problem::Unreadable { file, reason }),
                }
            }
        }
        (lone, unreadable)
    }

    /// The best of the instances. What values may be is first taken by proof alone; where that leaves a doubt, values
    /// within a line are taken to be one line, as they nearly always are, and the script has to agree.
    fn choose(&self, script: &str, instances: &[Instance], hint: &Hint) -> Alignment {
        let sources = self.sources();
        let lines = SourceLines::new(&sources);
        let proven = choose(script, instances, hint, &lines);
        let is_in_doubt =
            proven.level == Level::Guess || proven.level == Level::SameLines || proven.gave_up();
        if !is_in_doubt {
            return proven;
        }
        let inline: Vec<_> = instances.iter().map(Instance::with_inline_lines).collect();
        let conventional = choose(script, &inline, hint, &lines);
        match conventional.level < proven.level {
            true => Alignment {
                takes_values_for_lines: true,
                ..conventional
            },
            false => proven,
        }
    }

    /// The tests that a file leads to, with their scripts.
    fn tests(&mut self, file: FileId) -> Arc<Vec<Instance>> {
        let loaded = self.loaded.get(file.index());
        if let Some(known) = loaded.and_then(|loaded| loaded.tests.clone()) {
            return known;
        }
        let tests = match self.parsed(file).and_then(|parsed| parsed.tree) {
            Some(tree) => Evaluator::new(self).tests(&tree),
            None => Vec::new(),
        };
        let instances: Vec<_> = tests
            .into_iter()
            .filter(|test| test.shape.spells_text())
            .map(|test| self.instance(test))
            .collect();
        let instances = Arc::new(instances);
        if let Some(loaded) = self.loaded.get_mut(file.index()) {
            loaded.tests = Some(Arc::clone(&instances));
        }
        instances
    }

    /// Whether a file nests too deeply to be read.
    fn is_too_deep(&mut self, file: FileId) -> bool {
        self.parsed(file)
            .is_some_and(|parsed| parsed.tree.is_none())
    }

    fn instance(&mut self, test: Test) -> Instance {
        let Test {
            name,
            value,
            shape,
            test_name,
        } = test;
        let bindings = self.bindings(name.file);
        let written = bindings
            .iter()
            .find(|binding| binding.path.end == name.range.end);
        // An inherited script is bound where it is written, if that is in this file.
        let inherited = || {
            let value = value.filter(|value| value.file == name.file)?.range;
            bindings.iter().find(|binding| {
                binding.value.start <= value.start && value.end <= binding.value.end
            })
        };
        let binding = match written.or_else(inherited) {
            Some(binding) => binding.clone(),
            None => Binding::inherited(name.range),
        };
        Instance {
            binding: (name.file, binding),
            merged: Vec::new(),
            test_name,
            shape,
        }
    }

    fn parsed(&mut self, file: FileId) -> Option<Parsed> {
        let loaded = self.loaded.get_mut(file.index())?;
        if loaded.parsed.is_none() {
            let text = &loaded.source.text;
            loaded.parsed = Some(match is_too_deep(text) {
                true => Parsed {
                    tree: None,
                    bindings: Arc::default(),
                },
                false => {
                    let root = rnix::Root::parse(text).tree();
                    Parsed {
                        tree: Some(Arc::new(Tree::lower(&root, text, file, 0))),
                        bindings: Arc::new(bindings(&root, text)),
                    }
                }
            });
        }
        loaded.parsed.clone()
    }

    /// The value of a binding that the parser lost, by itself.
    fn recovered_tree(&self, file: FileId, binding: &Binding) -> Option<Arc<Tree>> {
        let text = &self.loaded.get(file.index())?.source.text;
        let root = rnix::Root::parse(text.get(binding.value.start..)?).tree();
        Some(Arc::new(Tree::lower(
            &root,
            text,
            file,
            binding.value.start,
        )))
    }

    fn unreadable(&self, file: FileId, binding: &Binding) -> Unreadable {
        let text = self
            .loaded
            .get(file.index())
            .and_then(|loaded| loaded.source.text.get(binding.core.clone()));
        crate::discovery::unreadable(text.unwrap_or_default(), &binding.core)
    }
}

impl Loader for Project<'_> {
    fn resolve(&self, file: FileId, written: &str) -> String {
        let directory = self
            .loaded
            .get(file.index())
            .and_then(|loaded| loaded.source.path.parent());
        let path = directory.unwrap_or(Path::new("")).join(written);
        normalized(&path).to_string_lossy().into_owned()
    }

    fn normalized(&self, path: &str) -> String {
        normalized(Path::new(path)).to_string_lossy().into_owned()
    }

    fn tree(&mut self, path: &str) -> Option<Arc<Tree>> {
        let path = Path::new(path);
        let file = self
            .read(path)
            .or_else(|| self.read(&path.join("default.nix")))?;
        self.parsed(file)?.tree
    }

    fn contents(&mut self, path: &str) -> Option<Shape> {
        let file = self.read(Path::new(path))?;
        let text = self.loaded.get(file.index())?.source.text.to_string();
        if text.is_empty() {
            return Some(Shape::Sequence(Vec::new()));
        }
        let origin = PieceOrigin::Verbatim(Place::new(file, 0..text.len()));
        Some(Shape::Literal(Literal {
            pieces: vec![Piece { text, origin }],
        }))
    }
}

/// Without `.` and `..`, as far as that can be known without looking at links.
fn normalized(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(result.components().next_back(), Some(Component::Normal(_))) =>
            {
                result.pop();
            }
            other => result.push(other),
        }
    }
    result
}

/// Whether nothing better need be looked for. An unknown value of several lines may be text that another definition
/// spells.
fn is_settled(script: &str, alignment: &Alignment) -> bool {
    let is_open =
        |value: &HoleValue| !value.is_followed && script[value.out.clone()].contains('\n');
    !alignment.is_unmapped() && !alignment.holes.iter().any(is_open)
}

/// How much it tells about why there is no map.
fn explains(unmapped: &Alignment) -> u8 {
    match unmapped.gave_up() {
        true => 2,
        false => u8::from(unmapped.problems.contains(&Problem::NothingFits)),
    }
}

/// The bytes of the script that files spell.
fn spelled(alignment: &Alignment) -> usize {
    let is_spelled =
        |segment: &&Segment| matches!(segment.kind, SegmentKind::Verbatim | SegmentKind::Escape);
    let segments = alignment.segments.iter().filter(is_spelled);
    segments.map(|segment| segment.out.len()).sum()
}

/// What the module system may make of several definitions; nothing where there are not several.
fn merged_instance(definitions: &[Instance]) -> Vec<Instance> {
    let [first, others @ ..] = definitions else {
        return Vec::new();
    };
    if others.is_empty() {
        return Vec::new();
    }
    let shapes = definitions
        .iter()
        .map(|definition| definition.shape.clone());
    vec![Instance {
        binding: first.binding.clone(),
        merged: others.iter().map(|other| other.binding.clone()).collect(),
        test_name: None,
        shape: merged(shapes.map(Item::One).collect()),
    }]
}
