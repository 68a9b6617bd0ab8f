//! Why there is no test to run, in words that name what was found instead.

use std::fmt;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::process::RunError;

/// A source did not evaluate to a test.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// There is no such file.
    #[error("there is no file {0}; check the path")]
    FileNotFound(PathBuf),
    /// The attribute path leads nowhere.
    #[error("{0}")]
    MissingAttribute(Box<MissingAttribute>),
    /// There is a value, but not one that can be debugged.
    #[error("{0}")]
    NotATest(Box<NotATest>),
    /// Nix refused the text or the evaluation ended in an error.
    #[error("evaluating {source_text} failed: {failure}")]
    Failed {
        /// What was evaluated, as on a command line.
        source_text: String,
        /// What went wrong, and where.
        failure: Box<Failure>,
    },
    /// Nix succeeded but said something else than it was asked.
    #[error("cannot read Nix's answer: {0}")]
    Answer(String),
    /// Nix did not run, or was cancelled.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// The attribute path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingAttribute {
    /// What was evaluated, as on a command line.
    pub source_text: String,
    /// The name that is missing.
    pub name: String,
    /// The path up to it; empty at the top.
    pub inside: String,
    /// What the value is in which the name was looked up, such as “a string”; nothing if it has attributes.
    pub found: Option<String>,
    /// The attributes that are there, sorted, at most 200.
    pub available: Vec<String>,
}

impl MissingAttribute {
    /// The attributes that the user may have meant, the likeliest first, at most 3.
    pub fn similar(&self) -> Vec<&str> {
        let allowed = (self.name.chars().count() / 3).max(1);
        let mut similar: Vec<(usize, &str)> = self
            .available
            .iter()
            .map(|available| (distance(&self.name, available), available.as_str()))
            .filter(|(distance, available)| *distance <= allowed || available.contains(&self.name))
            .collect();
        similar.sort();
        similar.into_iter().take(3).map(|(_, name)| name).collect()
    }
}

impl fmt::Display for MissingAttribute {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source_text,
            name,
            inside,
            found,
            available,
        } = self;
        write!(formatter, "there is no attribute `{name}`")?;
        if !inside.is_empty() {
            write!(formatter, " in `{inside}`")?;
        }
        write!(formatter, " of {source_text}")?;
        if let Some(found) = found {
            return write!(formatter, ", which has no attributes: it is {found}");
        }
        let similar = self.similar();
        if !similar.is_empty() {
            return write!(formatter, "; did you mean {}?", list(&similar, " or "));
        }
        match available.is_empty() {
            true => formatter.write_str(", there are none at all"),
            false => write!(formatter, "; there are {}", list(available, " and ")),
        }
    }
}

/// The value is not a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotATest {
    /// What was evaluated, as on a command line.
    pub source_text: String,
    /// What it is.
    pub found: Found,
}

impl fmt::Display for NotATest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source_text, found } = self;
        write!(
            formatter,
            "{source_text} is not a NixOS test, it is {found}"
        )?;
        match found.hint() {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// What a value is, when it is not a test. `select.nix` fills it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Found {
    /// As `builtins.typeOf` says.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of a derivation.
    pub derivation: Option<String>,
    /// Of an attribute set, at most 200.
    pub names: Vec<String>,
    /// Of a function that takes a set.
    pub arguments: Vec<String>,
}

impl Found {
    fn hint(&self) -> Option<String> {
        let has = |name: &str| self.names.iter().any(|other| other == name);
        let takes = |name: &str| self.arguments.iter().any(|other| other == name);
        if self
            .derivation
            .as_deref()
            .is_some_and(|name| name.starts_with("nixos-test-driver-"))
        {
            Some("name the test itself, without `.driver` or `.driverInteractive`".to_owned())
        } else if has("testScript") && (has("nodes") || has("containers"))
            || takes("pkgs")
            || takes("lib")
        {
            Some("name the attribute of the file that passes it to `runTest`".to_owned())
        } else if self.derivation.is_none() && !self.names.is_empty() {
            Some("name the test inside it".to_owned())
        } else {
            None
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.derivation, self.kind.as_str()) {
            (Some(name), _) => write!(formatter, "the derivation `{name}`"),
            (None, "set") if self.names.is_empty() => formatter.write_str("an empty attribute set"),
            (None, "set") => write!(
                formatter,
                "an attribute set with {}",
                list(&self.names, " and ")
            ),
            (None, "lambda") if self.arguments.is_empty() => formatter.write_str("a function"),
            (None, "lambda") => write!(
                formatter,
                "a function that takes {}",
                list(&self.arguments, " and ")
            ),
            (None, "int") => formatter.write_str("an integer"),
            (None, "bool") => formatter.write_str("a boolean"),
            (None, "null") => formatter.write_str("null"),
            (None, other) => write!(formatter, "a {other}"),
        }
    }
}

/// “`a`, `b` and `c`”, cut after eight.
fn list(names: &[impl AsRef<str>], conjunction: &str) -> String {
    const SHOWN: usize = 8;
    let quoted: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    match quoted.split_last() {
        Some(_) if names.len() > SHOWN => format!(
            "{}{conjunction}{} more",
            quoted.join(", "),
            names.len() - SHOWN
        ),
        Some((last, rest)) if !rest.is_empty() => format!("{}{conjunction}{last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Edits (Levenshtein) that lead from one text to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, character) in from.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (column, other) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(character != *other);
            diagonal = row[column + 1];
            row[column] = left;
            left = substituted.min(left + 1).min(diagonal + 1);
        }
        row[to.len()] = left;
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(name: &str, available: &[&str]) -> MissingAttribute {
        MissingAttribute {
            source_text: "/t.nix".into(),
            name: name.into(),
            inside: String::new(),
            found: None,
            available: available.iter().map(|&name| name.into()).collect(),
        }
    }

    #[test]
    fn distances_count_edits() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("login", "login"), 0);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn near_names_are_offered_before_all_names() {
        let names = ["boot", "login", "networking"];
        assert_eq!(
            missing("logn", &names).to_string(),
            "there is no attribute `logn` of /t.nix; did you mean `login`?"
        );
        assert_eq!(
            missing("network", &names).to_string(),
            "there is no attribute `network` of /t.nix; did you mean `networking`?"
        );
        assert_eq!(
            missing("zzz", &names).to_string(),
            "there is no attribute `zzz` of /t.nix; there are `boot`, `login` and `networking`"
        );
        assert_eq!(
            missing("zzz", &[]).to_string(),
            "there is no attribute `zzz` of /t.nix, there are none at all"
        );
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (1..=20).map(|number| format!("n{number}")).collect();
        assert_eq!(
            list(&names, " and "),
            "`n1`, `n2`, `n3`, `n4`, `n5`, `n6`, `n7`, `n8` and 12 more"
        );
        assert_eq!(list(&names[..1], " and "), "`n1`");
    }
}
