//! What the command line may ask for.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

/// Where the backend keeps its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What is run.
#[derive(Debug)]
pub struct Options {
    pub engines: Vec<Engine>,
    /// Registered devices, a run each.
    pub devices: Vec<u32>,
    /// Messages of each part of a run.
    pub messages: u32,
    pub out: PathBuf,
}

impl Options {
    /// Everything by default: 10,000 messages with 1,000 to 1,000,000 devices on both databases.
    pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            engines: vec![Engine::Sqlite, Engine::Postgres],
            devices: vec![1_000, 10_000, 100_000, 1_000_000],
            messages: 10_000,
            out: "target/bench/backend.json".into(),
        };
        let mut arguments = arguments;
        while let Some(flag) = arguments.next() {
            // `cargo bench` adds this one.
            if flag == "--bench" {
                continue;
            }
            let mut value = || arguments.next().with_context(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--engine" => options.engines = vec![engine(&value()?)?],
                "--devices" => options.devices = numbers(&value()?)?,
                "--messages" => options.messages = value()?.parse().context("--messages takes a number")?,
                "--out" => options.out = value()?.into(),
                other => bail!("unknown flag {other}: there are --engine, --devices, --messages and --out"),
            }
        }
        ensure!(options.devices.iter().all(|&devices| devices >= 1_000), "--devices begins at 1000");
        ensure!(options.messages >= 1_000, "--messages begins at 1000");
        Ok(options)
    }
}

fn engine(name: &str) -> Result<Engine> {
    match name {
        "sqlite" => Ok(Engine::Sqlite),
        "postgres" => Ok(Engine::Postgres),
        _ => bail!("--engine takes sqlite or postgres"),
    }
}

fn numbers(list: &str) -> Result<Vec<u32>> {
    list.split(',')
        .map(|number| number.parse().context("--devices takes numbers such as 1000,10000"))
        .collect()
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
