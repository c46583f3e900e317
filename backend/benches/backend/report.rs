//! The table, and the same as JSON.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::load::{DATA, SENDERS};
use crate::machine::Machine;

/// What one run measured. Rates are per second of wall time; processor time is the backend's own.
#[derive(Debug, Default, Serialize)]
pub struct Row {
    pub engine: &'static str,
    pub devices: u32,
    pub messages: u32,
    /// Filling the registry by one statement, and registering the receivers through the interface.
    pub fill_s: f64,
    pub registrations_per_s: f64,
    /// One device a message, 64 senders.
    pub accepted_per_s: f64,
    pub accept_p50_ms: f64,
    pub accept_p99_ms: f64,
    pub dispatched_per_s: f64,
    pub cpu_us_per_message: f64,
    pub jwts: usize,
    /// A thousand devices a message.
    pub fan_out_per_s: f64,
    pub fan_out_cpu_us: f64,
    /// A calm backend, from the sender's request to Push Kit.
    pub way_p50_ms: f64,
    pub way_p99_ms: f64,
    /// The v1 route, 64 senders.
    pub v1_per_s: f64,
    pub oauth_requests: u32,
    pub peak_memory_mb: f64,
    /// SQLite's file; 0 for PostgreSQL.
    pub database_mb: f64,
}

/// All runs.
#[derive(Debug, Serialize)]
pub struct Report {
    machine: Machine,
    senders: usize,
    data_bytes: usize,
    rows: Vec<Row>,
}

impl Report {
    pub const fn new(machine: Machine) -> Self {
        Self { machine, senders: SENDERS, data_bytes: DATA, rows: Vec::new() }
    }

    /// The machine and the head of the table.
    pub fn head(&self) {
        let m = &self.machine;
        println!(
            "{} × {}, {:.0} GB, Linux {}; a durable write takes {:.2} ms; load before: {:.2}",
            m.cores, m.processor, m.memory_gb, m.kernel, m.durable_write_ms, m.load_before
        );
        println!(
            "sealed for each device, {DATA} characters of data, {SENDERS} senders; the double and the senders run on the same cores\n"
        );
        println!(
            "{:<10} {:>9} {:>10} {:>13} {:>12} {:>8} {:>10} {:>8} {:>13} {:>8} {:>6} {:>6} {:>7} {:>7}",
            "database",
            "devices",
            "accepted/s",
            "p50/p99 ms",
            "dispatched/s",
            "CPU µs",
            "fan-out/s",
            "CPU µs",
            "way p50/p99",
            "v1/s",
            "JWTs",
            "OAuth",
            "peak MB",
            "file MB"
        );
    }

    /// Prints a row and keeps it.
    pub fn add(&mut self, row: Row) {
        println!(
            "{:<10} {:>9} {:>10.0} {:>13} {:>12.0} {:>8.0} {:>10.0} {:>8.0} {:>13} {:>8.0} {:>6} {:>6} {:>7.1} {:>7.1}",
            row.engine,
            row.devices,
            row.accepted_per_s,
            format!("{:.1}/{:.1}", row.accept_p50_ms, row.accept_p99_ms),
            row.dispatched_per_s,
            row.cpu_us_per_message,
            row.fan_out_per_s,
            row.fan_out_cpu_us,
            format!("{:.1}/{:.1}", row.way_p50_ms, row.way_p99_ms),
            row.v1_per_s,
            row.jwts,
            row.oauth_requests,
            row.peak_memory_mb,
            row.database_mb
        );
        self.rows.push(row);
    }

    /// Writes everything as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("\n{}", path.display());
        Ok(())
    }
}
