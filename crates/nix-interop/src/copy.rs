//! A copy of a project with other texts in some of its files, to be evaluated in its place.
//!
//! Of a project that is named by a file, the files that an evaluation read are copied, and everything beside them is a link
//! to the original. A flake is copied whole, because Nix follows no link out of one. The originals are only read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::flake::{self, percent_encode};
use crate::target::Source;

/// How large a project may be, and how many files it may have, to be copied.
const MOST_BYTES: u64 = 64 * 1024 * 1024;
const MOST_FILES: usize = 10_000;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// It would be too large.
    #[error(
        "{} has more than {MOST_FILES} files or 64 MiB, which is more than is copied; name the test by a smaller project", .0.display()
    )]
    TooLarge(PathBuf),
    /// The flake is not on this machine, or is a fixed revision.
    #[error("{0} is no working tree of this machine; name the flake by its path")]
    NotLocal(String),
    /// The files have no directory in common that is the project's own.
    #[error("the files of this test lie all over the file system; put them below one directory")]
    Scattered,
    /// A file cannot be read or written.
    #[error("cannot copy {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Copies the project of `source` into `target`, a directory that does not exist, with `replaced` in place of the texts of
/// these files. `evaluated` are the files that the evaluation read. Paths are without links. Returns what to evaluate.
///
/// # Errors
/// If it is too large, or not to be had; what was copied so far stays.
pub fn copy_project(
    source: &Source,
    evaluated: &[PathBuf],
    replaced: &BTreeMap<PathBuf, String>,
    target: &Path,
) -> Result<Source, CopyError> {
    let (root, is_whole) = match source {
        Source::File { file, .. } => (common_directory(&real(file), evaluated)?, false),
        Source::Flake { reference, .. } => {
            let directory = flake::local_directory(reference);
            let directory = directory.ok_or_else(|| CopyError::NotLocal(reference.clone()))?;
            (real(&directory), true)
        }
    };
    let mut copy = Copy {
        root: &root,
        is_whole,
        evaluated: evaluated.iter().map(PathBuf::as_path).collect(),
        replaced,
        bytes: 0,
        files: 0,
    };
    copy.directory(&root, target)?;
    Ok(match source {
        Source::File { file, attribute } => Source::File {
            file: match real(file).strip_prefix(&root) {
                Ok(inside) if inside.as_os_str().is_empty() => target.to_owned(),
                Ok(inside) => target.join(inside),
                Err(_) => return Err(CopyError::Scattered),
            },
            attribute: attribute.clone(),
        },
        Source::Flake { attribute, .. } => Source::Flake {
            reference: format!(
                "path:{}",
                percent_encode(&target.to_string_lossy(), b"/._-~")
            ),
            attribute: attribute.clone(),
        },
    })
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// The innermost directory that holds all of these.
fn common_directory(file: &Path, evaluated: &[PathBuf]) -> Result<PathBuf, CopyError> {
    let start = if file.is_dir() {
        Some(file)
    } else {
        file.parent()
    };
    let holds_all = |directory: &&Path| evaluated.iter().all(|file| file.starts_with(directory));
    start
        .into_iter()
        .flat_map(Path::ancestors)
        .find(holds_all)
        .filter(|directory| directory.parent().is_some())
        .map(Path::to_owned)
        .ok_or(CopyError::Scattered)
}

struct Copy<'a> {
    root: &'a Path,
    /// Without links to the original.
    is_whole: bool,
    evaluated: BTreeSet<&'a Path>,
    replaced: &'a BTreeMap<PathBuf, String>,
    bytes: u64,
    files: usize,
}

impl Copy<'_> {
    fn directory(&mut self, from: &Path, to: &Path) -> Result<(), CopyError> {
        let failed = |source| CopyError::Io {
            path: from.to_owned(),
            source,
        };
        fs::create_dir(to).map_err(failed)?;
        for entry in fs::read_dir(from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, name) = (entry.path(), entry.file_name());
            // As Nix leaves it out of a flake.
            if name == ".git" {
                continue;
            }
            self.files += 1;
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && (self.is_whole || self.holds_evaluated(&path)) {
                self.directory(&path, &to.join(name))?;
            } else {
                self.file(&path, &to.join(name), kind.is_file())?;
            }
            if self.files > MOST_FILES || self.bytes > MOST_BYTES {
                return Err(CopyError::TooLarge(self.root.to_owned()));
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &Path, to: &Path, is_regular: bool) -> Result<(), CopyError> {
        let made = if let Some(text) = self.replaced.get(from) {
            fs::write(to, text)
        } else if is_regular && (self.is_whole || self.evaluated.contains(from)) {
            self.bytes += fs::metadata(from).map_or(0, |data| data.len());
            // Asked before, because one file alone may be larger than the disk is free.
            match self.bytes > MOST_BYTES {
                true => Ok(()),
                false => fs::copy(from, to).map(|_| ()),
            }
        } else if self.is_whole {
            // A link inside the flake; what else there is, such as a socket, is none of Nix's business.
            fs::read_link(from).map_or(Ok(()), |leads_to| symlink(leads_to, to))
        } else {
            symlink(from, to)
        };
        made.map_err(|source| CopyError::Io {
            path: from.to_owned(),
            source,
        })
    }

    fn holds_evaluated(&self, directory: &Path) -> bool {
        let mut behind = self.evaluated.range(directory..);
        behind
            .next()
            .is_some_and(|file| file.starts_with(directory))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
mod tests {
    use super::*;
    use crate::target::AttributePath;

    #[test]
    fn what_was_evaluated_is_copied_and_the_rest_is_linked() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().canonicalize().unwrap();
        let file = |name: &str, text: &str| {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        let test = file("project/tests/test.nix", "old");
        let lib = file("project/lib/default.nix", "lib");
        file("project/data/image", "large");
        let copy = root.join("copy");
        let source = Source::File {
            file: test.clone(),
            attribute: AttributePath::default(),
        };
        let replaced = BTreeMap::from([(test.clone(), "new".to_owned())]);
        let copied = copy_project(&source, &[test.clone(), lib], &replaced, &copy).unwrap();

        let file = copy.join("tests/test.nix");
        let attribute = AttributePath::default();
        assert_eq!(copied, Source::File { file, attribute });
        assert_eq!(
            fs::read_to_string(copy.join("tests/test.nix")).unwrap(),
            "new"
        );
        assert_eq!(fs::read_to_string(test).unwrap(), "old");
        assert!(!copy.join("lib/default.nix").is_symlink());
        assert_eq!(
            fs::read_link(copy.join("data")).unwrap(),
            root.join("project/data")
        );
    }

    #[test]
    fn a_flake_of_the_registry_is_not_copied() {
        let source = Source::Flake {
            reference: "nixpkgs".to_owned(),
            attribute: AttributePath(vec!["test".to_owned()]),
        };
        let error = copy_project(&source, &[], &BTreeMap::new(), Path::new("/nonexistent"));
        assert!(matches!(error, Err(CopyError::NotLocal(_))), "{error:?}");
    }
}
