//! The machines, as far as the session knows them, and what others want of them: to be listed, to be entered.
//!
//! The agent knows how each machine stands and has commands run in it; QEMU itself is asked by others, through the control
//! socket that the session added to each machine.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dap_protocol::Request;
use debuggee::control::{MachineDescription, SessionDescription, SessionState, machine_called};
use machines::shared_qmp::SharedQmp;
use nix_interop::sanitize;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::agent::Pending;
use crate::control::{Aside, Guest, GuestNews};
use crate::errors::RequestError;
use crate::phase::Phase;
use crate::session::Session;

/// QEMU's control socket that is the session's own, in the directory that a machine runs in. The driver's is another.
pub(crate) const CONTROL_SOCKET: &str = "nixtest-qmp";

/// How long QEMU may take for an answer.
const PATIENCE_WITH_QEMU: Duration = Duration::from_secs(10);

/// How much of a command is shown, in characters.
const MOST_SHOWN: usize = 80;

/// What is known of the machines beside what the agent is asked for.
#[derive(Debug, Default)]
pub(crate) struct Guests {
    /// The names in the order in which the script has them; empty until it is known.
    pub(crate) names: Vec<String>,
    /// The connection to each QEMU that was ever needed.
    connections: HashMap<PathBuf, SharedQmp>,
    /// Who waits for a command in a machine, by its number.
    commands: HashMap<i64, mpsc::Sender<GuestNews>>,
}

/// The request `nixtest/machines`, for clients and for the agent alike: all machines and how they stand.
#[derive(Debug)]
pub(crate) enum Machines {}

impl Request for Machines {
    type Arguments = ();
    type Response = MachinesBody;
    const COMMAND: &'static str = "nixtest/machines";
}

/// Body of the response to [`Machines`].
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct MachinesBody {
    machines: Vec<Machine>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Machine {
    name: String,
    kind: String,
    state: String,
    /// Where a virtual machine runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<PathBuf>,
    /// The script's commands that are under way in it.
    #[serde(default)]
    commands: Vec<Command>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Command {
    command: String,
    /// Of the script, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
}

/// Body of the agent's response to `nixtest/guestCommand`.
#[derive(Debug, Default, Deserialize)]
struct Submitted {
    #[serde(default)]
    behind: Option<Command>,
}

/// Body of the agent's event `nixtest/guestCommand`.
#[derive(Debug, Deserialize)]
pub(crate) struct GuestCommandEnded {
    id: i64,
    #[serde(default)]
    status: i64,
    #[serde(default)]
    output: String,
    #[serde(default)]
    error: Option<String>,
}

impl Session {
    /// What a task beside the session brings.
    pub(crate) fn aside(&mut self, aside: Aside) {
        match aside {
            Aside::Describe(reply) => match &mut self.link {
                Some(link) if !self.guests.names.is_empty() => {
                    link.ask(Machines::COMMAND, None, Pending::Describe(reply));
                }
                _ => self.describe(reply, MachinesBody::default()),
            },
            Aside::Join(joining) => self.join(*joining),
            Aside::End(reply) => self.end_for(reply),
            Aside::Entered(entered) => self.entered(entered.0, entered.1),
            Aside::Enter { machine, reply } => match self.may_enter() {
                Ok(()) => self.ask_machines(|| Pending::Enter { machine, reply }),
                Err(error) => tell(reply, Err(error)),
            },
            Aside::GuestCommand {
                number,
                machine,
                command,
                news,
            } => self.submit(number, &machine, &command, news),
            Aside::ForgetGuestCommand(number) => {
                if let (Some(_), Some(link)) =
                    (self.guests.commands.remove(&number), &mut self.link)
                {
                    let arguments = json!({ "id": number });
                    link.ask("nixtest/forgetGuestCommand", Some(arguments), Pending::Own);
                }
            }
            Aside::Wait { how, reply } => self.wait_aside(how.as_deref(), reply),
            Aside::TerminalOverdue(seq) => self.terminal_overdue(seq),
        }
    }

    /// Asks the agent how the machines stand; whoever waits is told when there is no agent.
    pub(crate) fn ask_machines(&mut self, pending: impl FnOnce() -> Pending) {
        match &mut self.link {
            Some(link) => link.ask(Machines::COMMAND, None, pending()),
            None => self.fail_pending(pending(), RequestError::agent_gone()),
        }
    }

    /// Whether there can be machines to enter.
    fn may_enter(&self) -> Result<(), RequestError> {
        match self.phase {
            Phase::Running | Phase::Stopped => Ok(()),
            Phase::Restarting | Phase::Ending | Phase::Ended => Err(RequestError::session_ending()),
            _ => Err(RequestError::no_machines_yet()),
        }
    }

    /// The agent has told how the machines stand, to whoever wanted to know.
    pub(crate) fn describe(
        &mut self,
        reply: oneshot::Sender<SessionDescription>,
        body: MachinesBody,
    ) {
        let Some(control) = &self.control else { return };
        let state = match self.phase {
            Phase::Running => SessionState::Running,
            Phase::Stopped => SessionState::Stopped,
            Phase::Restarting | Phase::Ending | Phase::Ended => SessionState::Ended,
            Phase::New | Phase::Initialized | Phase::Preparing { .. } | Phase::Configuring => {
                SessionState::Preparing
            }
        };
        let machines = body.machines.into_iter().map(|machine| MachineDescription {
            name: machine.name,
            kind: machine.kind,
            state: machine.state,
        });
        tell(
            reply,
            SessionDescription {
                id: control.id.clone(),
                test: self.test_name(),
                state,
                age_seconds: control.started.elapsed().as_secs(),
                working_directory: self.launch.working_directory(),
                waiting_seconds: self.waiting_since.map(|since| since.elapsed().as_secs()),
                directory: control.directory.clone(),
                machines: machines.collect(),
            },
        );
    }

    /// The machine that is called `name`, there or in the script, if it can be entered.
    pub(crate) fn guest(&mut self, name: &str, body: MachinesBody) -> Result<Guest, RequestError> {
        let names: Vec<_> = body.machines.iter().map(|it| it.name.as_str()).collect();
        let named = machine_called(name, names.iter().copied());
        let found = body
            .machines
            .iter()
            .find(|machine| Some(machine.name.as_str()) == named);
        let Some(machine) = found else {
            return Err(RequestError::unknown_machine(name, &names));
        };
        let name = machine.name.as_str();
        match (machine.state.as_str(), &machine.directory) {
            ("booting" | "up", Some(directory)) => Ok(Guest {
                name: name.to_owned(),
                qmp: self.guests.connection(directory),
                is_booting: machine.state == "booting" && machine.commands.is_empty(),
            }),
            ("booting" | "up", None) => Err(RequestError::no_virtual_machine(name)),
            ("lost", _) => Err(RequestError::machine_lost(name)),
            _ => Err(RequestError::machine_off(name)),
        }
    }

    /// Has the agent run a command in a machine.
    fn submit(&mut self, number: i64, machine: &str, command: &str, news: mpsc::Sender<GuestNews>) {
        let Some(link) = &mut self.link else {
            return report(&news, GuestNews::Refused(RequestError::agent_gone()));
        };
        let arguments = json!({ "id": number, "machine": machine, "command": command });
        link.ask(
            "nixtest/guestCommand",
            Some(arguments),
            Pending::GuestCommand(number),
        );
        self.guests.commands.insert(number, news);
    }

    /// The agent has taken a command, which may have to wait.
    pub(crate) fn submitted(&mut self, number: i64, body: Option<Value>) {
        let body = body.and_then(|body| serde_json::from_value(body).ok());
        let Submitted { behind } = body.unwrap_or_default();
        let Some(command) = behind else { return };
        let place = command
            .line
            .zip(self.script.as_ref())
            .map(|(line, script)| format!(" ({})", script.place(line, 1)));
        let text = format!(
            "`{}`{}",
            briefly(&command.command),
            place.unwrap_or_default()
        );
        self.tell_guest_news(number, GuestNews::Behind(text));
    }

    pub(crate) fn guest_command_ended(&mut self, ended: GuestCommandEnded) {
        let news = match ended.error {
            None => GuestNews::Ended {
                status: ended.status,
                output: ended.output,
            },
            Some(error) => GuestNews::Refused(RequestError::guest_command(&error)),
        };
        self.tell_guest_news(ended.id, news);
    }

    pub(crate) fn guest_command_refused(&mut self, number: i64, error: RequestError) {
        self.tell_guest_news(number, GuestNews::Refused(error));
    }

    /// Tells whoever waits for a command; after anything but a delay it is forgotten.
    fn tell_guest_news(&mut self, number: i64, news: GuestNews) {
        let is_delay = matches!(news, GuestNews::Behind(_));
        if let Some(sender) = self.guests.commands.get(&number) {
            report(sender, news);
        }
        if !is_delay {
            self.guests.commands.remove(&number);
        }
    }

    /// No command will end any more.
    pub(crate) fn abandon_guest_commands(&mut self) {
        for news in std::mem::take(&mut self.guests.commands).values() {
            report(news, GuestNews::Refused(RequestError::agent_gone()));
        }
    }

    fn test_name(&self) -> String {
        let name = self.prepared.test_name.clone();
        name.unwrap_or_else(|| self.launch.title())
    }
}

impl Guests {
    /// The connection to the QEMU that runs in `directory`. It is made now if there is none, or none any more.
    fn connection(&mut self, directory: &Path) -> SharedQmp {
        let path = directory.join(CONTROL_SOCKET);
        let connect = || SharedQmp::connect(&path, PATIENCE_WITH_QEMU);
        let connection = self.connections.entry(path.clone()).or_insert_with(connect);
        if connection.is_closed() {
            *connection = connect();
        }
        connection.clone()
    }
}

/// A command of the script as it is shown within a sentence: scripts send files in commands, and what is in them is no text.
fn briefly(command: &str) -> String {
    let command = sanitize::strip(command.trim());
    let line = command.lines().next().unwrap_or_default().trim_end();
    let brief: String = line.chars().take(MOST_SHOWN).collect();
    match brief.len() < command.len() {
        true => format!("{brief}…"),
        false => brief,
    }
}

/// Answers somebody who may not wait any more.
pub(crate) fn tell<T>(reply: oneshot::Sender<T>, answer: T) {
    let _nobody_waits_any_more = reply.send(answer);
}

fn report(news: &mpsc::Sender<GuestNews>, word: GuestNews) {
    // There is room: a command has at most two words of news.
    let _nobody_waits_any_more = news.try_send(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_the_beginning_of_its_first_line() {
        assert_eq!(briefly("cat /gate"), "cat /gate");
        assert_eq!(briefly("\n  sleep 1\n"), "sleep 1");
        assert_eq!(briefly("set -e\nsleep 1"), "set -e…");
        assert_eq!(briefly("echo \u{1b}]0;title\u{7}x"), "echo x");
        let long = briefly(&format!("echo {} | base64 -d", "ä".repeat(1_000_000)));
        assert_eq!(long, format!("echo {}…", "ä".repeat(75)));
    }
}
