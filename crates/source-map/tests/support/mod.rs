//! What the tests of this crate share: reproducible chance, random string literals, and Nix as the judge.
//!
//! Each test binary uses a part of it.
#![allow(dead_code)]

use std::path::Path;
use std::process::Command;

use source_map::{Definition, FileId, Shape, definitions};

/// Reproducible chance (SplitMix64): the same seed gives the same run on every machine.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Interpolations whose value anybody can see.
pub(crate) const HOLES: [(&str, &str); 5] = [
    ("${\"\"}", ""),
    ("${\" \"}", " "),
    ("${\"x\"}", "x"),
    ("${\"\\n\"}", "\n"),
    ("${\"v\\n  w\"}", "v\n  w"),
];

const INDENTED: [&str; 28] = [
    " ", " ", " ", "  ", "    ", "\n", "\n", "\n", "\n  ", "\t", "\r", "\r\n", "'", "$", "$$", "{",
    "}", "a", "b(", "é", "🦀", "\"", "\\", "''$", "'''", "''\\n", "''\\", "# ",
];

const PLAIN: [&str; 20] = [
    " ", "\n", "\r", "\r\n", "\t", "'", "''", "$", "$$", "{", "a", "é", "\\n", "\\r", "\\t",
    "\\\\", "\\\"", "\\$", "\\", "${\"x\"}",
];

/// A random string literal that Nix accepts, with its quotes.
pub(crate) fn random_literal(chance: &mut Chance) -> String {
    loop {
        let is_indented = chance.below(5) > 0;
        let alphabet: &[&str] = if is_indented { &INDENTED } else { &PLAIN };
        let quotes = if is_indented { "''" } else { "\"" };
        let mut literal = quotes.to_owned();
        for _ in 0..chance.below(18) {
            match chance.below(10) {
                0 => literal.push_str(chance.pick(&HOLES).0),
                _ => literal.push_str(chance.pick(alphabet)),
            }
        }
        literal.push_str(quotes);
        if is_one_string(&literal) {
            return literal;
        }
    }
}

/// Whether the text is a single string literal from end to end, with no interpolations but those of [`HOLES`].
fn is_one_string(literal: &str) -> bool {
    let text = format!("{{ testScript = {literal}; }}");
    let Some(definition) = definitions(&text, FileId(0)).unwrap_or_default().pop() else {
        return false;
    };
    let is_whole = definition.binding.core.len() == literal.len()
        && rnix::Root::parse(&text).errors().is_empty();
    let Ok(shape) = definition.shape else {
        return false;
    };
    let is_known = |hole: &&source_map::Hole| {
        let source = &text[hole.source.range.clone()];
        HOLES.iter().any(|hole| hole.0 == source)
    };
    is_whole && shape.holes().iter().all(is_known)
}

/// The only definition of a file.
pub(crate) fn only_definition(text: &str) -> Definition {
    let mut found = definitions(text, FileId(0)).expect("the file is flat");
    assert_eq!(found.len(), 1, "bindings in {text:?}");
    found.remove(0)
}

/// The shape of one expression.
pub(crate) fn shape_of(expression: &str) -> Shape {
    let text = format!("{{ testScript = {expression}; }}");
    only_definition(&text)
        .shape
        .unwrap_or_else(|reason| panic!("{text:?}: {reason}"))
}

/// The value that this crate gives to a literal whose interpolations are all among [`HOLES`].
pub(crate) fn value_of(literal: &str) -> String {
    let text = format!("{{ testScript = {literal}; }}");
    let shape = only_definition(&text)
        .shape
        .unwrap_or_else(|reason| panic!("{literal:?}: {reason}"));
    let holes = shape.holes();
    let value = |index: usize| {
        let source = &text[holes[index].source.range.clone()];
        HOLES
            .iter()
            .find(|hole| hole.0 == source)
            .map(|hole| hole.1)
            .expect("a known interpolation")
    };
    shape.render(&|id| value(id.index()))
}

/// Whether `nix-instantiate` can be asked.
pub(crate) fn has_nix() -> bool {
    Command::new("nix-instantiate")
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
}

/// What Nix makes of string literals.
pub(crate) fn ask_nix(literals: &[String], directory: &Path) -> Vec<String> {
    let file = directory.join(format!("strings-{}.nix", std::process::id()));
    std::fs::write(&file, format!("[\n{}\n]\n", literals.join("\n")))
        .expect("the question is written");
    let output = Command::new("nix-instantiate")
        .args(["--eval", "--json", "--strict", "--store", "dummy://"])
        .arg(&file)
        .output()
        .expect("nix-instantiate starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "nix-instantiate {}: {errors}",
        file.display()
    );
    std::fs::remove_file(&file).expect("the question is removed");
    serde_json::from_slice(&output.stdout).expect("a list of strings")
}
