//! What the generator made of the schema. Only this file is written by hand.

pub mod events;
pub mod requests;
pub mod types;
