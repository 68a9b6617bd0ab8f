//! The Debug Adapter Protocol: its types, its messages, its framing, and connections that carry it.
//!
//! * [`types`], [`requests`] and [`events`] are generated from the schema in `schema/`.
//! * [`Message`] is the envelope; its payloads stay JSON until [`RequestMessage::parse`] and its
//!   siblings give them a type.
//! * [`Codec`] frames messages by `Content-Length`.
//! * [`Connection`] moves them over stdio, TCP, unix sockets or memory.
//!
//! The crate knows the form of the conversation and nothing of its meaning: which message may
//! follow which, and who answers it, is decided by the crates above. It starts no process and
//! reads no file. The link between the adapter and the agent uses the same codec and connection.

mod codec;
mod connection;
mod generated;
mod lossy;
mod message;
mod payload;

pub use codec::{Codec, FramingError, Incoming, MalformedMessage};
pub use connection::{Connection, ConnectionClosed, Listener, Outgoing};
pub use generated::{events, requests, types};
pub use message::{ErrorResponse, EventMessage, Message, RequestMessage, ResponseMessage};
pub use payload::{Event, ParseError, Request};

/// The schema of the protocol, from which the types are generated, as JSON text.
pub const SCHEMA: &str = include_str!("../schema/debugAdapterProtocol.json");
