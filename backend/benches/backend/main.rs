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

use anyhow::Result;

use options::Options;
use report::Report;

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse(std::env::args().skip(1))?;
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
