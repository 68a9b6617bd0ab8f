//! What a driver can be asked for on its command line, found out by asking it.
//!
//! Drivers of different years take another script, and keep the state of machines, in different ways. Their `--help` says
//! which, so no version number is ever looked at. Asking takes as long as Python needs to start: it is done only for a session
//! that wants one of these things.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Command;
use tokio::time::timeout;

use crate::kept_state::KeepState;

/// How long a driver may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// How much of what an odd program says is shown.
const LONGEST_QUOTE: usize = 300;

/// Why a driver could not be asked, or cannot do what is wanted.
#[derive(Debug, thiserror::Error)]
pub enum InterfaceError {
    /// It could not be run.
    #[error("{driver} cannot be asked for its options: {source}")]
    Run {
        /// The driver.
        driver: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It did not answer.
    #[error("{driver} did not say its options within a minute when it was run with --help")]
    Silent {
        /// The driver.
        driver: PathBuf,
    },
    /// It answered something else.
    #[error("{driver} did not say its options when it was run with --help; it said: {said}")]
    Odd {
        /// The driver.
        driver: PathBuf,
        /// The end of what it said.
        said: String,
    },
    /// It has no way to run another script.
    #[error(
        "{driver} has no option for another test script; launch without `testScript`, or build the driver anew"
    )]
    NoScript {
        /// The driver.
        driver: PathBuf,
    },
    /// Its configuration, of which a copy should name another script, cannot be read.
    #[error(
        "{driver} takes another test script only by its configuration, and {problem}; launch without `testScript`"
    )]
    Configuration {
        /// The driver.
        driver: PathBuf,
        /// What went wrong.
        problem: String,
    },
    /// It cannot keep the state of machines.
    #[error("{driver} cannot keep the state of its machines; launch without `keepState`")]
    NoKeeping {
        /// The driver.
        driver: PathBuf,
    },
}

/// How a driver is made to run another script than its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptOverride {
    /// By more arguments.
    Arguments(Vec<OsString>),
    /// By a configuration that replaces its own. This is the text of the file.
    Configuration(String),
}

/// What the command line of a driver takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverInterface {
    driver: PathBuf,
    script: Option<ScriptOption>,
    keep: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ScriptOption {
    /// `--test-script FILE`.
    Named,
    /// The configuration names the script.
    InConfiguration,
    /// The script is an argument of its own.
    Positional,
}

impl DriverInterface {
    /// Runs the driver with `--help`. Dropping the future ends it.
    ///
    /// # Errors
    /// When it cannot be run or does not describe itself.
    pub async fn ask(driver: &Path) -> Result<Self, InterfaceError> {
        let failed = |source| InterfaceError::Run {
            driver: driver.to_owned(),
            source,
        };
        let child = Command::new(driver)
            .arg("--help")
            // Lines are not to be broken inside a word, nor coloured.
            .env("COLUMNS", "200")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        // A program that knows no --help may do anything, such as start machines.
        let _ended_at_last = EndGroup(child.id());
        let Ok(output) = timeout(PATIENCE, child.wait_with_output()).await else {
            let driver = driver.to_owned();
            return Err(InterfaceError::Silent { driver });
        };
        let output = output.map_err(failed)?;
        let help = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() || !help.to_lowercase().contains("usage:") {
            let said = format!("{help}{}", String::from_utf8_lossy(&output.stderr));
            return Err(InterfaceError::Odd {
                driver: driver.to_owned(),
                said: end_of(said.trim()),
            });
        }
        Ok(Self::read(driver, &help))
    }

    fn read(driver: &Path, help: &str) -> Self {
        let separators =
            |character: char| character.is_whitespace() || ",[]()|={}".contains(character);
        let has = |option: &str| help.split(separators).any(|word| word == option);
        let script = if has("--test-script") {
            Some(ScriptOption::Named)
        } else if has("--config") {
            Some(ScriptOption::InConfiguration)
        } else if positionals(help).any(|name| name == "testscript") {
            Some(ScriptOption::Positional)
        } else {
            None
        };
        let keep = ["--keep-machine-state", "--keep-vm-state"];
        Self {
            driver: driver.to_owned(),
            script,
            keep: keep.into_iter().find(|option| has(option)),
        }
    }

    /// How this driver is made to run the script in `file`, an absolute path.
    ///
    /// # Errors
    /// When there is no way.
    pub fn run_script(&self, file: &Path) -> Result<ScriptOverride, InterfaceError> {
        let arguments = |words: &[OsString]| Ok(ScriptOverride::Arguments(words.to_vec()));
        match self.script {
            Some(ScriptOption::Named) => arguments(&["--test-script".into(), file.into()]),
            Some(ScriptOption::Positional) => arguments(&[file.into()]),
            Some(ScriptOption::InConfiguration) => {
                let text = configuration_with(&self.driver, file);
                let text = text.map_err(|problem| InterfaceError::Configuration {
                    driver: self.driver.clone(),
                    problem,
                })?;
                Ok(ScriptOverride::Configuration(text))
            }
            None => Err(InterfaceError::NoScript {
                driver: self.driver.clone(),
            }),
        }
    }

    /// How this driver is told to keep the state of its machines in `directory`.
    ///
    /// # Errors
    /// When it cannot.
    pub fn keep_state(&self, directory: PathBuf) -> Result<KeepState, InterfaceError> {
        match self.keep {
            Some(flag) => Ok(KeepState { directory, flag }),
            None => Err(InterfaceError::NoKeeping {
                driver: self.driver.clone(),
            }),
        }
    }
}

/// Ends a process group when it is dropped, unless it has ended by then.
struct EndGroup(Option<u32>);

impl Drop for EndGroup {
    fn drop(&mut self) {
        if let Some(group) = self.0.and_then(|number| i32::try_from(number).ok()) {
            let _ended_already = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

/// The names of arguments without an option, which Python lists under a heading of their own.
fn positionals(help: &str) -> impl Iterator<Item = &str> {
    help.lines()
        .skip_while(|line| !line.trim().eq_ignore_ascii_case("positional arguments:"))
        .skip(1)
        .take_while(|line| line.starts_with(' '))
        .filter_map(|line| line.split_whitespace().next())
}

/// The configuration that the driver's wrapper names, with another script.
fn configuration_with(driver: &Path, script: &Path) -> Result<String, String> {
    let wrapper =
        fs::read(driver).map_err(|error| format!("its wrapper cannot be read: {error}"))?;
    let path = option_value(&String::from_utf8_lossy(&wrapper), "--config")
        .ok_or("its wrapper names none")?;
    let text =
        fs::read_to_string(&path).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let mut configuration: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| format!("{path} is no JSON: {error}"))?;
    let script = script
        .to_str()
        .ok_or("the path of the script is not UTF-8")?;
    match configuration.get_mut("test_script") {
        Some(named) => *named = script.into(),
        None => return Err(format!("{path} names no test_script")),
    }
    Ok(configuration.to_string())
}

/// The value of the last `option` in a shell script, the words of which hold nothing that a shell would expand: drivers are
/// wrapped by generated ones.
fn option_value(shell: &str, option: &str) -> Option<String> {
    let mut value = None;
    for line in shell.lines() {
        let words = words_of(line);
        for (index, word) in words.iter().enumerate() {
            let found = match word.strip_prefix(option) {
                Some("") => words.get(index + 1).cloned(),
                Some(rest) => rest.strip_prefix('=').map(ToOwned::to_owned),
                None => None,
            };
            value = found.or(value);
        }
    }
    value
}

/// The words of a line of shell, without their quotes.
fn words_of(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                word.get_or_insert_default().extend(characters.next());
            }
            // A wrapper may be a program, in which words are apart by NUL.
            (None, '\0') => words.extend(word.take()),
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// The end of a text that may be long; what matters comes last.
fn end_of(text: &str) -> String {
    let count = text.chars().count();
    match count.checked_sub(LONGEST_QUOTE) {
        Some(left_out @ 1..) => format!("…{}", text.chars().skip(left_out).collect::<String>()),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const ENVIRONMENT_FLAVOUR: &str = "\
usage: nixos-test-driver [-h] [-K] [-I | --interactive | --no-interactive]
                         [--start-scripts [START-SCRIPT ...]] [-o OUTPUT_DIRECTORY] [--junit-xml JUNIT_XML]
                         [testscript]

positional arguments:
  testscript            the test script to run (default from environment: /x)

options:
  -h, --help            show this help message and exit
  -K, --keep-vm-state   re-use a VM state coming from a previous run
";
    const CONFIGURATION_FLAVOUR: &str = "\
usage: nixos-test-driver [-h] -c CONFIG [-K] [-I | --interactive | --no-interactive]

options:
  -c, --config CONFIG   the test driver configuration file
  -K, --keep-machine-state
                        re-use a machine state coming from a previous run; see --test-scripts
";

    fn interface(help: &str) -> DriverInterface {
        DriverInterface::read(Path::new("/driver"), help)
    }

    fn flag(help: &str) -> Option<&'static str> {
        let kept = interface(help).keep_state(PathBuf::from("/state"));
        kept.ok().map(|kept| kept.flag)
    }

    #[test]
    fn each_generation_of_drivers_is_told_apart_by_its_options() {
        let script = Path::new("/a script.py");
        let old = interface(ENVIRONMENT_FLAVOUR);
        assert_eq!(
            old.run_script(script).unwrap(),
            ScriptOverride::Arguments(vec!["/a script.py".into()])
        );
        let new = CONFIGURATION_FLAVOUR.replace("--test-scripts", "--test-script TEST_SCRIPT");
        assert_eq!(
            interface(&new).run_script(script).unwrap(),
            ScriptOverride::Arguments(vec!["--test-script".into(), "/a script.py".into()])
        );
        assert_eq!(
            interface(CONFIGURATION_FLAVOUR).script,
            Some(ScriptOption::InConfiguration)
        );
        assert_eq!(flag(ENVIRONMENT_FLAVOUR), Some("--keep-vm-state"));
        assert_eq!(flag(CONFIGURATION_FLAVOUR), Some("--keep-machine-state"));
    }

    #[test]
    fn a_driver_without_a_way_says_what_to_leave_out() {
        let odd = interface("usage: odd [-h] [testscript-ish]\n\noptions:\n  testscript  no\n");
        let error = odd.run_script(Path::new("/script")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/driver has no option for another test script; launch without `testScript`, or build the driver anew"
        );
        let error = odd.keep_state(PathBuf::from("/state")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/driver cannot keep the state of its machines; launch without `keepState`"
        );
    }

    #[test]
    fn the_value_of_an_option_is_found_however_it_is_quoted() {
        for line in [
            "exec -a \"$0\" \"/store/.driver-wrapped\"  --config /store/c.json --log-level info \"$@\" ",
            "exec x '--config' '/store/c.json' --log-level info",
            "exec x --config=\"/store/c.json\"",
            "exec x --config /old.json\nexec x --config /store/c.json",
            "x\0--config\0/store/c.json\0--log-level",
            "exec x --configuration /other --config /store/c.json",
        ] {
            assert_eq!(
                option_value(line, "--config").as_deref(),
                Some("/store/c.json"),
                "{line}"
            );
        }
        assert_eq!(
            option_value("x --config '/a b'\\''c'", "--config").as_deref(),
            Some("/a b'c")
        );
        assert_eq!(option_value("x --config", "--config"), None);
        assert_eq!(option_value("x", "--config"), None);
    }

    #[test]
    fn a_copy_of_the_configuration_names_the_other_script() {
        let directory = tempfile::tempdir().unwrap();
        let [wrapper, configuration] = ["driver", "c.json"].map(|name| directory.path().join(name));
        fs::write(
            &wrapper,
            format!("exec x --config '{}'\n", configuration.display()),
        )
        .unwrap();
        let copy = || configuration_with(&wrapper, Path::new("/é.py"));
        let problem = |text: &str| {
            fs::write(&configuration, text).unwrap();
            copy().unwrap_err()
        };
        assert!(copy().unwrap_err().contains("cannot be read"));
        assert!(problem("{").contains("is no JSON"));
        assert!(problem("{}").contains("names no test_script"));
        fs::write(&configuration, r#"{"vlans":[1],"test_script":"/old"}"#).unwrap();
        let value: serde_json::Value = serde_json::from_str(&copy().unwrap()).unwrap();
        assert_eq!(
            value,
            serde_json::json!({ "vlans": [1], "test_script": "/é.py" })
        );
        fs::write(&wrapper, "exec x\n").unwrap();
        assert_eq!(copy().unwrap_err(), "its wrapper names none");
    }

    async fn ask(program: &str) -> Result<DriverInterface, InterfaceError> {
        let directory = tempfile::tempdir().unwrap();
        let driver = directory.path().join("driver");
        fs::write(&driver, format!("#!/bin/sh\n{program}\n")).unwrap();
        fs::set_permissions(&driver, fs::Permissions::from_mode(0o755)).unwrap();
        DriverInterface::ask(&driver).await
    }

    #[tokio::test]
    async fn a_driver_is_asked_by_its_help() {
        let told = ask("test \"$*\" = --help && echo 'usage: x [--test-script F]'").await;
        assert_eq!(told.unwrap().script, Some(ScriptOption::Named));
    }

    #[tokio::test]
    async fn a_program_that_says_something_else_is_quoted() {
        let error = ask("echo starting machines; echo broken >&2; exit 3").await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.ends_with("with --help; it said: starting machines\nbroken"),
            "{error}"
        );
        let error = ask("yes x | head -c 100000; exit 1").await.unwrap_err();
        assert!(error.to_string().chars().count() < 500, "{error}");
    }
}
