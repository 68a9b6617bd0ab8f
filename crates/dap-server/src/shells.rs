//! A shell in a machine for another program: from the question to the last output.
//!
//! This runs in the task of the program's connection. The session is asked for the machine, and to have one command run in it;
//! what goes in and out of the shell does not pass through the session.

use std::collections::VecDeque;
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use dap_protocol::{Connection, Incoming, Message, RequestMessage};
use debuggee::control::{
    Bytes, CloseInput, Ended, Exited, ExitedBody, OpenShell, OpenShellArguments, OpenShellResponse,
    Output, Piece, Remark, Resize, Waiting, Write,
};
use machines::shell::{Ports, Shell, ShellEvent, Terminal};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::control::{Aside, Attendant, Guest, GuestNews, refuse, say_goodbye};
use crate::errors::RequestError;

/// How many words about a command wait for the shell that needs it.
const NEWS_AHEAD: usize = 4;

/// How long a shell may take without a word to its user.
const PATIENCE_WITH_SILENCE: Duration = Duration::from_secs(3);

/// How many bytes a program may be ahead of a machine that does not read.
const MOST_UNTAKEN: usize = 1 << 20;

/// Serves a connection that asked for a shell, to its end.
pub(crate) async fn serve(
    mut connection: Connection,
    request: &RequestMessage,
    attendant: Attendant,
) {
    match open(&mut connection, request, &attendant).await {
        Ok(Some((machine, shell))) => {
            let body = OpenShellResponse {
                terminal: shell.has_terminal(),
            };
            connection.outgoing.respond::<OpenShell>(request, Ok(body));
            let conversation = Conversation::new(shell);
            conversation
                .run(&mut connection, &machine, &attendant.ending)
                .await;
        }
        Ok(None) => {}
        Err(error) => refuse(&mut connection, request, &error),
    }
    say_goodbye(connection).await;
}

/// The shell and the name of its machine; nothing when the program has gone meanwhile.
async fn open(
    connection: &mut Connection,
    request: &RequestMessage,
    attendant: &Attendant,
) -> Result<Option<(String, Shell)>, RequestError> {
    let arguments = request
        .parse::<OpenShell>()
        .map_err(|error| RequestError::arguments(&request.command, &error.to_string()))?;
    let mut machine = arguments.machine.clone();
    let cancellation = attendant.ending.child_token();
    let (remarks, mut remarked) = mpsc::unbounded_channel();
    // A task, because what it has plugged in it must take away again, whoever waits for it.
    let mut opening = tokio::spawn(
        Opening {
            attendant: attendant.clone(),
            arguments,
            cancellation: cancellation.clone(),
            remarks,
        }
        .run(),
    );
    let silence = sleep(PATIENCE_WITH_SILENCE);
    tokio::pin!(silence);
    let mut is_told_why = false;
    loop {
        tokio::select! {
            opened = &mut opening => {
                return opened.unwrap_or_else(|_| Err(RequestError::session_ending())).map(Some);
            }
            Some(remark) = remarked.recv() => match remark {
                News::Found(name) => machine = name,
                News::Remark(message) => {
                    is_told_why = true;
                    connection.outgoing.event::<Waiting>(&Remark { message });
                }
            },
            () = &mut silence, if !is_told_why => {
                is_told_why = true;
                let message = format!("{machine} has not answered so far; it may be paused, or very slow");
                connection.outgoing.event::<Waiting>(&Remark { message });
            }
            incoming = connection.incoming.recv() => match incoming {
                Some(Incoming::Message(Message::Request(request))) => {
                    refuse(connection, &request, &RequestError::no_shell_yet());
                }
                Some(Incoming::Message(_) | Incoming::Malformed(_)) => {}
                Some(Incoming::Broken(_)) | None => {
                    cancellation.cancel();
                    if let Ok(Ok((_, shell))) = opening.await {
                        shell.close().await;
                    }
                    return Ok(None);
                }
            },
        }
    }
}

/// The way to a shell.
struct Opening {
    attendant: Attendant,
    arguments: OpenShellArguments,
    cancellation: CancellationToken,
    /// Takes what the user should know meanwhile.
    remarks: mpsc::UnboundedSender<News>,
}

/// What is known of a shell that is not there yet.
enum News {
    /// The name of its machine, which is known by others too.
    Found(String),
    /// What it waits for.
    Remark(String),
}

impl Opening {
    /// The shell, and the name of its machine.
    async fn run(self) -> Result<(String, Shell), RequestError> {
        let guest = self.guest().await?;
        let name = &guest.name;
        self.tell(News::Found(name.clone()));
        if guest.is_booting {
            self.tell(News::Remark(format!("{name} is still booting")));
        }
        let number = self.attendant.number();
        let id = format!("nixtest-shell{number}");
        let failed =
            |error: machines::shell::ShellError| RequestError::no_shell(name, &error.to_string());
        let mut ports = Ports::plug(&guest.qmp, &self.attendant.directory, &id)
            .await
            .map_err(failed)?;
        let terminal = self.arguments.terminal.as_ref().map(|terminal| Terminal {
            rows: terminal.rows,
            columns: terminal.columns,
            name: terminal.name.clone(),
        });
        let answering = async {
            let command = ports.guest_command(terminal.as_ref());
            self.run_in_guest(number, name, command).await?;
            ports.answer().await.map_err(failed)
        };
        match self.cancellation.run_until_cancelled(answering).await {
            Some(Ok(answer)) => Ok((guest.name, ports.into_shell(answer))),
            Some(Err(error)) => {
                ports.unplug().await;
                Err(error)
            }
            None => {
                ports.unplug().await;
                Err(RequestError::session_ending())
            }
        }
    }

    async fn guest(&self) -> Result<Guest, RequestError> {
        let (reply, answer) = oneshot::channel();
        let machine = self.arguments.machine.clone();
        let asked = self
            .attendant
            .session
            .send(Aside::Enter { machine, reply })
            .await;
        match (asked, answer.await) {
            (Ok(()), Ok(guest)) => guest,
            _ => Err(RequestError::session_ending()),
        }
    }

    /// Has the driver run a command in the machine, whenever it comes to it.
    async fn run_in_guest(
        &self,
        number: i64,
        machine: &str,
        command: String,
    ) -> Result<(), RequestError> {
        let (news, mut told) = mpsc::channel(NEWS_AHEAD);
        let asked = Aside::GuestCommand {
            number,
            machine: machine.to_owned(),
            command,
            news,
        };
        let ending = |_| RequestError::session_ending();
        self.attendant.session.send(asked).await.map_err(ending)?;
        let _withdrawn = Withdrawal {
            number,
            session: &self.attendant.session,
        };
        loop {
            match told.recv().await {
                Some(GuestNews::Behind(command)) => self.tell(News::Remark(format!(
                    "{machine} is busy with {command}; the shell opens when that has ended"
                ))),
                Some(GuestNews::Ended { status: 0, .. }) => return Ok(()),
                Some(GuestNews::Ended { output, .. }) => {
                    return Err(RequestError::no_shell(machine, output.trim()));
                }
                Some(GuestNews::Refused(error)) => return Err(error),
                None => return Err(RequestError::session_ending()),
            }
        }
    }

    fn tell(&self, news: News) {
        let _nobody_waits_any_more = self.remarks.send(news);
    }
}

/// Withdraws a command when nobody waits for it any more.
struct Withdrawal<'session> {
    number: i64,
    session: &'session mpsc::Sender<Aside>,
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        // A session that is too busy to hear it runs a command that does nothing without its ports.
        let _it_does_no_harm = self
            .session
            .try_send(Aside::ForgetGuestCommand(self.number));
    }
}

/// A shell that is open, and its program.
struct Conversation {
    shell: Shell,
    /// Each `write` whose bytes the machine has not taken yet, oldest first.
    writing: VecDeque<(RequestMessage, usize)>,
    /// How many bytes that is.
    untaken: usize,
    /// Completes when the program has taken what was sent to it; until then the machine has to wait.
    catching_up: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Conversation {
    fn new(shell: Shell) -> Self {
        Self {
            shell,
            writing: VecDeque::new(),
            untaken: 0,
            catching_up: None,
        }
    }

    async fn run(mut self, connection: &mut Connection, machine: &str, ending: &CancellationToken) {
        loop {
            tokio::select! {
                biased;
                () = ending.cancelled() => {
                    let message = "the session has ended".to_owned();
                    return connection.outgoing.event::<Ended>(&Remark { message });
                }
                incoming = connection.incoming.recv() => match incoming {
                    Some(Incoming::Message(Message::Request(request))) => {
                        self.serve(connection, request);
                    }
                    Some(Incoming::Message(_) | Incoming::Malformed(_)) => {}
                    Some(Incoming::Broken(_)) | None => break,
                },
                () = wait_for(&mut self.catching_up) => self.catching_up = None,
                event = self.shell.next(), if self.catching_up.is_none() => {
                    match event {
                        ShellEvent::Output(bytes) => {
                            let data = Bytes(bytes);
                            connection.outgoing.event::<Output>(&Piece { data });
                            let flushed = connection.outgoing.when_flushed();
                            // A program that is gone is noticed elsewhere.
                            self.catching_up = Some(Box::pin(async { flushed.await.unwrap_or_default() }));
                        }
                        ShellEvent::InputTaken => if let Some((request, length)) = self.writing.pop_front() {
                            self.untaken -= length;
                            connection.outgoing.respond::<Write>(&request, Ok(()));
                        },
                        ShellEvent::Exited(status) => {
                            connection.outgoing.event::<Exited>(&ExitedBody { status });
                            break;
                        }
                        ShellEvent::Lost(loss) => {
                            let message = format!("{machine} {loss}");
                            connection.outgoing.event::<Ended>(&Remark { message });
                            break;
                        }
                    }
                }
            }
        }
        self.shell.close().await;
    }

    fn serve(&mut self, connection: &mut Connection, request: RequestMessage) {
        let served = if request.is::<Write>() && self.untaken > MOST_UNTAKEN {
            let reason = "the machine has not taken what was written before; wait for its answers";
            let error = RequestError::not_now(&request.command, reason);
            return refuse(connection, &request, &error);
        } else if request.is::<Write>() {
            request.parse::<Write>().map(|Piece { data }| {
                self.shell.write(&data.0);
                self.untaken += data.0.len();
                self.writing.push_back((request.clone(), data.0.len()));
            })
        } else if request.is::<Resize>() {
            request.parse::<Resize>().map(|size| {
                self.shell.resize(size.rows, size.columns);
                connection.outgoing.respond::<Resize>(&request, Ok(()));
            })
        } else if request.is::<CloseInput>() {
            self.shell.close_input();
            connection.outgoing.respond::<CloseInput>(&request, Ok(()));
            Ok(())
        } else {
            let error = RequestError::unsupported(&request.command);
            return refuse(connection, &request, &error);
        };
        if let Err(error) = served {
            let error = RequestError::arguments(&request.command, &error.to_string());
            refuse(connection, &request, &error);
        }
    }
}

/// Waits for the future, or for ever where there is none.
async fn wait_for(future: &mut Option<Pin<Box<dyn Future<Output = ()> + Send>>>) {
    match future {
        Some(future) => future.await,
        None => pending().await,
    }
}
