//! What is measured: the flags of this bench, which `cargo xtask bench backend` takes as well.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

/// Where the backend keeps its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Options {
    /// The database; may be given twice.
    #[arg(long = "engine", default_values = ["sqlite", "postgres"])]
    pub engines: Vec<Engine>,
    /// Registered devices, a run for each number.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "1000,10000,100000,1000000",
        value_parser = value_parser!(u32).range(1_000..)
    )]
    pub devices: Vec<u32>,
    /// Messages in each part of a run.
    #[arg(long, default_value = "10000", value_parser = value_parser!(u32).range(1_000..))]
    pub messages: u32,
    /// The file for the numbers.
    #[arg(long, default_value = "target/bench/backend.json")]
    pub out: PathBuf,
    /// Purge so many messages, reseal half as many keys, and measure nothing else.
    #[arg(long, value_name = "ROWS")]
    pub upkeep: Option<u32>,
    /// `cargo bench` adds this flag.
    #[arg(long = "bench", hide = true)]
    pub under_cargo_bench: bool,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}
