//! `THIRD-PARTY.md`: whose code is in the native library, and under which licences.

use std::{collections::BTreeSet, fmt::Write, path::Path, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::licences;
use crate::{ohos::Abi, paths, process::read};

const HEADER: &str = "\
# Third-party code

The native library contains these Rust crates. Each is on crates.io with its source. The Apache License is `LICENSE` beside this file;
the other texts follow the list, as the crates carry them. A crate that names the MIT licence and carries no text has its standard text.

| crate | version | licence |
|---|---|---|
";

const FOOTER: &str = "
It also contains parts of Rust's standard library (MIT OR Apache-2.0) and of LLVM's unwinder (Apache-2.0 WITH LLVM-exception).
";

/// The list of crates that are linked into the library for any ABI, in Markdown.
pub(super) fn list(root: &Path) -> Result<String> {
    let mut text = HEADER.to_owned();
    let metadata = metadata(root)?;
    let tree = tree(root)?;
    let mut packages = Vec::new();
    for Crate { name, version, licence } in crates(&tree)? {
        writeln!(text, "| {name} | {version} | {licence} |")?;
        packages.push(licences::package(&metadata, name, version, licence)?);
    }
    text.push_str(FOOTER);
    text.push_str(&licences::texts(&packages)?);
    Ok(text)
}

/// Where each crate lies; its versions are those of the lock file.
fn metadata(root: &Path) -> Result<Value> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["metadata", "--format-version", "1", "--locked"]);
    Ok(serde_json::from_str(&read(&mut cargo, "find the crates in the native library")?)?)
}

/// What cargo links: unlike `cargo metadata`, the tree has only the features that this one library asks for.
pub(crate) fn tree(root: &Path) -> Result<String> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root).args(["tree", "--quiet", "--locked", "--package", "pushseal-native"]);
    cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]);
    for abi in Abi::ALL {
        cargo.args(["--target", &abi.rust_triple()]);
    }
    read(&mut cargo, "list the crates in the native library")
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) licence: &'a str,
}

pub(crate) fn crates(tree: &str) -> Result<BTreeSet<Crate<'_>>> {
    let mut crates = BTreeSet::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.split_once('|').with_context(|| format!("not a crate: {line}"))?;
        let (name, rest) = package.split_once(" v").with_context(|| format!("not a crate: {line}"))?;
        // A crate of this repository is followed by its folder.
        let (version, folder) = rest.split_once(' ').unwrap_or((rest, ""));
        if !folder.is_empty() {
            continue;
        }
        if licence.is_empty() {
            bail!("the crate {name} {version} names no licence: it cannot ship in the HAR");
        }
        crates.insert(Crate { name, version, licence });
    }
    Ok(crates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_crates_and_repeats_are_left_out() {
        let tree = "pushseal-native v0.1.0 (/a folder)|Apache-2.0\nb v2.0.0+x|MIT\n\na v1.0.0|MIT OR Apache-2.0\nb v2.0.0+x|MIT\n";
        let b = Crate { name: "b", version: "2.0.0+x", licence: "MIT" };
        let a = Crate { name: "a", version: "1.0.0", licence: "MIT OR Apache-2.0" };
        assert_eq!(crates(tree).unwrap(), BTreeSet::from([a, b]));
    }

    #[test]
    fn a_crate_without_a_licence_is_refused() {
        assert!(crates("a v1.0.0|").unwrap_err().to_string().contains("a 1.0.0 names no licence"));
    }
}
