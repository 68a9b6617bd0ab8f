//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use dap_server::{Config, LaunchArguments, ListenAddress};
use debuggee::ReaperOptions;
use headless::{BreakArgument, HeadlessOptions};

/// Debug NixOS VM tests: breakpoints in the .nix file, variables, machines.
#[derive(Debug, Parser)]
#[command(name = "nixtest-dap", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// The debug adapter, for editors: speaks the Debug Adapter Protocol on standard input and output.
    Dap(DapArguments),
    /// Run a test without a person: stop at breakpoints, show what is there, go on. Exit codes: 0 passed, 1 failed,
    /// 2 usage, 3 evaluation or build failed, 4 the tool failed.
    Headless(HeadlessArguments),
    /// Open a shell in a machine of a live session: a terminal, or, when standard input is none, a pipe for commands. The exit
    /// code is the shell's status; 255 when there is no shell, or none any more. Ctrl-] three times leaves one that hangs.
    Shell(ShellArguments),
    /// The prompt of a live session: Python in the test script where it stands, `:help` for everything else. Ctrl-D leaves, and the
    /// session goes on. From a pipe, the exit code is 1 when the last statement failed; 2 when no session is meant for sure.
    Console(ConsoleArguments),
    /// The debug adapter for a session that lives already: as `dap`, and whatever the client attaches to is SESSION.
    Attach(AttachArguments),
    /// List the live sessions: their tests, how they stand, their machines.
    Sessions(SessionsArguments),
    /// Check a recorded conversation of any debug adapter against the rules of the protocol. Exit codes: 0 clean, 1 something
    /// breaks a rule, 2 no recording.
    Check(CheckArguments),
    /// Tell what the test script of a live session waits for, and end that wait if it is wanted.
    Wait(WaitArguments),
    /// The language server, for editors: speaks the Language Server Protocol on standard input and output.
    Lsp,
    /// Starts a driver and ends everything below it. Not for people.
    #[command(hide = true)]
    Reap(ReapArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DapArguments {
    /// Serve clients that connect instead: 127.0.0.1:PORT, [::1]:PORT or unix:PATH.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<ListenAddress>,
    /// Write every message of the conversation to a file, for `nixtest-dap check`. Whatever is secret in it is written too; the
    /// file is private to the user.
    #[arg(long, value_name = "FILE", conflicts_with = "listen")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// What `nixtest-dap dap --record` wrote, a capture of both directions, or an editor's log; - for standard input.
    #[arg(value_name = "RECORDING")]
    pub(crate) recording: PathBuf,
    /// Print the report for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct HeadlessArguments {
    /// The test as a flake reference with an attribute, such as .#checks.x86_64-linux.hello
    #[arg(value_name = "FLAKEREF#ATTR")]
    flake: Option<String>,
    /// The Nix file that holds the test [default: default.nix, when -A is given].
    #[arg(short = 'f', long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// The attribute path of the test in the file.
    #[arg(short = 'A', long, value_name = "ATTR")]
    attr: Option<String>,
    /// A driver that is built already.
    #[arg(long, value_name = "PATH")]
    driver: Option<PathBuf>,
    /// Which of the test's drivers is run.
    #[arg(long, value_enum, default_value = "regular")]
    config: ConfigArgument,
    /// Stop at a line, show what is there, go on. May be given several times.
    #[arg(long = "break", value_name = "FILE:LINE[:if COND]")]
    breakpoints: Vec<BreakArgument>,
    /// Evaluate a Python expression at each stop. May be given several times.
    #[arg(long = "eval", value_name = "EXPR")]
    evaluations: Vec<String>,
    /// Stop before the first statement too.
    #[arg(long)]
    stop_on_entry: bool,
    /// Run this subtest and skip the others: a name, or a pattern with `*` and `?`. May be given several times.
    #[arg(long = "subtest", value_name = "NAME")]
    subtests: Vec<String>,
    /// Go on after a subtest that fails, so that one run finds all that do.
    #[arg(long)]
    all_subtests: bool,
    /// Run the script in this file of Python in place of the test's own. Nothing is built anew for it.
    #[arg(long, value_name = "FILE")]
    test_script: Option<PathBuf>,
    /// Keep the state of the machines for the next run that asks for it, and start from what the last one left.
    #[arg(long)]
    keep_state: bool,
    /// Write a report of the run to a file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ConfigArgument {
    /// The driver with the test's interactive options.
    Interactive,
    /// The driver as a build runs it.
    Regular,
}

#[derive(Debug, Args)]
pub(crate) struct ShellArguments {
    /// The session, by its identifier or the beginning of it, or by its directory [default: the only one].
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// The machine, by the name that the test script has for it.
    #[arg(value_name = "MACHINE")]
    pub(crate) machine: String,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct SessionsArguments {
    #[command(subcommand)]
    pub(crate) action: Option<SessionsAction>,
    /// Print them for programs: an object with the list `sessions`.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsAction {
    /// End a session, and wait until its test has ended.
    End {
        /// The session, by its identifier or the beginning of it, or by its directory.
        #[arg(value_name = "ID")]
        session: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ConsoleArguments {
    /// The session, by its identifier or the beginning of it, or by its directory [default: the only one].
    #[arg(value_name = "SESSION")]
    pub(crate) session: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AttachArguments {
    /// The session, by its identifier or the beginning of it [default: the only one, or the one of this directory].
    #[arg(value_name = "SESSION")]
    pub(crate) session: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WaitArguments {
    /// The session, by its identifier or the beginning of it, or by its directory [default: the only one].
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<String>,
    /// Have the wait raise an exception in the script.
    #[arg(long, group = "how")]
    cancel: bool,
    /// Have the script go on behind the wait.
    #[arg(long, group = "how")]
    skip: bool,
    /// Have the wait end as if it had come true.
    #[arg(long, group = "how")]
    succeed: bool,
}

impl WaitArguments {
    /// How the wait is to end, in the word of the control protocol.
    pub(crate) fn how(&self) -> Option<String> {
        let words = [
            (self.cancel, "cancel"),
            (self.skip, "skip"),
            (self.succeed, "succeed"),
        ];
        let chosen = words.iter().find(|(is_chosen, _)| *is_chosen);
        chosen.map(|(_, word)| (*word).to_owned())
    }
}

#[derive(Debug, Args)]
pub(crate) struct ReapArguments {
    #[arg(long)]
    session_directory: PathBuf,
    #[arg(last = true, required = true)]
    driver: Vec<OsString>,
}

impl HeadlessArguments {
    /// What the person wants.
    ///
    /// # Errors
    /// When the words do not go together.
    pub(crate) fn into_options(self) -> Result<HeadlessOptions, clap::Error> {
        let wrong =
            |problem: &str| Err(Arguments::command().error(ErrorKind::ArgumentConflict, problem));
        let is_file = self.file.is_some() || self.attr.is_some();
        match [self.flake.is_some(), is_file, self.driver.is_some()]
            .iter()
            .filter(|&&is_named| is_named)
            .count()
        {
            0 => return wrong("name a test: FLAKEREF#ATTR, -f FILE -A ATTR, or --driver PATH"),
            1 => {}
            _ => return wrong("name one test: FLAKEREF#ATTR, -f FILE -A ATTR, or --driver PATH"),
        }
        let file = is_file.then(|| self.file.unwrap_or_else(|| PathBuf::from("default.nix")));
        let target = match (&self.flake, &file, &self.driver) {
            (Some(flake), ..) => flake.clone(),
            (None, Some(file), _) => self
                .attr
                .clone()
                .unwrap_or_else(|| file.display().to_string()),
            (None, None, driver) => driver
                .as_ref()
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
        };
        Ok(HeadlessOptions {
            target,
            launch: LaunchArguments {
                flake: self.flake,
                file,
                attr: self.attr,
                driver: self.driver,
                config: match self.config {
                    ConfigArgument::Interactive => Config::Interactive,
                    ConfigArgument::Regular => Config::Regular,
                },
                test_script: self.test_script,
                keep_state: self.keep_state,
                stop_on_entry: self.stop_on_entry,
                subtests: self.subtests,
                continue_after_failed_subtest: self.all_subtests,
                ..LaunchArguments::default()
            },
            breakpoints: self.breakpoints,
            evaluations: self.evaluations,
            json: self.json,
        })
    }
}

impl ReapArguments {
    pub(crate) fn into_options(self) -> ReaperOptions {
        ReaperOptions {
            session_directory: self.session_directory,
            command: self.driver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Result<HeadlessOptions, String> {
        let words = ["nixtest-dap", "headless"].iter().chain(words);
        match Arguments::try_parse_from(words)
            .map_err(|error| error.to_string())?
            .command
        {
            Command::Headless(arguments) => {
                arguments.into_options().map_err(|error| error.to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn an_attribute_without_a_file_is_one_of_default_nix() {
        let options = options(&["-A", "hello"]).unwrap();
        assert_eq!(options.launch.file, Some(PathBuf::from("default.nix")));
        assert_eq!(options.target, "hello");
    }

    #[test]
    fn what_is_wanted_of_the_driver_is_passed_on() {
        let words = ["--driver", "d", "--test-script", "s.py", "--keep-state"];
        let launch = options(&words).unwrap().launch;
        assert_eq!(launch.test_script, Some(PathBuf::from("s.py")));
        assert!(launch.keep_state);
        assert!(!options(&["--driver", "d"]).unwrap().launch.keep_state);
    }

    #[test]
    fn one_test_must_be_named_and_only_one() {
        assert!(options(&[]).unwrap_err().contains("name a test"));
        assert!(
            options(&[".#a", "-A", "b"])
                .unwrap_err()
                .contains("name one test")
        );
    }

    #[test]
    fn a_breakpoint_that_names_no_place_is_a_usage_error() {
        assert!(
            options(&["-A", "a", "--break", "a.nix"])
                .unwrap_err()
                .contains("there is no line")
        );
    }
}
