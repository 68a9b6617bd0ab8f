//! How well a directory of NixOS tests can be mapped.
//!
//! `cargo run --release -p source-map --example census -- DIR [--scripts FILE.json] [--truth FILE.json] [--json]`
//!
//! Without scripts it counts bindings and the shapes of their values. `--scripts` is an object from test id,
//! `path/to/file.nix#N` with N the index of the `testScript` binding in that file, to the evaluated text, or to a list of
//! texts where one binding yields several. `--truth` is an object from test id to a list of `[script byte, file, nix byte]`,
//! or to a list of such lists, one for each text. Files outside DIR are not read.

mod judge;
mod report;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use source_map::{Hint, Level, Place, Project, Source, Wrapper, discover};

use report::Report;

fn main() -> ExitCode {
    match run() {
        Ok(report) => {
            report.print();
            ExitCode::SUCCESS
        }
        Err(problem) => {
            report::complain(&problem);
            ExitCode::FAILURE
        }
    }
}

struct Arguments {
    directory: PathBuf,
    scripts: Option<PathBuf>,
    truth: Option<PathBuf>,
    is_json: bool,
}

fn arguments() -> Result<Arguments, String> {
    const USAGE: &str = "census DIR [--scripts FILE.json] [--truth FILE.json] [--json]";
    let mut directory = None;
    let (mut scripts, mut truth, mut is_json) = (None, None, false);
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let mut file = || {
            let file = words.next().map(PathBuf::from);
            file.ok_or_else(|| format!("{} needs a file; use: {USAGE}", word.display()))
        };
        match word.to_str() {
            Some("--scripts") => scripts = Some(file()?),
            Some("--truth") => truth = Some(file()?),
            Some("--json") => is_json = true,
            Some(option) if option.starts_with("--") => {
                return Err(format!("{option} is no option; use: {USAGE}"));
            }
            _ if directory.is_none() => directory = Some(PathBuf::from(word)),
            _ => return Err(format!("one directory is enough; use: {USAGE}")),
        }
    }
    Ok(Arguments {
        directory: directory.ok_or_else(|| format!("name a directory; use: {USAGE}"))?,
        scripts,
        truth,
        is_json,
    })
}

fn run() -> Result<Report, String> {
    let arguments = arguments()?;
    let root = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("{}: {error}", arguments.directory.display()))?;
    let mut report = Report::new(arguments.is_json);
    count_bindings(&root, &mut report)?;
    if let Some(scripts) = &arguments.scripts {
        let scripts = object(scripts)?;
        let truth = arguments.truth.as_deref().map(object).transpose()?;
        map_scripts(&root, &scripts, truth.as_ref(), &mut report)?;
    }
    Ok(report)
}

type Object = serde_json::Map<String, Value>;

fn object(path: &Path) -> Result<Object, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    match serde_json::from_str(&text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(format!("{}: an object is expected", path.display())),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

fn count_bindings(root: &Path, report: &mut Report) -> Result<(), String> {
    for_each_file(root, &mut |_, text| count_file(&text, report))
}

/// Every Nix file that is text.
fn for_each_file(root: &Path, see: &mut dyn FnMut(PathBuf, String)) -> Result<(), String> {
    let mut waiting = vec![root.to_owned()];
    while let Some(directory) = waiting.pop() {
        let entries = std::fs::read_dir(&directory)
            .map_err(|error| format!("{}: {error}", directory.display()))?;
        for entry in entries.filter_map(Result::ok) {
            let (path, Ok(kind)) = (entry.path(), entry.file_type()) else {
                continue;
            };
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "nix")
            {
                // What is not text is no Nix.
                if let Ok(text) = std::fs::read_to_string(&path) {
                    see(path, text);
                }
            }
        }
    }
    Ok(())
}

fn count_file(text: &str, report: &mut Report) {
    let start = Instant::now();
    let bindings = discover(text);
    report.reading += start.elapsed();
    report.files += 1;
    report.bindings += bindings.len();
    for binding in bindings {
        let core = &text[binding.core.clone()];
        let shape = match binding.strings.first() {
            Some(string) if string.range == binding.core => match core.contains("${") {
                true => "one string with interpolations",
                false => "one string",
            },
            Some(_) => "several strings",
            None => "no string",
        };
        *report.shapes.entry(shape).or_default() += 1;
        for (wrapper, name) in [
            (Wrapper::Function, "in a function"),
            (Wrapper::Let, "in a let"),
            (Wrapper::With, "in a with"),
        ] {
            if binding.wrappers.contains(&wrapper) {
                *report.wrappers.entry(name).or_default() += 1;
            }
        }
    }
}

/// The Nix files of the directory, to find those that name another.
struct Importers(Vec<(PathBuf, String)>);

impl Importers {
    fn new(root: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        for_each_file(root, &mut |path, text| files.push((path, text)))?;
        Ok(Self(files))
    }

    fn of(&self, path: &Path) -> Vec<PathBuf> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let directory = path
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy();
        // A `default.nix` is imported by the name of its directory.
        let word = match name == "default.nix" {
            true => format!("/{directory}"),
            false => format!("/{name}"),
        };
        let names_it = |(other, text): &&(PathBuf, String)| {
            let is_beside = other.ends_with("default.nix") && other.parent() == path.parent();
            other != path
                && text
                    .match_indices(&word)
                    .any(|(at, _)| is_beside || is_imported(&text[..at]))
        };
        self.0
            .iter()
            .filter(names_it)
            .map(|(path, _)| path.clone())
            .take(40)
            .collect()
    }
}

/// Whether a path that begins in this text, and goes on behind it, is what `import` is called with.
fn is_imported(before: &str) -> bool {
    let is_of_path =
        |character: char| character.is_ascii_alphanumeric() || "._-/".contains(character);
    before
        .trim_end_matches(is_of_path)
        .trim_end()
        .ends_with("import")
}

/// One evaluated text, and what is known of its bytes.
struct Script<'j> {
    id: &'j str,
    text: &'j str,
    truth: Vec<judge::Mark<'j>>,
}

fn map_scripts(
    root: &Path,
    scripts: &Object,
    truth: Option<&Object>,
    report: &mut Report,
) -> Result<(), String> {
    let mut by_file: BTreeMap<&str, Vec<(usize, Script<'_>)>> = BTreeMap::new();
    for (id, texts) in scripts {
        let (file, index) = id
            .rsplit_once('#')
            .and_then(|(file, index)| Some((file, index.parse().ok()?)))
            .ok_or_else(|| format!("{id}: a test id is path/to/file.nix#N"))?;
        let texts: Vec<&str> = match texts {
            Value::String(text) => vec![text.as_str()],
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
            _ => return Err(format!("{id}: a text or a list of texts is expected")),
        };
        let mut marks = truth
            .and_then(|truth| truth.get(id))
            .map(|marks| judge::marks(id, marks, texts.len()))
            .transpose()?
            .unwrap_or_default()
            .into_iter();
        for text in texts {
            let truth = marks.next().unwrap_or_default();
            let script = Script { id, text, truth };
            by_file.entry(file).or_default().push((index, script));
        }
    }
    let read = |path: &Path| -> Option<Arc<str>> {
        let path = path
            .canonicalize()
            .ok()
            .filter(|path| path.starts_with(root))?;
        std::fs::read_to_string(path).ok().map(Arc::from)
    };
    let importers = Importers::new(root)?;
    for (file, scripts) in by_file {
        let path = root.join(file);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) => {
                // One file that is gone is no reason to know nothing of the others.
                report::complain(&format!("{}: {error}", path.display()));
                report.missing += scripts.len();
                continue;
            }
        };
        let mut project = Project::new(&read);
        for (index, script) in scripts {
            let start = Instant::now();
            let id = project.add(Source::new(&path, text.as_str()));
            let hint = Hint {
                binding: project
                    .bindings(id)
                    .get(index)
                    .map(|binding| Place::new(id, binding.range.clone())),
                test_name: None,
            };
            let mut map = project.align(script.text, &[id], &hint);
            let mut time = start.elapsed();
            if map.level() >= Level::Guess {
                // The text may come from a file that imports this one, as Nix knows and this program does not.
                let importers = importers.of(&path);
                let start = Instant::now();
                if !importers.is_empty() {
                    let files = importers.iter().filter_map(|path| project.read(path));
                    let files: Vec<_> = std::iter::once(id).chain(files).collect();
                    map = project.align(script.text, &files, &hint);
                }
                time += start.elapsed();
            }
            report.times.push((time, script.id.to_owned()));
            report.by_convention += usize::from(map.takes_values_for_lines());
            report.count(map.level());
            if matches!(map.level(), Level::Guess | Level::Unmapped) {
                report.doubtful.push((script.id.to_owned(), map.level()));
            }
            for mark in &script.truth {
                let verdict = judge::judge(&map, mark, root);
                report.judged(script.id, mark, verdict);
            }
        }
    }
    Ok(())
}
