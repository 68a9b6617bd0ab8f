//! What a user may name to debug, and how the names are written.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::flake::{self, percent_encode};

/// What to debug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A test that Nix evaluates and builds.
    Source(Source),
    /// A driver that is built already; see [`crate::Driver::open`].
    Driver {
        /// Its output path, a link to it, or the program in its `bin`.
        path: PathBuf,
    },
}

/// A test written in Nix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An attribute of a file, as in `nix-build FILE -A ATTR`.
    File {
        /// Absolute; a directory stands for its `default.nix`.
        file: PathBuf,
        /// Empty for the value of the file itself.
        attribute: AttributePath,
    },
    /// An output of a flake, as in `nix build REFERENCE#ATTR`.
    Flake {
        /// The part before `#`; a local path is absolute.
        reference: String,
        /// Never empty.
        attribute: AttributePath,
    },
}

/// A target is written in a way that names nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The attribute path is not well-formed.
    #[error("bad attribute path `{text}`: {problem} at character {column}")]
    Attribute {
        /// What was written.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
        /// Where, from 1.
        column: usize,
    },
    /// A flake without an attribute.
    #[error("`{text}` names a flake but no test in it; write `{text}#NAME` for the check NAME")]
    FlakeWithoutAttribute {
        /// What was written.
        text: String,
    },
    /// Nothing before the `#`, or no file.
    #[error("an empty name where a {what} is expected")]
    Empty {
        /// What was expected.
        what: &'static str,
    },
}

impl Source {
    /// A file, relative to `directory`, and an attribute path in it, which may be empty.
    ///
    /// # Errors
    /// If the attribute path is not well-formed or the file's name is empty.
    pub fn file(directory: &Path, file: &Path, attribute: &str) -> Result<Self, TargetError> {
        if file.as_os_str().is_empty() {
            return Err(TargetError::Empty { what: "file" });
        }
        let attribute = match attribute {
            "" => AttributePath::default(),
            text => text.parse()?,
        };
        Ok(Self::File {
            file: directory.join(file),
            attribute,
        })
    }

    /// A flake reference with an attribute, `REFERENCE#ATTR`; a relative path in it starts at `directory`.
    ///
    /// # Errors
    /// If there is no attribute or it is not well-formed.
    pub fn flake(directory: &Path, text: &str) -> Result<Self, TargetError> {
        let (reference, attribute) = text.split_once('#').unwrap_or((text, ""));
        if attribute.is_empty() {
            return Err(TargetError::FlakeWithoutAttribute {
                text: reference.to_owned(),
            });
        }
        let reference = if reference.is_empty() { "." } else { reference };
        Ok(Self::Flake {
            reference: flake::resolve(reference, directory),
            attribute: attribute.parse()?,
        })
    }

    /// The attribute path, in both kinds.
    pub fn attribute(&self) -> &AttributePath {
        match self {
            Self::File { attribute, .. } | Self::Flake { attribute, .. } => attribute,
        }
    }
}

/// Written as one would on Nix's command line.
impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, attribute } if attribute.0.is_empty() => {
                write!(formatter, "{}", file.display())
            }
            Self::File { file, attribute } => {
                write!(formatter, "{} -A {attribute}", file.display())
            }
            Self::Flake {
                reference,
                attribute,
            } => write!(formatter, "{reference}#{attribute}"),
        }
    }
}

/// Names from outside to inside: `checks.x86_64-linux."with.dot"`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct AttributePath(pub Vec<String>);

impl AttributePath {
    /// The path one level up, and the last name; nothing for the empty path.
    pub fn split_last(&self) -> Option<(AttributePath, &str)> {
        let (last, parents) = self.0.split_last()?;
        Some((Self(parents.to_vec()), last))
    }

    /// As the fragment of a flake reference. Nix 2.8 takes some raw characters for the end of the URL.
    pub(crate) fn to_fragment(&self) -> String {
        percent_encode(&self.to_string(), b"._-")
    }
}

/// Names that need quotes get them. A name that holds a quote cannot be written in this syntax, nor be read from it.
impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            let is_bare = !name.is_empty()
                && !name.contains(|character: char| character == '.' || character.is_whitespace());
            match is_bare {
                true => write!(formatter, "{dot}{name}")?,
                false => write!(formatter, "{dot}\"{name}\"")?,
            }
        }
        Ok(())
    }
}

impl std::str::FromStr for AttributePath {
    type Err = TargetError;

    /// Nix's own syntax: names between dots, in quotes if they hold a dot; there is no escape for a quote.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let mut names = Vec::new();
        let mut name = String::new();
        let mut was_quoted = false;
        let mut is_quoted = false;
        let fail = |problem, index: usize| TargetError::Attribute {
            text: text.to_owned(),
            problem,
            column: index + 1,
        };
        let length = text.chars().count();
        for (index, character) in text.chars().enumerate() {
            match character {
                '"' if is_quoted => is_quoted = false,
                '"' if !name.is_empty() || was_quoted => {
                    return Err(fail("a quote inside a name", index));
                }
                '"' => (is_quoted, was_quoted) = (true, true),
                _ if is_quoted => name.push(character),
                '.' if name.is_empty() && !was_quoted => return Err(fail("an empty name", index)),
                '.' => {
                    names.push(std::mem::take(&mut name));
                    was_quoted = false;
                }
                _ if was_quoted => return Err(fail("text after a closing quote", index)),
                _ => name.push(character),
            }
        }
        if is_quoted {
            return Err(fail("a quote that is not closed", length));
        }
        if name.is_empty() && !was_quoted {
            return Err(fail("an empty name", length));
        }
        names.push(name);
        Ok(Self(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Result<Vec<String>, String> {
        text.parse()
            .map(|AttributePath(names)| names)
            .map_err(|error: TargetError| error.to_string())
    }

    #[test]
    fn attribute_paths_are_read_as_nix_reads_them() {
        assert_eq!(path("a.b-c.d'").unwrap(), ["a", "b-c", "d'"]);
        assert_eq!(path(r#"a.b."c.d""#).unwrap(), ["a", "b", "c.d"]);
        assert_eq!(path(r#""".x"#).unwrap(), ["", "x"]);
        assert_eq!(path("tests.0").unwrap(), ["tests", "0"]);
        assert_eq!(path("--help").unwrap(), ["--help"]);
    }

    #[test]
    fn bad_attribute_paths_say_where() {
        assert_eq!(
            path("").unwrap_err(),
            "bad attribute path ``: an empty name at character 1"
        );
        assert_eq!(
            path("a..b").unwrap_err(),
            "bad attribute path `a..b`: an empty name at character 3"
        );
        assert_eq!(
            path("ä.").unwrap_err(),
            "bad attribute path `ä.`: an empty name at character 3"
        );
        assert_eq!(
            path(r#"a."b"#).unwrap_err(),
            r#"bad attribute path `a."b`: a quote that is not closed at character 5"#
        );
        assert_eq!(
            path(r#"a"b""#).unwrap_err(),
            r#"bad attribute path `a"b"`: a quote inside a name at character 2"#
        );
        assert_eq!(
            path(r#""a"b"#).unwrap_err(),
            r#"bad attribute path `"a"b`: text after a closing quote at character 4"#
        );
    }

    #[test]
    fn attribute_paths_are_written_as_they_are_read() {
        for text in ["a", r#"a."b.c".d"#, r#"""."x y""#] {
            assert_eq!(text.parse::<AttributePath>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn fragments_hold_no_character_with_a_meaning_in_urls() {
        let attribute: AttributePath = r#"checks."a b#${c}?".ü"#.parse().unwrap();
        assert_eq!(
            attribute.to_fragment(),
            "checks.%22a%20b%23%24%7Bc%7D%3F%22.%C3%BC"
        );
    }

    #[test]
    fn sources_are_relative_to_a_directory() {
        let directory = Path::new("/my project");
        let source = Source::file(directory, Path::new("tests/a.nix"), "hello").unwrap();
        assert_eq!(source.to_string(), "/my project/tests/a.nix -A hello");
        let source = Source::flake(directory, ".#hello").unwrap();
        assert_eq!(source.to_string(), "/my project#hello");
        let source = Source::flake(directory, "#a.b").unwrap();
        assert_eq!(source.to_string(), "/my project#a.b");
        let source = Source::flake(directory, "nixpkgs#nixosTests.login").unwrap();
        assert_eq!(source.to_string(), "nixpkgs#nixosTests.login");
    }

    #[test]
    fn a_flake_alone_names_no_test() {
        assert_eq!(
            Source::flake(Path::new("/"), "./x")
                .unwrap_err()
                .to_string(),
            "`./x` names a flake but no test in it; write `./x#NAME` for the check NAME"
        );
    }
}
