//! The rules of the house that no compiler checks: which crate may lean on which, that every file says what it is,
//! that files stay small, and that nothing unfinished or local to one machine is left in them.
//!
//! The floors are those of the table in `docs/architecture.md`; there is no second copy of it here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here is the test"
)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// A file that grows beyond this is split by topic.
const MOST_LINES: usize = 600;

/// What is built, fetched or generated, by name.
const NOT_OURS: &[&str] = &[
    "target",
    ".git",
    ".cache",
    ".nixtest-dap",
    "node_modules",
    "dist",
    "result",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
];

// ---- the floors

#[test]
fn dependencies_point_down() {
    let floors = floors();
    let mut problems = Vec::new();
    for package in workspace_packages() {
        let name = text(&package["name"]);
        for dependency in package["dependencies"].as_array().unwrap() {
            let (other, kind) = (text(&dependency["name"]), dependency["kind"].as_str());
            // Only the crates of this workspace are named by path.
            if dependency["path"].is_null() {
                continue;
            }
            let allowed = match (&floors[name], &floors[other]) {
                (_, Floor::Beside) => kind == Some("dev"),
                (Floor::Beside, _) => true,
                (Floor::Number(own), Floor::Number(others)) => others < own,
            };
            if !allowed {
                problems.push(format!(
                    "{name} may not depend on {other}: a crate depends on lower floors alone, and on test-support in its tests"
                ));
            }
        }
    }
    report(&problems);
}

#[test]
fn the_table_of_floors_names_every_crate() {
    let in_the_table: Vec<_> = floors().into_keys().collect();
    let mut in_the_workspace: Vec<_> = workspace_packages()
        .iter()
        .map(|package| text(&package["name"]).to_owned())
        .collect();
    in_the_workspace.sort();
    assert_eq!(
        in_the_table, in_the_workspace,
        "docs/architecture.md and crates/ disagree"
    );
}

#[test]
fn every_crate_keeps_the_lints_of_the_workspace() {
    let problems: Vec<_> = workspace_packages()
        .iter()
        .map(|package| PathBuf::from(text(&package["manifest_path"])))
        .filter(|manifest| {
            !fs::read_to_string(manifest)
                .unwrap()
                .contains("[lints]\nworkspace = true")
        })
        .map(|manifest| format!("{}: add [lints] workspace = true", manifest.display()))
        .collect();
    report(&problems);
}

enum Floor {
    /// Counted from the ground; the roof is above all.
    Number(u32),
    /// For tests: it may use any crate, and only tests may use it.
    Beside,
}

/// The rows "| floor | `crate` | …" of the table in the architecture page.
fn floors() -> BTreeMap<String, Floor> {
    let page = fs::read_to_string(root().join("docs/architecture.md"))
        .expect("docs/architecture.md has the table of floors");
    page.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            let floor = match cells.next()? {
                "roof" => Floor::Number(u32::MAX),
                "–" => Floor::Beside,
                number => Floor::Number(number.parse().ok()?),
            };
            let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            Some((name.to_owned(), floor))
        })
        .collect()
}

fn workspace_packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    metadata["packages"].as_array().unwrap().clone()
}

// ---- the files

#[test]
fn every_file_says_what_it_is() {
    let problems: Vec<_> = sources()
        .iter()
        .filter(|source| !source.is_fixture())
        .filter_map(|source| {
            let wanted = match source.language {
                Language::Rust => "a //! line first",
                Language::Python => "a docstring first",
                Language::Nix | Language::Shell | Language::Lua | Language::TypeScript => {
                    "a comment first"
                }
                Language::Other => return None,
            };
            (!source.has_head()).then(|| format!("{}: say what the file is, {wanted}", source.name))
        })
        .collect();
    report(&problems);
}

#[test]
fn no_file_is_too_long_to_read() {
    let problems: Vec<_> = sources()
        .iter()
        .filter(|source| source.language != Language::Other && !source.is_generated())
        .map(|source| (source, source.text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(source, lines)| {
            format!(
                "{}: {lines} lines: split it by topic, {MOST_LINES} at most",
                source.name
            )
        })
        .collect();
    report(&problems);
}

#[test]
fn nothing_is_left_for_later_and_nothing_names_one_machine() {
    // In two pieces, so that this file passes its own test.
    let forbidden = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("/wo", "rk/"),
    ];
    let mut problems = Vec::new();
    for source in sources() {
        if source.is_generated() || source.is_fixture() {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            for word in forbidden.iter().filter(|word| line.contains(**word)) {
                problems.push(format!(
                    "{}:{}: {word} has no place here",
                    source.name,
                    number + 1
                ));
            }
        }
    }
    report(&problems);
}

#[test]
fn the_readme_breaks_where_the_demo_does() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let example = "tests/example/hello.nix";
    let (_, after) = readme.split_once(&format!("--break {example}:")).unwrap();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let number: usize = digits.parse().unwrap();
    let text = fs::read_to_string(root().join(example)).unwrap();
    let line = text.lines().nth(number - 1).unwrap_or_default();
    assert!(
        line.ends_with("# @demo"),
        "line {number} of {example} is not the marked one: {line}"
    );
}

#[derive(Clone, Copy, PartialEq)]
enum Language {
    Rust,
    Python,
    Nix,
    Shell,
    Lua,
    TypeScript,
    /// Documents, manifests and data.
    Other,
}

struct Source {
    /// The path from the top of the checkout.
    name: String,
    language: Language,
    text: String,
}

impl Source {
    /// Fixtures are inputs of tests: some are broken on purpose.
    fn is_fixture(&self) -> bool {
        self.name.split('/').any(|part| part == "fixtures")
    }

    fn is_generated(&self) -> bool {
        self.name
            .split('/')
            .any(|part| part == "generated" || part == "schema")
            || self.name.ends_with("package-lock.json")
            || self.name == "Cargo.lock"
    }

    fn has_head(&self) -> bool {
        let mut lines = self
            .text
            .lines()
            .skip_while(|line| line.starts_with("#!") || line.is_empty());
        let first = lines.next().unwrap_or_default();
        let starts_with_any = |heads: &[&str]| heads.iter().any(|head| first.starts_with(head));
        match self.language {
            Language::Rust => {
                starts_with_any(&["//!"]) || (self.is_generated() && first.starts_with("//"))
            }
            // A test script has no docstring: it would be its first statement.
            Language::Python if self.name.starts_with("tests/conformance/cases/") => {
                first.starts_with('#')
            }
            Language::Python => {
                let after_comments = lines.find(|line| !line.starts_with('#') && !line.is_empty());
                starts_with_any(&["\"\"\"", "r\"\"\""])
                    || (first.starts_with('#')
                        && after_comments.is_some_and(|line| line.starts_with("\"\"\"")))
            }
            Language::Nix => starts_with_any(&["#", "/*"]),
            Language::Shell => first.starts_with('#'),
            Language::Lua => first.starts_with("--"),
            Language::TypeScript => starts_with_any(&["//", "/*"]),
            Language::Other => true,
        }
    }
}

/// Every text file of the checkout that we write, in order of name. Works without git.
fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().unwrap();
            // In a worktree `.git` is a file.
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                // Pictures and archives are no text, and have nothing to say here.
                found.extend(
                    fs::read_to_string(entry.path())
                        .ok()
                        .map(|text| source(&entry.path(), text)),
                );
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(
        found.len() > 20,
        "the walk began in the wrong place: {}",
        root().display()
    );
    found
}

fn source(path: &Path, text: String) -> Source {
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => Language::Rust,
        Some("py" | "pyi") => Language::Python,
        Some("nix") => Language::Nix,
        Some("sh") => Language::Shell,
        Some("lua") => Language::Lua,
        Some("ts" | "mts" | "mjs" | "cjs" | "js") => Language::TypeScript,
        None if text.starts_with("#!")
            && text.lines().next().is_some_and(|line| line.ends_with("sh")) =>
        {
            Language::Shell
        }
        _ => Language::Other,
    };
    let name = path
        .strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .into_owned();
    Source {
        name,
        language,
        text,
    }
}

fn root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    crates.parent().unwrap().to_owned()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Shows every problem at once: they are mended together.
fn report(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}
