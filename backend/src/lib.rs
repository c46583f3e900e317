//! The backend of PushSeal: registers devices, seals messages for them, keeps the messages in an outbox and sends
//! them through Huawei Push Kit. `docs/backend.md` is its manual.
//!
//! The path of a message: [`http`] → [`messages::accept`] (sealed, durable, 202) → [`outbox`] → [`push_kit`], a crate of its own.

#![forbid(unsafe_code)]

pub mod access;
pub mod alarm;
pub mod cli;
pub mod clock;
pub mod config;
pub mod database;
pub mod http;
pub mod messages;
pub mod metrics;
pub mod outbox;
mod outgoing;
pub mod random;
pub mod receipts;
pub mod region;
pub mod registry;
pub mod sealing;
pub mod token_store;
pub mod webhook;
