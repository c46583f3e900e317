//! `cargo xtask bench backend`: the release build of the backend, measured beside a double of Push Kit.

#[allow(dead_code, reason = "the bench itself uses the rest")]
#[path = "../../../backend/benches/backend/options.rs"]
mod options;

use crate::{debian, paths, process::run};
use anyhow::Result;
use options::{Engine, Options};
use std::{path::Path, process::Command};

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Flags that the bench takes.
    flags: Vec<String>,
    /// Whether PostgreSQL is measured, too.
    postgres: bool,
}

impl Plan {
    /// The bench reads its flags when it is built; they are read here first by the same rules.
    pub fn new(flags: &[&str]) -> Result<Self> {
        let flags: Vec<String> = flags.iter().map(|&flag| flag.to_owned()).collect();
        let options = Options::parse(flags.iter().cloned())?;
        Ok(Self { flags, postgres: options.engines.contains(&Engine::Postgres) })
    }
}

/// Builds and runs it; the table goes to standard output, the numbers to `target/bench/backend.json`.
pub fn bench(root: &Path, plan: &Plan) -> Result<()> {
    if plan.postgres && debian::available() {
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
    let status = measured.arg("--out").arg(out).args(&plan.flags).status()?;
    anyhow::ensure!(status.success(), "the bench failed: see above");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_server_is_asked_for_only_when_it_is_measured() {
        assert!(Plan::new(&[]).unwrap().postgres);
        assert!(Plan::new(&["--engine", "postgres"]).unwrap().postgres);
        assert!(!Plan::new(&["--engine", "sqlite", "--devices", "1000"]).unwrap().postgres);
    }
}
