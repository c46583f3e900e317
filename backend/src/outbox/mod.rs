//! The outbox: messages that were taken leave it only with a final state.
//!
//! A worker claims due rows by moving their `due_at` into the future (the lease) and counting the attempt, in one
//! statement; a process that dies loses its leases and nothing else. Results carry the attempt's number, so a
//! late one of a lost lease changes nothing.

mod claim;
mod dispatch;
mod finish;
mod lane;
mod pace;
mod purge;
mod retry;
mod set_aside;
mod waiting;
mod worker;

pub(crate) use finish::Finished;
pub use purge::{Purged, purge};
pub use waiting::{Waiting, waiting};
pub use worker::{Outbox, OutboxSettings, Running};
