//! The bridge built for this machine, as an addon that Node loads.

use crate::{paths, process::run};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Builds the addon as `target/node/pushseal_native.node`.
pub fn build(root: &Path) -> Result<PathBuf> {
    build_as(root, "pushseal_native.node", &[])
}

/// Builds it with `panicProbe`, with which the tests show what becomes of a panic.
pub fn build_with_probe(root: &Path) -> Result<PathBuf> {
    build_as(root, "pushseal_native_probe.node", &["panic-probe"])
}

/// Builds the library for a PC build of OpenHarmony's engine, which `ARK_HOST_BUNDLE_DIR` names; with `panicProbe`.
pub fn build_for_ark(root: &Path) -> Result<PathBuf> {
    let target = root.join("target/ark/build");
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["build", "--release", "--locked", "--package", "pushseal-native"]);
    cargo.args(["--features", "arkvm-test,panic-probe", "--target-dir"]).arg(&target);
    run(&mut cargo, "build the library for OpenHarmony's engine")?;
    Ok(target.join(format!(
        "release/{}pushseal_native{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    )))
}

fn build_as(root: &Path, name: &str, features: &[&str]) -> Result<PathBuf> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["build", "--release", "--locked", "--package", "pushseal-native"]);
    cargo.arg("--features").arg(features.join(","));
    run(&mut cargo, "build the addon")?;
    let (prefix, suffix) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = paths::cargo_target(root).join(format!("release/{prefix}pushseal_native{suffix}"));
    let folder = root.join("target/node");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Renamed into place: a Node that has the old file open keeps it.
    let (addon, fresh) = (folder.join(name), folder.join(format!("{name}.new")));
    fs::copy(&library, &fresh).with_context(|| format!("cannot copy {}", library.display()))?;
    fs::rename(&fresh, &addon).with_context(|| format!("cannot write {}", addon.display()))?;
    Ok(addon)
}
