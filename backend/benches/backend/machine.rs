//! Which machine the numbers are from.

use std::fs;
use std::io::Write;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

/// Writes whose mean time is taken.
const WRITES: u32 = 50;

/// What the numbers depend on.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gb: f64,
    pub kernel: String,
    /// Runnable tasks when the bench began: above the number of cores, others took part of the machine.
    pub load_before: f64,
    /// What one durable write to the temporary folder costs.
    pub durable_write_ms: f64,
}

/// Reads it from /proc; the durable write is measured.
pub fn describe() -> Result<Machine> {
    let cpu = fs::read_to_string("/proc/cpuinfo").context("this bench reads /proc, which Linux has")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let memory = fs::read_to_string("/proc/meminfo")?;
    let total = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or("0 kB");
    let kibibytes: f64 = total.trim().trim_end_matches(" kB").parse()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(Machine {
        processor: model.trim_start_matches([':', ' ', '\t']).to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        memory_gb: kibibytes * 1024.0 / 1e9,
        kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        load_before: load.split_whitespace().next().unwrap_or("0").parse()?,
        durable_write_ms: durable_write_ms()?,
    })
}

fn durable_write_ms() -> Result<f64> {
    let mut file = tempfile::tempfile()?;
    let begin = Instant::now();
    for _ in 0..WRITES {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
    }
    Ok(begin.elapsed().as_secs_f64() * 1000.0 / f64::from(WRITES))
}
