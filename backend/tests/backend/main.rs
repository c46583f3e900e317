//! The backend as a whole: its HTTP interface without a port, its outbox against the Push Kit double, its program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in a test a panic is the failure"
)]

mod accepting;
mod api;
mod arbitrary;
mod attachments;
mod checking;
mod cli;
mod clock;
mod credentials;
mod delivery;
mod delivery_old;
mod deploy;
mod doctor;
mod full;
mod imports;
mod injection;
mod lifetime;
mod limits;
mod manual;
mod metrics;
mod migration;
mod openapi;
mod outage;
mod outcomes;
mod ownership;
mod phone;
mod plans;
mod postgres;
mod program;
mod receipts;
mod receivers;
mod redis;
mod registry;
mod reload;
mod revoke;
mod sending;
#[allow(unreachable_pub, reason = "a program of its own there")]
#[path = "../../benches/backend/postgres.rs"]
mod server;
mod shared_token;
mod sharing;
mod sign_in;
mod silence;
mod stage;
mod starting;
mod system_messages;
mod tls;
mod unreadable;
mod upkeep;
mod webhooks;
