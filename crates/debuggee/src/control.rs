//! The control socket: how other programs of the user reach a live session.
//!
//! Each session listens on `control.sock` in its directory, for processes of its own user. The conversation is framed and
//! shaped as in the Debug Adapter Protocol; its messages are the ones below. The session speaks first, with [`Hello`], whose
//! protocol number a program compares with its own [`PROTOCOL`]. A request gets one response. What is no request, or none that
//! is known, is answered by an error and harms nobody; what is no framing ends the connection.
//!
//! [`Describe`] and [`Wait`] may be asked at any time. [`OpenShell`] turns the connection into a shell: when it is answered, the program
//! sends [`Write`], [`Resize`] and [`CloseInput`] and gets [`Output`], until [`Exited`] or [`Ended`] says that there is no more.
//! Whoever closes the connection closes the shell.
//!
//! [`Join`] turns the connection into that of one more client of the session: when it is answered, everything on it is the Debug
//! Adapter Protocol, from a client that has been initialized. [`End`] ends the test.

mod bytes;
mod client;
mod listener;
mod names;

use std::path::PathBuf;

use dap_protocol::{Event, Request, types};
use serde::{Deserialize, Serialize};

pub use bytes::Bytes;
pub use client::{ControlClient, ControlError};
pub use listener::ControlListener;
pub use names::machine_called;

/// The version of the messages in this file.
pub const PROTOCOL: u32 = 1;

/// The first message of a connection, from the session.
#[derive(Debug)]
pub enum Hello {}

/// Body of [`Hello`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HelloBody {
    /// Which messages the session knows.
    pub protocol: u32,
    /// The identifier of the session.
    pub session: String,
}

impl Event for Hello {
    type Body = HelloBody;
    const EVENT: &'static str = "hello";
}

/// Asks what the session is and how it stands.
#[derive(Debug)]
pub enum Describe {}

impl Request for Describe {
    type Arguments = ();
    type Response = SessionDescription;
    const COMMAND: &'static str = "describe";
}

/// A live session, as `nixtest-dap sessions --json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionDescription {
    /// Eight hexadecimal digits.
    pub id: String,
    /// The name of the test, or what was launched while the name is not known yet.
    pub test: String,
    /// How it stands.
    pub state: SessionState,
    /// For how long the session has lived.
    pub age_seconds: u64,
    /// The directory of the session.
    pub directory: PathBuf,
    /// The machines of the test, as far as they are known.
    pub machines: Vec<MachineDescription>,
    /// The directory in which it was launched.
    #[serde(default)]
    pub working_directory: PathBuf,
    /// For how long the session has waited for somebody to attach, if everybody has left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_seconds: Option<u64>,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SessionState {
    /// Nix or the driver is at work before the script runs.
    Preparing,
    /// The script runs.
    Running,
    /// The script stands, at a breakpoint or its like.
    Stopped,
    /// The end has begun.
    Ended,
    /// The session does not answer.
    Unknown,
}

/// A machine of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineDescription {
    /// The name that the script has for it.
    pub name: String,
    /// `vm` or `container`.
    pub kind: String,
    /// `off`, `booting`, `up`, or `lost`: it has ended and the driver has not noticed.
    pub state: String,
}

/// Asks to follow and steer the session as one more client. When it is answered, the next message of the program is the first
/// after `initialize`, as a rule `attach`.
#[derive(Debug)]
pub enum Join {}

impl Request for Join {
    type Arguments = JoinArguments;
    type Response = JoinResponse;
    const COMMAND: &'static str = "join";
}

/// Arguments of [`Join`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinArguments {
    /// What the client says of itself.
    pub initialize: types::InitializeRequestArguments,
    /// The number of the last message that the client has got from somebody else; the session counts on from there.
    pub last_seq: i64,
}

/// Response to [`Join`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct JoinResponse {
    /// What the session can do.
    pub capabilities: types::Capabilities,
}

/// Ends the test, as `terminate` does. Answered when it has ended.
#[derive(Debug)]
pub enum End {}

impl Request for End {
    type Arguments = ();
    type Response = ();
    const COMMAND: &'static str = "end";
}

/// Asks what the script waits for, or ends that.
#[derive(Debug)]
pub enum Wait {}

impl Request for Wait {
    type Arguments = WaitArguments;
    type Response = WaitResponse;
    const COMMAND: &'static str = "wait";
}

/// Arguments of [`Wait`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitArguments {
    /// How it is to end: `cancel` (it raises in the script), `skip` (the script goes on behind it) or `succeed` (it counts as having
    /// come true). Without it nothing is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
}

/// Response to [`Wait`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitResponse {
    /// For people: what is waited for, or what becomes of it.
    pub text: String,
}

/// Asks for a shell in a machine. It is answered when the shell is there; until then [`Waiting`] may come.
#[derive(Debug)]
pub enum OpenShell {}

impl Request for OpenShell {
    type Arguments = OpenShellArguments;
    type Response = OpenShellResponse;
    const COMMAND: &'static str = "openShell";
}

/// Arguments of [`OpenShell`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenShellArguments {
    /// The machine, by its own name or by that of its variable in the script.
    pub machine: String,
    /// The terminal of the user. Without one the shell reads commands from a pipe and writes to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalDescription>,
}

/// A terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TerminalDescription {
    /// Lines of text.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
    /// As in `TERM`.
    pub name: String,
}

/// Response to [`OpenShell`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenShellResponse {
    /// Whether the shell has a terminal. A guest may have no program that makes one.
    pub terminal: bool,
}

/// A shell cannot be opened yet.
#[derive(Debug)]
pub enum Waiting {}

/// Body of [`Waiting`], [`Malformed`] and [`Ended`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// A sentence for people.
    pub message: String,
}

impl Event for Waiting {
    type Body = Remark;
    const EVENT: &'static str = "waiting";
}

/// Gives the shell something to read. It is answered when the machine has taken it; a program that waits for that now and
/// then is never ahead of a machine that does not read.
#[derive(Debug)]
pub enum Write {}

impl Request for Write {
    type Arguments = Piece;
    type Response = ();
    const COMMAND: &'static str = "write";
}

/// A piece of what goes into a shell or comes out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The bytes, in base64.
    pub data: Bytes,
}

/// Tells the shell how large the user's terminal is.
#[derive(Debug)]
pub enum Resize {}

impl Request for Resize {
    type Arguments = Size;
    type Response = ();
    const COMMAND: &'static str = "resize";
}

/// The size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Lines of text.
    pub rows: u16,
    /// Characters in a line.
    pub columns: u16,
}

/// Lets a shell without a terminal read an end after what was written.
#[derive(Debug)]
pub enum CloseInput {}

impl Request for CloseInput {
    type Arguments = ();
    type Response = ();
    const COMMAND: &'static str = "closeInput";
}

/// What was sent is no message, so that there is nothing to answer. Its body says why.
#[derive(Debug)]
pub enum Malformed {}

impl Event for Malformed {
    type Body = Remark;
    const EVENT: &'static str = "malformed";
}

/// The shell put something out.
#[derive(Debug)]
pub enum Output {}

impl Event for Output {
    type Body = Piece;
    const EVENT: &'static str = "output";
}

/// The shell has ended by itself. Nothing follows.
#[derive(Debug)]
pub enum Exited {}

/// Body of [`Exited`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitedBody {
    /// Its status.
    pub status: u8,
}

impl Event for Exited {
    type Body = ExitedBody;
    const EVENT: &'static str = "exited";
}

/// The machine or the session has ended, and the shell with it. Nothing follows.
#[derive(Debug)]
pub enum Ended {}

impl Event for Ended {
    type Body = Remark;
    const EVENT: &'static str = "ended";
}
