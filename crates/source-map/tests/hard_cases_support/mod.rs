//! The folder `tests/hard-cases`: its tests, the lines that are marked in them, and what Nix makes of it.

use std::fs;
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use source_map::{
    FileId, Instrumented, Reading, ScriptMap, Selection, instrument, markable_literals,
};

/// A test of the folder.
pub(crate) struct Case {
    /// Its attribute path.
    pub(crate) test: String,
    /// What Nix calls it.
    pub(crate) name: String,
    /// The files that its script is written in; first the one that a person opens.
    pub(crate) files: Vec<String>,
}

/// A line that is marked by `# @stop`.
pub(crate) struct Stop {
    pub(crate) file: String,
    pub(crate) line: u32,
}

/// The folder.
pub(crate) fn directory() -> PathBuf {
    repository().join("tests/hard-cases")
}

fn repository() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    crates.parent().unwrap().to_owned()
}

/// Reads a file of the folder, and none beside it.
pub(crate) fn read(path: &Path) -> Option<Arc<str>> {
    let is_inside = path.starts_with(directory()) && path.is_file();
    is_inside.then(|| fs::read_to_string(path).expect("a text").into())
}

/// The tests that cases.json names.
pub(crate) fn cases() -> Vec<Case> {
    let text = fs::read_to_string(directory().join("cases.json")).expect("the list of cases");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("a list");
    let word = |value: &Value| value.as_str().expect("a text").to_owned();
    rows.iter()
        .map(|row| Case {
            test: word(&row["test"]),
            name: word(&row["name"]),
            files: row["files"]
                .as_array()
                .expect("files")
                .iter()
                .map(word)
                .collect(),
        })
        .collect()
}

impl Case {
    /// What is expected of it, by kind.
    pub(crate) fn golden(&self, kind: &str) -> PathBuf {
        directory().join(format!("expected/{}.{kind}", self.test))
    }

    /// The script that Nix evaluated.
    pub(crate) fn script(&self) -> String {
        fs::read_to_string(self.golden("script")).expect("the script was recorded")
    }

    /// Its files that can bear marks, as far as the map knows them.
    fn marked_files(&self, map: &ScriptMap) -> Vec<FileId> {
        let files = self.files.iter().filter(|name| name.ends_with(".nix"));
        files
            .filter_map(|name| map.file(&directory().join(name)))
            .collect()
    }

    /// `# @stop`, then maybe how often it is hit as `x2`, then maybe the tests it is meant for.
    pub(crate) fn stops(&self) -> Vec<Stop> {
        let mut stops = Vec::new();
        for file in &self.files {
            let text = fs::read_to_string(directory().join(file)).expect("a file");
            for (line, text) in (1..).zip(text.lines()) {
                let Some((_, words)) = text.split_once("# @stop") else {
                    continue;
                };
                let last = self.test.rsplit('.').next().unwrap_or_default();
                let mut tests = words
                    .split(' ')
                    .map(|word| word.trim_matches(['\'', '"', '}', ';', ',']))
                    .filter(|word| !word.is_empty() && !is_count(word))
                    .peekable();
                let is_for_all = tests.peek().is_none();
                if is_for_all || tests.any(|test| test == self.test || test == last) {
                    stops.push(Stop {
                        file: file.clone(),
                        line,
                    });
                }
            }
        }
        stops
    }
}

fn is_count(word: &str) -> bool {
    let digits = word.strip_prefix('x');
    digits.is_some_and(|digits| digits.parse::<u32>().is_ok())
}

/// Whether Nix is here; says so when it is not.
#[allow(
    clippy::print_stdout,
    reason = "the runner of the tests counts what was skipped"
)]
pub(crate) fn nix_is_here() -> bool {
    let output = Command::new("nix-instantiate").arg("--version").output();
    let is_here = output.is_ok_and(|output| output.status.success());
    if !is_here {
        println!("skipped: nix-instantiate is not on PATH");
    }
    is_here
}

/// What Nix evaluated.
pub(crate) struct Scripts(Value);

impl Scripts {
    /// All tests of a folder that is `tests/hard-cases` or a copy of it.
    pub(crate) fn evaluate(folder: &Path) -> Result<Self, String> {
        evaluate(folder, "").map(Self)
    }

    /// The name and the script of a test.
    pub(crate) fn get(&self, test: &str) -> (&str, &str) {
        let test = &self.0[test];
        let word = |name: &str| test[name].as_str().expect("a text");
        (word("name"), word("script"))
    }
}

fn evaluate(folder: &Path, selected: &str) -> Result<Value, String> {
    let quoted = |path: &Path| Value::from(path.to_str().expect("a path of UTF-8")).to_string();
    let scripts = quoted(&folder.join("scripts.nix"));
    let expression = format!("(import (/. + {scripts}) {{ }}){selected}");
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--json", "--strict", "--expr", &expression])
        .output()
        .expect("nix-instantiate starts");
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).expect("JSON")),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// A literal this short is a name or a separator, which something looks at.
const SHORTEST: usize = 7;

/// A copy of the folder, in which files get marks.
pub(crate) struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let _what_is_left_is_temporary = fs::remove_dir_all(&self.0);
    }
}

/// The literals of a test's files that get marks, each with the file's place in the list.
type Literals = Vec<(usize, Range<usize>)>;

impl Copy {
    pub(crate) fn new() -> Self {
        let name = format!("source-map-hard-cases-{}", std::process::id());
        let copy = Self(std::env::temp_dir().join(name));
        add_files(&directory(), &copy.folder());
        // The testkit stays where it is.
        symlink(repository().join("nix"), copy.0.join("nix")).expect("a link");
        copy
    }

    fn folder(&self) -> PathBuf {
        self.0.join("tests/hard-cases")
    }

    /// Evaluates a test with marks in as many literals of its files as that bears. Returns how many it does not.
    pub(crate) fn marked_script(&self, case: &Case, map: &ScriptMap) -> (Reading, usize) {
        let literals = |shortest: usize| -> Literals {
            let files = case.marked_files(map).into_iter().enumerate();
            let literals = files.flat_map(|(index, file)| {
                let text = &map.source(file).expect("a source").text;
                let literals = markable_literals(text).expect("literals").into_iter();
                literals.map(move |literal| (index, literal.range))
            });
            literals
                .filter(|(_, range)| range.len() >= shortest)
                .collect()
        };
        let all = literals(0);
        let bearable = match self.attempt(case, map, &all) {
            Some(_) => all.clone(),
            None => self.bearable(case, map, &literals(SHORTEST)),
        };
        let reading = self.attempt(case, map, &bearable);
        let reading = reading.unwrap_or_else(|| panic!("{} bears no marks", case.test));
        (reading, all.len() - bearable.len())
    }

    /// Those literals with which the evaluation gives the same script.
    fn bearable(
        &self,
        case: &Case,
        map: &ScriptMap,
        literals: &[(usize, Range<usize>)],
    ) -> Literals {
        if self.attempt(case, map, literals).is_some() {
            return literals.to_vec();
        }
        if literals.len() < 2 {
            return Vec::new();
        }
        let (first, second) = literals.split_at(literals.len() / 2);
        let mut bearable = self.bearable(case, map, first);
        bearable.extend(self.bearable(case, map, second));
        bearable
    }

    fn attempt(
        &self,
        case: &Case,
        map: &ScriptMap,
        literals: &[(usize, Range<usize>)],
    ) -> Option<Reading> {
        let mut marked: Vec<Instrumented> = Vec::new();
        for (index, file) in case.marked_files(map).into_iter().enumerate() {
            let source = map.source(file)?;
            let of_file = literals.iter().filter(|(of, _)| *of == index);
            let ranges: Vec<_> = of_file.map(|(_, range)| range.clone()).collect();
            let first = marked.last().map_or(1, Instrumented::next_id);
            let selection = Selection::These(&ranges);
            let file = instrument(&source.text, file, first, selection).expect("marks");
            let name = source
                .path
                .strip_prefix(directory())
                .expect("a file of the folder");
            fs::write(self.folder().join(name), file.text()).expect("the copy is written");
            marked.push(file);
        }
        let selected = format!(".{}.script", Value::from(case.test.as_str()));
        let evaluated = evaluate(&self.folder(), &selected);
        for file in &marked {
            let source = map.source(file.file())?;
            let name = source
                .path
                .strip_prefix(directory())
                .expect("a file of the folder");
            fs::write(self.folder().join(name), &*source.text).expect("the copy is restored");
        }
        let marked: Vec<_> = marked.iter().collect();
        Reading::of(evaluated.ok()?.as_str()?, &case.script(), &marked).ok()
    }
}

fn add_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder for the copy");
    for entry in fs::read_dir(from).expect("the folder").map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        match from.is_dir() {
            true => add_files(&from, &to),
            false => drop(fs::copy(&from, &to).expect("a copy")),
        }
    }
}
