//! The cargo tools that check and describe what the project depends on. Building them takes minutes, so the release check
//! runs them and the test run does not.

use crate::{
    install::installed,
    ohos::Abi,
    paths,
    process::{read, run},
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The HAR's list of the crates inside the native library, with their licence texts.
pub const THIRD_PARTY: &str = "arkts/THIRD-PARTY.md";

/// The workspaces, each with a lock file of its own.
const WORKSPACES: [&str; 3] = [".", "benches", "fuzz"];

/// Licences, bans and sources by `deny.toml`. The database of known vulnerabilities is on GitHub: `cargo deny check advisories`.
pub fn deny(root: &Path) -> Result<()> {
    let deny = installed(root, "cargo-deny", "0.20.2", &[])?;
    for workspace in WORKSPACES {
        let mut check = Command::new(&deny);
        check.current_dir(root).arg("--manifest-path").arg(root.join(workspace).join("Cargo.toml"));
        check.args(["--workspace", "--locked", "check", "--config"]).arg(root.join("deny.toml"));
        run(check.args(["bans", "licenses", "sources"]), &format!("check the packages of {workspace}"))?;
    }
    Ok(())
}

/// What `arkts/THIRD-PARTY.md` has to contain.
pub fn licences(root: &Path) -> Result<String> {
    let about = installed(root, "cargo-about", "0.9.3", &["--features", "cli"])?;
    // Offline, the texts come from the packages and from no service; their sources have to be there.
    let mut fetch = Command::new(paths::cargo());
    run(fetch.current_dir(root).args(["fetch", "--locked"]), "fetch the sources of the crates")?;
    let mut generate = Command::new(about);
    generate.current_dir(root).args(["generate", "--locked", "--offline", "--fail", "--manifest-path"]);
    generate.arg(root.join("bridge/Cargo.toml")).arg("--config").arg(root.join("xtask/about.toml"));
    read(generate.arg(root.join("xtask/about.hbs")), "collect the licences of the native library's crates")
}

/// Writes `arkts/THIRD-PARTY.md`.
pub fn write_licences(root: &Path) -> Result<PathBuf> {
    let path = root.join(THIRD_PARTY);
    fs::write(&path, licences(root)?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Writes the native library's bill of materials, CycloneDX in JSON, to `target/har/pushseal.cdx.json`.
pub fn bill_of_materials(root: &Path) -> Result<PathBuf> {
    const NAME: &str = "pushseal.cdx";
    let cyclonedx = installed(root, "cargo-cyclonedx", "0.5.9", &[])?;
    let mut describe = Command::new(cyclonedx);
    describe.current_dir(root).args([
        "cyclonedx",
        "--format",
        "json",
        "--spec-version",
        "1.5",
        "--no-build-deps",
    ]);
    describe.arg("--manifest-path").arg(root.join("bridge/Cargo.toml"));
    describe.args(["--target", &Abi::Arm64V8a.rust_triple(), "--override-filename", NAME]);
    run(&mut describe, "write the bill of materials")?;
    // The tool writes one beside the manifest of each member, with the folder of this checkout in its names.
    let written = format!("{NAME}.json");
    let text =
        fs::read_to_string(root.join("bridge").join(&written)).context("cargo-cyclonedx wrote nothing")?;
    for member in [".", "bridge", "backend", "push-kit", "xtask"] {
        fs::remove_file(root.join(member).join(&written))?;
    }
    let path = root.join("target/har").join(&written);
    fs::write(&path, text.replace(&root.display().to_string(), "/pushseal"))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    /// The crates of other people that cargo links into the library for any ABI: `name version`.
    fn linked() -> BTreeSet<String> {
        let mut tree = Command::new(paths::cargo());
        tree.current_dir(root()).args(["tree", "--quiet", "--locked", "--package", "pushseal-native"]);
        tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"]);
        for abi in Abi::ALL {
            tree.args(["--target", &abi.rust_triple()]);
        }
        let tree = read(&mut tree, "list the crates in the native library").unwrap();
        let crates = tree.lines().filter(|line| !line.is_empty() && !line.contains(" (/"));
        crates.map(|line| line.replacen(" v", " ", 1)).collect()
    }

    #[test]
    fn third_party_md_names_each_crate_in_the_native_library_and_none_that_left_the_lock_file() {
        let list = fs::read_to_string(root().join(THIRD_PARTY)).unwrap();
        let named = list.lines().filter_map(|line| line.strip_prefix("- ")?.split_once(": "));
        let named: BTreeSet<String> = named.map(|(title, _)| title.to_owned()).collect();
        let missing: Vec<_> = linked().difference(&named).cloned().collect();
        assert!(missing.is_empty(), "{missing:?}: run `cargo xtask licences`");
        let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
        for title in named {
            let (name, version) = title.split_once(' ').unwrap();
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"");
            assert!(lock.contains(&entry), "{title} is gone: run `cargo xtask licences`");
        }
    }

    #[test]
    fn unofficial_packages_are_pinned_to_one_version() {
        let manifest = fs::read_to_string(root().join("bridge/Cargo.toml")).unwrap();
        let unofficial: Vec<_> = manifest
            .lines()
            .filter(|line| line.split_once(" = ").is_some_and(|(name, _)| name.contains("ohos")))
            .collect();
        assert!(unofficial.len() >= 3);
        assert!(unofficial.iter().all(|line| line.contains("\"=")), "{unofficial:#?}");
    }
}
