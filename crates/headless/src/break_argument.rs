//! The words after `--break`: `FILE:LINE` or `FILE:LINE:if CONDITION`.

use std::path::PathBuf;
use std::str::FromStr;

/// A place to stop at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakArgument {
    /// The file, as it was written.
    pub file: PathBuf,
    /// The line, counted from 1.
    pub line: i64,
    /// A Python expression that must be true for the stop.
    pub condition: Option<String>,
}

/// Words that name no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' names no breakpoint: {problem}; write FILE:LINE or FILE:LINE:if CONDITION")]
pub struct BreakArgumentError {
    text: String,
    problem: &'static str,
}

impl FromStr for BreakArgument {
    type Err = BreakArgumentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |problem| BreakArgumentError {
            text: text.to_owned(),
            problem,
        };
        let (place, condition) = match text.split_once(":if ") {
            Some((place, condition)) => (place, Some(condition.trim())),
            None => (text, None),
        };
        if condition.is_some_and(str::is_empty) {
            return Err(wrong("the condition is empty"));
        }
        // A file name may hold colons; the line is what follows the last.
        let (file, line) = place
            .rsplit_once(':')
            .ok_or_else(|| wrong("there is no line"))?;
        if file.is_empty() {
            return Err(wrong("there is no file"));
        }
        let line = line
            .parse()
            .ok()
            .filter(|&line: &i64| line > 0)
            .ok_or_else(|| wrong("the line is no number from 1 up"))?;
        Ok(Self {
            file: PathBuf::from(file),
            line,
            condition: condition.map(ToOwned::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<(String, i64, Option<String>), String> {
        let parsed: Result<BreakArgument, _> = text.parse();
        parsed
            .map(|argument| {
                (
                    argument.file.display().to_string(),
                    argument.line,
                    argument.condition,
                )
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn places_and_conditions_are_read() {
        assert_eq!(parse("a.nix:7"), Ok(("a.nix".to_owned(), 7, None)));
        assert_eq!(
            parse("/a:b/c d.nix:12"),
            Ok(("/a:b/c d.nix".to_owned(), 12, None))
        );
        let conditional = parse("a.nix:7:if x[1:2] == ':if '");
        assert_eq!(
            conditional,
            Ok(("a.nix".to_owned(), 7, Some("x[1:2] == ':if '".to_owned())))
        );
    }

    #[test]
    fn what_names_no_place_is_refused_with_the_reason() {
        for (text, problem) in [
            ("a.nix", "there is no line"),
            (":7", "there is no file"),
            ("a.nix:0", "the line is no number from 1 up"),
            ("a.nix:x", "the line is no number from 1 up"),
            ("a.nix:7:if  ", "the condition is empty"),
        ] {
            assert!(parse(text).unwrap_err().contains(problem), "{text}");
        }
    }
}
