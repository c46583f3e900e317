//! Builds what is measured and what measures.

use crate::{
    addon, debian,
    ohos::{Abi, Builder, Built, Cpu, MuslNode, NodeApi, Profile},
    paths,
    process::run,
    setup,
};
use anyhow::{Context, Result};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A Node and the library that it loads.
pub struct Engine {
    /// The section of its results.
    pub name: &'static str,
    /// The library.
    pub addon: PathBuf,
    /// The floor's addon, where it was built for this Node.
    pub floor: Option<PathBuf>,
    musl: Option<MuslNode>,
}

impl Engine {
    /// Node, with flags of its own, on a program of `tests/node/bench`.
    pub fn node(&self, root: &Path, flags: &[&str], program: &str) -> Command {
        let mut node = self.plain();
        node.current_dir(root.join("tests/node/bench")).env("PUSHSEAL_ADDON", &self.addon);
        node.arg("--no-warnings").args(flags).arg(program);
        node
    }

    /// Node without arguments.
    pub fn plain(&self) -> Command {
        self.musl.as_ref().map_or_else(|| Command::new("node"), |musl| musl.command(Cpu::Best))
    }

    /// Whether it is the build for devices.
    pub fn is_musl(&self) -> bool {
        self.musl.is_some()
    }
}

/// All that the measurement needs.
pub struct Parts {
    /// The program that measures the core alone.
    pub alone: PathBuf,
    /// The messages, as a file.
    pub messages: PathBuf,
    pub engines: Vec<Engine>,
    /// The libraries for devices.
    pub libraries: Vec<Built>,
    /// What built them.
    pub builder: Option<Builder>,
}

/// Builds everything that is not there yet.
pub fn build(root: &Path) -> Result<Parts> {
    eprintln!("bench: building the library for this machine");
    setup::node(root)?;
    let addon = addon::build(root)?;
    eprintln!(
        "bench: building the floor and the program that measures the core alone; two minutes the first time"
    );
    let tools = build_tools(root)?;
    let floor =
        tools.join(format!("{}pushseal_floor{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX));
    let mut parts = Parts {
        alone: tools.join(format!("alone{}", std::env::consts::EXE_SUFFIX)),
        messages: write_messages(root)?,
        engines: vec![Engine { name: "Node", addon, floor: Some(floor), musl: None }],
        libraries: Vec::new(),
        builder: None,
    };
    if debian::available() {
        add_device_builds(root, &mut parts)?;
    } else {
        eprintln!("bench: this system has no apt-get, so the builds for devices are left out");
    }
    Ok(parts)
}

fn build_tools(root: &Path) -> Result<PathBuf> {
    build_of(root, "target/bench/build", &[])
}

/// The program in which instructions are counted, without what the library is measured against.
pub fn build_counter(root: &Path) -> Result<PathBuf> {
    let folder = build_of(root, "target/bench/counter", &["--no-default-features", "--bin", "count"])?;
    Ok(folder.join(format!("count{}", std::env::consts::EXE_SUFFIX)))
}

fn build_of(root: &Path, target: &str, what: &[&str]) -> Result<PathBuf> {
    let target = root.join(target);
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(root.join("benches")).args(["build", "--release", "--locked"]).args(what);
    run(cargo.arg("--target-dir").arg(&target), "build what measures")?;
    Ok(target.join("release"))
}

/// Fresh ones: messages expire.
pub fn write_messages(root: &Path) -> Result<PathBuf> {
    setup::node(root)?;
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let file = folder.join("messages.json");
    let mut node = Command::new("node");
    run(node.current_dir(root).arg("tests/node/bench/messages.mjs").arg(&file), "seal the messages")?;
    Ok(file)
}

/// The libraries for both processors; the one for x86_64 in a Node built for musl, where the machine runs it itself.
fn add_device_builds(root: &Path, parts: &mut Parts) -> Result<()> {
    let builder = Builder::new(root)?;
    for abi in Abi::ALL {
        let built = builder.library(abi, Profile::Release)?;
        if abi.arch() == std::env::consts::ARCH {
            let musl = MuslNode::prepare(&root.join("target"), abi)?;
            let addon = musl.adapt(&built.library, Cpu::Best, NodeApi::Node)?;
            parts.engines.push(Engine {
                name: "ohos build in Node on musl",
                addon,
                floor: None,
                musl: Some(musl),
            });
        }
        parts.libraries.push(built);
    }
    parts.builder = Some(builder);
    Ok(())
}
