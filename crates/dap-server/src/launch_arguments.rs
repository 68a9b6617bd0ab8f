//! The arguments of `launch`: what a person writes into `launch.json` or its likes.
//!
//! It says what the words mean and which go together; it touches no file and runs nothing.

use std::path::{Path, PathBuf};

use nix_interop::{Source, Target, Variant};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::errors::RequestError;

/// Arguments of the `launch` request. Exactly one of `flake`, `file` and `driver` says what to debug.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LaunchArguments {
    /// A flake reference with an attribute, such as `.#checks.x86_64-linux.hello`. The system may be left out of a
    /// check's name: `.#hello` is looked for among the checks too.
    pub flake: Option<String>,
    /// A Nix file that holds the test, such as `default.nix`.
    pub file: Option<PathBuf>,
    /// The attribute path of the test in `file`, such as `tests.hello`. Without it the file itself is the test.
    pub attr: Option<String>,
    /// A driver that is built already: the program `bin/nixos-test-driver`. Nix is not run; a `file` beside it is the one
    /// that the script is written in.
    pub driver: Option<PathBuf>,
    /// A file of Python whose text is run in place of the test's own script, by the driver as it is built: nothing is built
    /// anew for it. Breakpoints are set in that file.
    pub test_script: Option<PathBuf>,
    /// Keep the state of the machines, such as their disks, for the next session of the same test that asks for it, and start
    /// from what the last one left. One session at a time can use it. Default: every session starts afresh.
    pub keep_state: bool,
    /// Which of the two drivers of a test is debugged: `interactive` (the default) or `regular`.
    pub config: Config,
    /// Where files alone leave it in doubt which line gave which part of the script, evaluate a marked copy of the test as
    /// well: the places are exact then. The copy is made in a private directory.
    pub source_markers: bool,
    /// Read the script again whenever a file that it comes from is saved, and go on with it: statements that have not started are
    /// those of the new text. Nothing is built or booted.
    pub reload_on_save: bool,
    /// Stop before the first statement of the script.
    pub stop_on_entry: bool,
    /// For how many seconds the session waits for somebody to attach when every client has left it; then it ends. 0 waits for
    /// ever. Default: 3600.
    pub detached_timeout: Option<u64>,
    /// Stop once more when the last statement of the script has run, while the machines still live.
    pub stop_at_end: bool,
    /// Stop at an exception that ends the script, while the machines still live. Default: yes. `false` switches that off
    /// whatever exceptions the editor is told to stop at.
    pub stop_on_failure: Option<bool>,
    /// Go on after a subtest that fails: what failed is kept, and the test fails with the first of it at the end of the script.
    pub continue_after_failed_subtest: bool,
    /// Names of subtests, or patterns with `*` and `?`: the bodies of others are skipped. Everything outside of subtests runs.
    pub subtests: Vec<String>,
    /// Let `restart` run the script again from its first statement in the same driver, with the machines as they are.
    pub restart_keeps_machines: bool,
    /// The directory in which Nix and the driver run, and from which relative paths lead. Default: that of the adapter.
    pub cwd: Option<PathBuf>,
    /// Run without breakpoints. Set by clients for "run without debugging".
    pub no_debug: bool,
}

/// The first argument that cannot be read, by its name: what is read as a whole does not say where it went wrong.
fn wrong_field(arguments: &Value) -> Option<String> {
    arguments.as_object()?.iter().find_map(|(name, value)| {
        let alone = Map::from_iter([(name.clone(), value.clone())]);
        let error = serde_json::from_value::<LaunchArguments>(Value::Object(alone)).err()?;
        Some(format!("`{name}`: {error}"))
    })
}

/// Which of the two drivers of a test is debugged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Config {
    /// `driverInteractive`: the test with its `interactive` options mixed in.
    #[default]
    Interactive,
    /// `driver`: the test as a build runs it.
    Regular,
}

impl LaunchArguments {
    /// Reads the arguments as a client sent them. Unknown ones are left alone: clients add their own.
    pub(crate) fn parse(arguments: &Value) -> Result<Self, RequestError> {
        let parsed: Self = serde_json::from_value(arguments.clone()).map_err(|error| {
            let problem = wrong_field(arguments).unwrap_or_else(|| error.to_string());
            RequestError::launch_arguments(&problem)
        })?;
        let named = [
            parsed.flake.is_some(),
            parsed.file.is_some() && parsed.driver.is_none(),
            parsed.driver.is_some(),
        ];
        match named.iter().filter(|&&is_named| is_named).count() {
            1 => {}
            0 => {
                return Err(RequestError::launch_arguments(
                    "one of `flake`, `file` and `driver` must say what to debug",
                ));
            }
            _ => {
                return Err(RequestError::launch_arguments(
                    "only one of `flake`, `file` and `driver` can say what to debug",
                ));
            }
        }
        if parsed.attr.is_some() && parsed.file.is_none() {
            return Err(RequestError::launch_arguments(
                "`attr` goes with `file`; a flake's attribute follows its `#`",
            ));
        }
        Ok(parsed)
    }

    /// The directory from which relative paths lead.
    pub(crate) fn working_directory(&self) -> PathBuf {
        let own = || std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        match &self.cwd {
            Some(directory) if directory.is_absolute() => directory.clone(),
            Some(directory) => own().join(directory),
            None => own(),
        }
    }

    /// What is launched, in a few words, while the name of the test is not known.
    pub(crate) fn title(&self) -> String {
        let path = |path: &Path| path.display().to_string();
        match (&self.flake, &self.file, &self.attr, &self.driver) {
            (Some(flake), ..) => flake.clone(),
            (None, Some(file), Some(attr), None) => format!("{} {attr}", path(file)),
            (None, Some(file), None, None) => path(file),
            (None, _, _, Some(driver)) => path(driver),
            (None, None, _, None) => String::new(),
        }
    }

    /// What Nix is asked for.
    pub(crate) fn target(&self) -> Result<Target, RequestError> {
        let directory = self.working_directory();
        let wrong =
            |error: nix_interop::TargetError| RequestError::launch_arguments(&error.to_string());
        if let Some(driver) = &self.driver {
            return Ok(Target::Driver {
                path: directory.join(driver),
            });
        }
        let source = match &self.flake {
            Some(flake) => Source::flake(&directory, flake),
            None => {
                let file = self.file.as_deref().unwrap_or(Path::new("default.nix"));
                Source::file(&directory, file, self.attr.as_deref().unwrap_or_default())
            }
        };
        source.map(Target::Source).map_err(wrong)
    }

    /// The file that the script is written in, where the person has said so.
    pub(crate) fn script_file(&self) -> Option<PathBuf> {
        self.file
            .as_ref()
            .map(|file| self.working_directory().join(file))
    }

    /// The file whose text is run in place of the test's own script.
    pub(crate) fn test_script_file(&self) -> Option<PathBuf> {
        self.test_script
            .as_ref()
            .map(|file| self.working_directory().join(file))
    }

    /// Which driver is wanted, in the words of the Nix side.
    pub(crate) fn variant(&self) -> Variant {
        match self.config {
            Config::Interactive => Variant::Interactive,
            Config::Regular => Variant::Regular,
        }
    }

    /// Whether the driver of these would be that of the others, with the same script and state.
    pub(crate) fn names_the_driver_of(&self, other: &Self) -> bool {
        let named = |launch: &Self| {
            (
                (
                    launch.flake.clone(),
                    launch.file.clone(),
                    launch.attr.clone(),
                ),
                (launch.driver.clone(), launch.test_script.clone()),
                (launch.keep_state, launch.config, launch.working_directory()),
            )
        };
        named(self) == named(other)
    }

    /// What the agent has to know of them, as arguments of its `configurationDone`.
    pub(crate) fn to_agent(&self) -> Value {
        let debugs = !self.no_debug;
        json!({
            "stopOnEntry": debugs && self.stop_on_entry,
            "stopAtEnd": debugs && self.stop_at_end,
            "stopOnFailure": debugs && self.stop_on_failure.unwrap_or(true),
            "continueAfterFailedSubtest": self.continue_after_failed_subtest,
            "subtests": self.subtests,
        })
    }

    /// The arguments as a client sends them.
    #[must_use]
    pub fn to_wire(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .collect(),
            // A path that is not UTF-8 has no JSON form; no client could have sent it.
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_of_a_wrong_type_is_named() {
        for (arguments, problem) in [
            (
                serde_json::json!({ "driver": "d", "keepState": "yes" }),
                "`keepState`: invalid type: string \"yes\"",
            ),
            (
                serde_json::json!({ "file": 3 }),
                "`file`: invalid type: integer `3`",
            ),
            (
                serde_json::json!({ "driver": "d", "config": "x" }),
                "`config`: unknown variant `x`",
            ),
        ] {
            let error = LaunchArguments::parse(&arguments).unwrap_err();
            assert!(error.sentence().contains(problem), "{}", error.sentence());
        }
    }
}
