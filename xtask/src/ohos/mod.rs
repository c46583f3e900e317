//! The library for HarmonyOS devices: built, checked and run on the machine of whoever develops it.

#![allow(unreachable_pub, reason = "a binary has no outside: `pub` here means for the rest of xtask")]

mod abi;
mod cargo_ohos;
mod debian;
mod gate;
mod musl_node;
mod ndk;
pub mod process;
pub mod stamp;
mod symbols;
mod toolchain;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

pub use abi::Abi;
pub use musl_node::{Cpu, MuslNode};
pub use toolchain::Toolchain;

/// The library's file name, which is also its `SONAME`.
pub const LIBRARY: &str = "libpushseal_native.so";

/// How the library is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What ships.
    Release,
    /// What hvigor's debug mode asks for: quick to build, easy to step through.
    Debug,
}

impl Profile {
    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// A library that passed the gate.
pub struct Built {
    /// What it runs on.
    pub abi: Abi,
    /// The stripped library, `target/ohos/<abi>/libpushseal_native.so`.
    pub library: PathBuf,
    /// The same library with its symbols and line tables, for reading crash logs.
    pub unstripped: PathBuf,
    /// The stripped library's size in bytes.
    pub size: u64,
}

/// Builds the library for each of `abis` in the repository at `root`, strips it and passes it through the gate.
pub fn so(root: &Path, abis: &[Abi], profile: Profile) -> Result<Vec<Built>> {
    let target = root.join("target");
    let cargo_ohos = cargo_ohos::ensure(&target)?;
    let toolchain = Toolchain::find(&cargo_ohos, &target)?;
    eprintln!("ohos: using {toolchain}");
    abis.iter()
        .map(|&abi| {
            eprintln!("ohos: building for {abi}");
            let linked = cargo_ohos::build(&cargo_ohos, &toolchain, root, abi, profile)?;
            let built = place(&toolchain, &linked, &target, abi)?;
            pass_gate(&toolchain, &built, profile)?;
            Ok(built)
        })
        .collect()
}

fn place(toolchain: &Toolchain, linked: &Path, target: &Path, abi: Abi) -> Result<Built> {
    let folder = target.join("ohos").join(abi.name());
    fs::create_dir_all(&folder)?;
    let library = folder.join(LIBRARY);
    let unstripped = library.with_extension("debug.so");
    fs::copy(linked, &unstripped).with_context(|| format!("cargo made no {}", linked.display()))?;
    let mut strip = Command::new(toolchain.tool("llvm-strip"));
    strip.arg("--strip-all").arg("-o").args([&library, &unstripped]);
    process::run(&mut strip, "strip the library")?;
    let size = fs::metadata(&library)?.len();
    Ok(Built { abi, library, unstripped, size })
}

fn pass_gate(toolchain: &Toolchain, built: &Built, profile: Profile) -> Result<()> {
    let rules = gate::Rules {
        abi: built.abi,
        device: toolchain.device_symbols(built.abi)?,
        budget: (profile == Profile::Release).then_some(gate::BUDGET),
    };
    let bytes = fs::read(&built.library)?;
    let findings = gate::check(&bytes, &rules);
    if findings.is_empty() {
        eprintln!("ohos: {} passed the gate, {} bytes", built.library.display(), built.size);
        return Ok(());
    }
    let list: Vec<String> = findings.iter().map(|finding| format!("  - {finding}")).collect();
    // A refused library must not be picked up by a later step.
    fs::remove_file(&built.library)?;
    bail!("{} does not pass the gate:\n{}", built.library.display(), list.join("\n"))
}
