//! The senders' own servers are told what became of their messages and which devices ended.
//!
//! An event is stored in the transaction that it tells of. A worker for each webhook posts the oldest ones first, signed
//! as Standard Webhooks says, and deletes them once the server answered 2xx: none is lost, none overtakes another of its
//! device, and one may come twice.

mod body;
mod endpoint;
mod events;
mod position;
mod queue;
mod worker;

pub use endpoint::{InvalidWebhook, Webhook};
pub(crate) use events::{Ended, device_ended, messages_ended, receipt};
pub(crate) use position::first_position;
pub use worker::{Webhooks, start};
