//! How fast the backend is: the `pushseal` program beside a double of Push Kit on loopback, on SQLite and on
//! PostgreSQL. `cargo xtask bench backend` runs it; docs/backend.md tells what the columns mean.

#![forbid(unsafe_code)]
#![allow(unreachable_pub, reason = "a program has no outside")]

mod double;
mod keys;
mod load;
mod machine;
mod options;
mod postgres;
mod program;
mod registry;
mod report;
mod rounds;
mod upkeep;

use anyhow::Result;
use clap::Parser;

use options::Options;
use report::Report;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    options: Options,
}

#[tokio::main]
async fn main() -> Result<()> {
    let CommandLine { options } = CommandLine::parse();
    if let Some(rows) = options.upkeep {
        return upkeep::measure(rows).await;
    }
    let mut report = Report::new(machine::describe()?);
    report.head();
    for engine in &options.engines {
        for &devices in &options.devices {
            let row = rounds::measure(*engine, devices, &options).await?;
            report.add(row);
        }
    }
    report.write(&options.out)
}
