//! Programs of crates.io, built at one version into `target/tools`.

use crate::{paths, process::run};
use anyhow::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Flags of `cargo install` for a debug build, which takes a third of the time: right for a program that only starts cargo.
pub const DEBUG: [&str; 3] = ["--debug", "--config", "profile.dev.debug=0"];

/// The program `name` of the package `name`, built with `flags` where `target/tools` lacks this version.
pub fn installed(root: &Path, name: &str, version: &str, flags: &[&str]) -> Result<PathBuf> {
    let folder = root.join("target/tools").join(format!("{name}-{version}"));
    let program = folder.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    eprintln!("setup: building {name} {version}; this takes minutes the first time");
    let mut install = Command::new(paths::cargo());
    install.args(["install", "--locked", "--version", version, name, "--root"]).arg(&folder);
    install.args(flags).env_remove("CARGO_TARGET_DIR");
    run(&mut install, &format!("install {name} {version}"))?;
    Ok(program)
}
