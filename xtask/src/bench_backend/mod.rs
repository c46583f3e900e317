//! `cargo xtask bench backend`: the release build of the backend, measured beside a double of Push Kit.

use crate::{debian, paths, process::run};
use anyhow::Result;
use std::{path::Path, process::Command};

/// Builds and runs it; the table goes to standard output, the numbers to `target/bench/backend.json`.
pub fn bench(root: &Path, flags: &[&str]) -> Result<()> {
    if debian::available() {
        debian::require(&["postgresql"])?;
    }
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(paths::cargo());
        command.current_dir(root).args([
            "bench",
            "--locked",
            "--package",
            "pushseal-backend",
            "--bench",
            "backend",
        ]);
        command.args(arguments);
        command
    };
    eprintln!("bench: building the backend");
    run(&mut cargo(&["--no-run"]), "build the backend's bench")?;
    let out = root.join("target/bench/backend.json");
    let mut measured = cargo(&["--quiet", "--"]);
    let status = measured.arg("--out").arg(out).args(flags).status()?;
    anyhow::ensure!(status.success(), "the bench failed: see above");
    Ok(())
}
