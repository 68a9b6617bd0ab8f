//! A driver that is built: what is in its output path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::evaluate::Evaluation;

/// A built test driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// The output path, links resolved.
    pub output: PathBuf,
    /// The program that runs the test.
    pub program: PathBuf,
    /// The script that it was built with, if it says.
    pub script: Option<String>,
    /// The test's name, if the output path tells.
    pub name: Option<String>,
}

/// A path holds no driver.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// Not there, or not readable.
    #[error("cannot open the driver {path}: {error}")]
    Read {
        /// What was tried.
        path: PathBuf,
        /// Why it did not work.
        error: io::Error,
    },
    /// Something else.
    #[error(
        "{path} is not a test driver, it has no bin/nixos-test-driver; build the `driver` attribute of a test"
    )]
    NotADriver {
        /// What was tried.
        path: PathBuf,
    },
}

impl Driver {
    /// Opens a driver by its output path, by a link to it such as `result`, or by the program inside.
    ///
    /// # Errors
    /// If there is none.
    pub fn open(path: &Path) -> Result<Self, DriverError> {
        let fail = |error| DriverError::Read {
            path: path.to_owned(),
            error,
        };
        let real = fs::canonicalize(path).map_err(fail)?;
        let not_a_driver = || DriverError::NotADriver {
            path: path.to_owned(),
        };
        let (output, program) = if real.is_dir() {
            let program = program_in(&real.join("bin")).ok_or_else(not_a_driver)?;
            (real, program)
        } else {
            let output = real
                .parent()
                .filter(|bin| bin.ends_with("bin"))
                .and_then(Path::parent);
            (output.ok_or_else(not_a_driver)?.to_owned(), real)
        };
        let script = match fs::read_to_string(output.join("test-script")) {
            Ok(script) => Some(script),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(fail(error)),
        };
        let name = output
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(test_name);
        Ok(Self {
            output,
            program,
            script,
            name,
        })
    }
}

impl Evaluation {
    /// The driver, once it is built.
    ///
    /// # Errors
    /// If there is none where it should be.
    pub fn driver(&self) -> Result<Driver, DriverError> {
        let named = self
            .main_program
            .as_ref()
            .map(|name| self.driver_output.join("bin").join(name));
        match named.filter(|program| program.is_file()) {
            Some(program) => Driver::open(&program),
            None => Driver::open(&self.driver_output),
        }
    }
}

/// `nixos-test-driver`, as every version of it is called so far; else the only program there is.
fn program_in(bin: &Path) -> Option<PathBuf> {
    let usual = bin.join("nixos-test-driver");
    if usual.is_file() {
        return Some(usual);
    }
    let mut entries = fs::read_dir(bin)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    match (entries.next(), entries.next()) {
        (Some(only), None) if only.is_file() => Some(only),
        _ => None,
    }
}

fn test_name(output: &str) -> Option<String> {
    let (_, name) = output.split_once("-nixos-test-driver-")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_opens_by_path_by_link_and_by_program() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        let output = root.join("61hcyi1a2a51m6992yvymzglask2fc0p-nixos-test-driver-my-test");
        fs::create_dir_all(output.join("bin")).unwrap();
        fs::write(output.join("bin/nixos-test-driver"), "").unwrap();
        fs::write(output.join("bin/other"), "").unwrap();
        fs::write(output.join("test-script"), "start_all()\n").unwrap();
        let link = root.join("result");
        std::os::unix::fs::symlink(&output, &link).unwrap();

        let expected = Driver {
            output: output.clone(),
            program: output.join("bin/nixos-test-driver"),
            script: Some("start_all()\n".into()),
            name: Some("my-test".into()),
        };
        for path in [&output, &link, &output.join("bin/nixos-test-driver")] {
            assert_eq!(Driver::open(path).unwrap(), expected);
        }
    }

    #[test]
    fn other_things_are_not_drivers() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        assert!(matches!(
            Driver::open(path),
            Err(DriverError::NotADriver { .. })
        ));
        assert!(matches!(
            Driver::open(&path.join("gone")),
            Err(DriverError::Read { .. })
        ));
        fs::write(path.join("file"), "").unwrap();
        assert!(matches!(
            Driver::open(&path.join("file")),
            Err(DriverError::NotADriver { .. })
        ));
    }
}
