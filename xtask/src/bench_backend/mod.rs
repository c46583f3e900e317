//! `cargo xtask bench backend`: the release build of the backend, measured beside a double of Push Kit.

#[allow(dead_code, reason = "the bench itself uses the rest")]
#[path = "../../../backend/benches/backend/options.rs"]
mod options;

use crate::{debian, paths, process::run};
use anyhow::Result;
use options::Engine;
pub use options::Options;
use std::{path::Path, process::Command};

/// Builds and runs it; the table goes to standard output, the numbers to `options.out`. `flags` are the words that
/// `options` were read from.
pub fn bench(root: &Path, options: &Options, flags: impl Iterator<Item = String>) -> Result<()> {
    if options.engines.contains(&Engine::Postgres) && debian::available() {
        debian::require(&["postgresql"])?;
    }
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(paths::cargo());
        let bench = ["bench", "--locked", "--package", "pushseal-backend", "--bench", "backend"];
        command.current_dir(root).args(bench).args(arguments);
        command
    };
    eprintln!("bench: building the backend");
    run(&mut cargo(&["--no-run"]), "build the backend's bench")?;
    let out = root.join(&options.out);
    let mut measured = cargo(&["--quiet", "--"]);
    let status = measured.args(flags).arg("--out").arg(out).status()?;
    anyhow::ensure!(status.success(), "the bench failed: see above");
    Ok(())
}
