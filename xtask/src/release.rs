//! `cargo xtask release-check`: what must hold before a version is published, and what goes with it.

use crate::{har, process::read, supply, typings};
use anyhow::{Context, Result, bail, ensure};
use std::{fs, path::Path, process::Command};

/// Checks the sources, then builds the HAR and its bill of materials.
pub fn check(root: &Path) -> Result<()> {
    let version = version(root)?;
    committed(root)?;
    one_version(root, &version)?;
    typings::check(root)?;
    supply::deny(root)?;
    licences_are_current(root)?;
    let har = har::har(root)?;
    let bom = supply::bill_of_materials(root)?;
    println!("version {version} can be published:\n  {}\n  {}", har.display(), bom.display());
    Ok(())
}

/// The version of the workspace, from which the others follow.
fn version(root: &Path) -> Result<String> {
    let manifest = text(root, "Cargo.toml")?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
    Ok(line.and_then(|rest| rest.strip_suffix('"')).context("Cargo.toml names no version")?.to_owned())
}

/// What is published is what is committed.
fn committed(root: &Path) -> Result<()> {
    let changes =
        read(Command::new("git").current_dir(root).args(["status", "--porcelain"]), "look for changes")?;
    ensure!(changes.trim().is_empty(), "not committed:\n{changes}");
    Ok(())
}

/// The HAR carries the licences of what is in its library.
fn licences_are_current(root: &Path) -> Result<()> {
    let current = text(root, supply::THIRD_PARTY)? == supply::licences(root)?;
    ensure!(
        current,
        "{} differs from the crates in the library: run `cargo xtask licences`",
        supply::THIRD_PARTY
    );
    Ok(())
}

/// The HAR and the changelog name the same version.
fn one_version(root: &Path, version: &str) -> Result<()> {
    let places = [
        ("arkts/oh-package.json5", format!("version: '{version}'")),
        ("CHANGELOG.md", format!("## [{version}]")),
    ];
    for (file, wanted) in places {
        if !text(root, file)?.contains(&wanted) {
            bail!("{file} has no `{wanted}`, but Cargo.toml says {version}");
        }
    }
    Ok(())
}

fn text(root: &Path, file: &str) -> Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
}
