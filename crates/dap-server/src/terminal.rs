//! Shells in the client's own terminal: `nixtest/openShell`, the console's `:shell`, and the request by which the client is asked
//! to open one. Where it cannot, the command that a person can type is told.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::time::Duration;

use dap_protocol::{Request, RequestMessage, ResponseMessage, requests, types};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::agent::Pending;
use crate::control::{Aside, Guest};
use crate::errors::RequestError;
use crate::guests::MachinesBody;
use crate::session::Session;

/// How long a client may take to open a terminal. Some never answer.
const PATIENCE_WITH_TERMINAL: Duration = Duration::from_secs(5);

/// The request `nixtest/openShell`: opens a terminal with a shell in a machine.
#[derive(Debug)]
pub(crate) enum OpenShell {}

/// Arguments of [`OpenShell`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenShellArguments {
    machine: String,
}

/// Body of the response to [`OpenShell`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OpenShellResponse {
    /// Whether the client was asked to open a terminal.
    terminal: bool,
    /// The program and arguments that do it, in any terminal of the machine that the adapter runs on.
    command: Vec<String>,
}

impl Request for OpenShell {
    type Arguments = OpenShellArguments;
    type Response = OpenShellResponse;
    const COMMAND: &'static str = "nixtest/openShell";
}

/// Terminals that the client was asked for and has not opened yet, by the number of the request.
#[derive(Debug, Default)]
pub(crate) struct Terminals {
    asked: HashMap<i64, Vec<String>>,
}

/// How somebody asked for a shell, which says how they are answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AskedBy {
    /// [`OpenShell`].
    Request,
    /// `:shell` in the console.
    Console,
}

impl Session {
    pub(crate) fn open_shell(&mut self, request: RequestMessage, arguments: OpenShellArguments) {
        self.open_shell_in(request, arguments.machine, AskedBy::Request);
    }

    /// Finds out whether the machine can be entered, and then opens the terminal.
    pub(crate) fn open_shell_in(
        &mut self,
        request: RequestMessage,
        machine: String,
        asked_by: AskedBy,
    ) {
        self.ask_machines(|| Pending::Terminal {
            request,
            machine,
            asked_by,
        });
    }

    /// The agent has told how the machines stand.
    pub(crate) fn open_terminal(
        &mut self,
        request: &RequestMessage,
        machine: &str,
        asked_by: AskedBy,
        body: MachinesBody,
    ) {
        let opened = self
            .guest(machine, body)
            .and_then(|guest| Ok((self.ask_for_terminal(request, &guest)?, guest.name)));
        let (opened, machine) = match opened {
            Ok(opened) => opened,
            Err(error) => return self.refuse(request, &error),
        };
        let body = match asked_by {
            AskedBy::Request => serde_json::to_value(opened).ok(),
            AskedBy::Console => Some(json!({
                "result": match opened.terminal {
                    true => format!("A terminal opens with a shell in {machine}."),
                    false => by_hand(&machine, &opened.command),
                },
                "variablesReference": 0,
            })),
        };
        self.outgoing.respond_raw(request, Ok(body));
    }

    /// Asks the client that wants it for a terminal, if it can be asked.
    fn ask_for_terminal(
        &mut self,
        request: &RequestMessage,
        guest: &Guest,
    ) -> Result<OpenShellResponse, RequestError> {
        let control = self
            .control
            .as_ref()
            .ok_or_else(RequestError::no_control_socket)?;
        let own = self.environment.shell.iter().map(|word| text(word));
        let command: Vec<String> = own
            .chain([
                "--session".to_owned(),
                text(control.directory.as_os_str()),
                "--".to_owned(),
                guest.name.clone(),
            ])
            .collect();
        let asked = match self.outgoing.facts(request).opens_terminals {
            false => None,
            true => self.outgoing.ask::<requests::RunInTerminal>(
                request,
                &types::RunInTerminalRequestArguments {
                    kind: Some(types::RunInTerminalRequestArgumentsKind::Integrated),
                    title: Some(guest.name.clone()),
                    cwd: self.launch.working_directory().display().to_string(),
                    args: command.clone(),
                    ..types::RunInTerminalRequestArguments::default()
                },
            ),
        };
        if let Some(seq) = asked {
            self.terminals.asked.insert(seq, command.clone());
            let asides = self.asides.clone();
            // Ends by itself after a few seconds.
            tokio::spawn(async move {
                sleep(PATIENCE_WITH_TERMINAL).await;
                let _session_is_over = asides.send(Aside::TerminalOverdue(seq)).await;
            });
        }
        Ok(OpenShellResponse {
            terminal: asked.is_some(),
            command,
        })
    }

    /// The client has answered a request of ours.
    pub(crate) fn client_response(&mut self, response: &ResponseMessage) {
        let Some(command) = self.terminals.asked.remove(&response.request_seq) else {
            return;
        };
        if let Some(error) = response.error() {
            self.tell_by_hand(&format!("no terminal was opened: {error}"), &command);
        }
    }

    pub(crate) fn terminal_overdue(&mut self, seq: i64) {
        if let Some(command) = self.terminals.asked.remove(&seq) {
            self.tell_by_hand("no terminal was opened so far", &command);
        }
    }

    fn tell_by_hand(&mut self, problem: &str, command: &[String]) {
        let machine = command.last().map_or("", String::as_str);
        let text = format!("{problem}\n{}\n", by_hand(machine, command));
        self.tell(types::OutputEventCategory::Important, &text);
    }
}

/// What a person can do instead.
fn by_hand(machine: &str, command: &[String]) -> String {
    let words: Vec<_> = command.iter().map(|word| quoted(word)).collect();
    format!(
        "For a shell in {machine} run this in a terminal:\n  {}",
        words.join(" ")
    )
}

/// A word as it is typed into a shell.
fn quoted(word: &str) -> String {
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "%+,-./:=@_".contains(character);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn text(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

/// The body of an answer of the agent about machines.
pub(crate) fn machines_body(body: Option<Value>) -> MachinesBody {
    body.and_then(|body| serde_json::from_value(body).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        let command = ["/opt/my tools/nixtest-dap", "shell", "--", "it's", ""].map(str::to_owned);
        assert_eq!(
            by_hand("web", &command),
            "For a shell in web run this in a terminal:\n  '/opt/my tools/nixtest-dap' shell -- 'it'\\''s' ''"
        );
    }
}
