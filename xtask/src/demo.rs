//! `cargo xtask demo`: the whole product on this machine, with a timeline.

use crate::{addon, paths, process::run, setup};
use anyhow::Result;
use std::{path::Path, process::Command};

/// Sets up what it needs and runs the demo; its timeline goes to standard output.
pub fn demo(root: &Path) -> Result<()> {
    setup::node(root)?;
    eprintln!("demo: building the native library");
    addon::build(root)?;
    eprintln!("demo: building the backend");
    let mut cargo = Command::new(paths::cargo());
    run(
        cargo.current_dir(root).args(["build", "--locked", "--package", "pushseal-backend"]),
        "build the backend",
    )?;
    let mut node = command(root);
    let status = node.status()?;
    anyhow::ensure!(status.success(), "the demo failed: see above");
    Ok(())
}

/// The demo itself, for those who have built everything.
pub fn command(root: &Path) -> Command {
    let mut node = Command::new("node");
    node.current_dir(root).args(["--no-warnings", "tests/node/demo/demo.mjs"]);
    node.env("PUSHSEAL_BACKEND", paths::binary(root, "debug", "pushseal"));
    node
}
