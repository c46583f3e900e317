//! The machine on which the numbers were measured.

use crate::process::read;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::{fs, process::Command};

/// What the numbers depend on.
#[derive(Serialize, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub kernel: String,
    /// The load averages when the measurement began.
    pub load: String,
    pub rustc: String,
    pub node: String,
    /// Node built for musl, where it ran.
    pub musl_node: Option<String>,
}

impl Machine {
    /// Asks the system.
    pub fn find(musl_node: Option<Command>) -> Result<Self> {
        Ok(Self {
            processor: processor().unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            kernel: said(Command::new("uname").arg("-sr"))
                .unwrap_or_else(|_| std::env::consts::OS.to_owned()),
            load: fs::read_to_string("/proc/loadavg")
                .map_or_else(|_| "unknown".to_owned(), |text| averages(&text)),
            rustc: said(Command::new("rustc").arg("--version"))?,
            node: said(Command::new("node").arg("--version"))?,
            musl_node: musl_node.map(|mut node| said(node.arg("--version"))).transpose()?,
        })
    }

    /// In one line.
    pub fn line(&self) -> String {
        let Self { processor, cores, kernel, load, rustc, node, musl_node } = self;
        let musl = musl_node.as_ref().map_or(String::new(), |version| format!(", Node {version} for musl"));
        let rustc = rustc.split(" (").next().unwrap_or(rustc);
        format!("{processor}, {cores} cores, {kernel}, load {load}, {rustc}, Node {node}{musl}")
    }
}

/// The current day.
pub fn today() -> Result<String> {
    said(Command::new("date").args(["-u", "+%Y-%m-%d"]))
}

fn said(command: &mut Command) -> Result<String> {
    Ok(read(command, "describe the machine")?.trim().to_owned())
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Of 1, 5 and 15 minutes.
fn averages(text: &str) -> String {
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
