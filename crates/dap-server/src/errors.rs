//! What the adapter tells a client when a request cannot be served: one named constructor per sentence.
//!
//! A failed request never ends the session. Failures of the work behind `launch` are told in `failure.rs`.

use dap_protocol::ErrorResponse;
use dap_protocol::types::ErrorMessage;
use nix_interop::sanitize;

/// A request that failed, with the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestError {
    /// A number that stays the same for the same sentence.
    id: i64,
    /// A word for programs.
    short: String,
    /// The sentence for people.
    sentence: String,
    /// Whether the client should put the sentence before the user's eyes.
    show_user: bool,
}

impl RequestError {
    pub(crate) fn unsupported(command: &str) -> Self {
        Self::quiet(
            1000,
            "unsupported",
            format!("the request '{command}' is not supported"),
        )
    }

    pub(crate) fn arguments(command: &str, problem: &str) -> Self {
        Self::quiet(
            1001,
            "invalidArguments",
            format!("the arguments of '{command}' cannot be read: {problem}"),
        )
    }

    pub(crate) fn not_now(command: &str, reason: &'static str) -> Self {
        Self::quiet(
            1002,
            "notNow",
            format!("'{command}' is not possible now: {reason}"),
        )
    }

    /// DAP names this one: the program runs where it should be stopped.
    pub(crate) fn not_stopped() -> Self {
        Self::quiet(
            1003,
            "notStopped",
            "the test script is running; pause it first".to_owned(),
        )
    }

    pub(crate) fn launch_arguments(problem: &str) -> Self {
        Self::loud(
            1100,
            "invalidLaunch",
            format!("the launch arguments are not usable: {problem}"),
        )
    }

    pub(crate) fn unknown_source(reference: i64) -> Self {
        Self::quiet(
            1200,
            "unknownSource",
            format!("there is no source {reference}; only the generated test script has one"),
        )
    }

    pub(crate) fn agent_gone() -> Self {
        Self::quiet(
            1300,
            "agentGone",
            "the agent in the test driver is gone".to_owned(),
        )
    }

    pub(crate) fn session_over() -> Self {
        Self::quiet(1700, "sessionOver", "the session has ended".to_owned())
    }

    pub(crate) fn too_many_clients(most: usize) -> Self {
        Self::quiet(
            1701,
            "tooManyClients",
            format!("{most} clients follow the session already"),
        )
    }

    pub(crate) fn cannot_attach(problem: &str) -> Self {
        Self::loud(1702, "cannotAttach", problem.to_owned())
    }

    pub(crate) fn no_such_session(wanted: Option<&str>, sessions: &str) -> Self {
        let sentence = match (wanted, sessions) {
            (_, "") => "there is no live session to attach to; launch one".to_owned(),
            (Some(wanted), _) => {
                format!("'session' names none or several, by '{wanted}': there are {sessions}")
            }
            (None, _) => {
                format!("there are several sessions; name one by 'session': {sessions}")
            }
        };
        Self::loud(
            1703,
            "noSuchSession",
            sanitize::strip(&sentence).into_owned(),
        )
    }

    pub(crate) fn session_ending() -> Self {
        Self::quiet(
            1500,
            "sessionEnding",
            "the session is ending, and its machines with it".to_owned(),
        )
    }

    pub(crate) fn no_machines_yet() -> Self {
        Self::quiet(
            1501,
            "noMachinesYet",
            "there are no machines yet: the test is still being prepared".to_owned(),
        )
    }

    pub(crate) fn unknown_machine(name: &str, names: &[&str]) -> Self {
        Self::quiet(
            1502,
            "unknownMachine",
            format!("there is no machine {name}; {}", machines(names)),
        )
    }

    pub(crate) fn no_machine_named(names: &[&str]) -> Self {
        Self::quiet(
            1503,
            "noMachineNamed",
            format!("name a machine; {}", machines(names)),
        )
    }

    pub(crate) fn machine_off(name: &str) -> Self {
        Self::quiet(
            1504,
            "machineOff",
            format!(
                "{name} does not run; start it in the script or in the debug console, for example by start_all()"
            ),
        )
    }

    pub(crate) fn machine_lost(name: &str) -> Self {
        Self::quiet(
            1505,
            "machineLost",
            format!("{name} has ended, and the test driver has not noticed yet"),
        )
    }

    pub(crate) fn no_virtual_machine(name: &str) -> Self {
        Self::quiet(
            1506,
            "noVirtualMachine",
            format!("{name} is a container; shells can be opened in virtual machines only"),
        )
    }

    pub(crate) fn no_shell(name: &str, problem: &str) -> Self {
        Self::quiet(
            1507,
            "noShell",
            format!(
                "no shell can be opened in {name}: {}",
                sanitize::strip(problem)
            ),
        )
    }

    pub(crate) fn guest_command(problem: &str) -> Self {
        Self::quiet(
            1508,
            "guestCommand",
            format!("the test driver could not run the command that opens a shell: {problem}"),
        )
    }

    pub(crate) fn no_shell_yet() -> Self {
        Self::quiet(1509, "noShellYet", "the shell is not open yet".to_owned())
    }

    pub(crate) fn no_control_socket() -> Self {
        Self::quiet(
            1510,
            "noControlSocket",
            "this session has no control socket, so no terminal can reach it".to_owned(),
        )
    }

    pub(crate) fn unknown_end_of_wait(word: &str) -> Self {
        Self::quiet(
            1610,
            "unknownEndOfWait",
            format!("a wait cannot be ended by '{word}', but by cancel, skip or succeed"),
        )
    }

    pub(crate) fn cannot_go(reason: &str) -> Self {
        Self::quiet(1700, "cannotGo", reason.to_owned())
    }

    pub(crate) fn reload(reason: &str) -> Self {
        let sentence = format!(
            "the test script was not reloaded: {}",
            sanitize::strip(reason)
        );
        Self::loud(1701, "notReloaded", sentence)
    }

    pub(crate) fn unknown_console_command(word: &str) -> Self {
        Self::quiet(
            1600,
            "unknownConsoleCommand",
            format!("there is no console command '{word}'; ':help' lists them"),
        )
    }

    /// DAP names this one: nobody waits for the answer any more.
    pub(crate) fn cancelled() -> Self {
        Self::quiet(1301, "cancelled", "cancelled".to_owned())
    }

    /// A failure the agent found; its words are passed on.
    pub(crate) fn from_agent(error: &ErrorResponse) -> Self {
        Self {
            id: 1400,
            short: sanitize::strip(&error.message).into_owned(),
            sentence: sanitize::strip(&error.text()).into_owned(),
            show_user: false,
        }
    }

    fn quiet(id: i64, short: &'static str, sentence: String) -> Self {
        Self {
            id,
            short: short.to_owned(),
            sentence,
            show_user: false,
        }
    }

    fn loud(id: i64, short: &'static str, sentence: String) -> Self {
        Self {
            id,
            short: short.to_owned(),
            sentence,
            show_user: true,
        }
    }

    pub(crate) fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The error in the form of the protocol.
    pub(crate) fn to_response(&self) -> ErrorResponse {
        ErrorResponse::new(self.short.as_str()).with_error(ErrorMessage {
            id: self.id,
            format: self.sentence.clone(),
            show_user: Some(self.show_user),
            ..ErrorMessage::default()
        })
    }
}

fn machines(names: &[&str]) -> String {
    match names {
        [] => "the test has none".to_owned(),
        names => format!("the test has {}", names.join(", ")),
    }
}
