//! The library for HarmonyOS devices: built, checked and run on the machine of whoever develops it.

mod abi;
mod cargo_ohos;
mod gate;
mod imports;
mod instructions;
mod musl_node;
mod ndk;
#[cfg(test)]
mod sample;
mod symbols;
mod toolchain;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::process::run;
use anyhow::{Context, Result, bail};

pub use abi::Abi;
use cargo_ohos::Request;
pub use imports::NodeApi;
pub use musl_node::{Cpu, MuslNode};
pub use ndk::SmallNdk;
use toolchain::StandardLibrary;
pub use toolchain::Toolchain;

/// The library's file name, which is also its `SONAME`.
pub const LIBRARY: &str = "libpushseal_native.so";

/// The file name of the library with the panic probe.
pub const LIBRARY_WITH_PROBE: &str = "libpushseal_native_probe.so";

/// Said where the library is larger than what the product ships.
const OVERSIZE: &str = "Rust's standard library comes as it ships, with the code that prints backtraces; \
     `rustup component add rust-src` makes the library half as large";

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
    let builder = Builder::new(root)?;
    abis.iter().map(|&abi| builder.library(abi, profile)).collect()
}

/// What builds the library, found once.
pub struct Builder {
    root: PathBuf,
    cargo_ohos: PathBuf,
    toolchain: Toolchain,
}

impl Builder {
    /// Finds the tools for the repository at `root`, installing what it can.
    pub fn new(root: &Path) -> Result<Self> {
        let target = root.join("target");
        let cargo_ohos = cargo_ohos::ensure(root)?;
        let toolchain = Toolchain::find(&cargo_ohos, &target)?;
        eprintln!("ohos: using {toolchain}");
        Ok(Self { root: root.to_owned(), cargo_ohos, toolchain })
    }

    /// The library that ships, as `target/ohos/<abi>/libpushseal_native.so`.
    pub fn library(&self, abi: Abi, profile: Profile) -> Result<Built> {
        eprintln!("ohos: building for {abi}");
        let standard_library = self.toolchain.prepare_rust(abi)?;
        let linked = self.build(&Request { abi, profile, standard_library, features: &[] })?;
        let unstripped = self.folder(abi)?.join(LIBRARY).with_extension("debug.so");
        fs::copy(&linked, &unstripped).with_context(|| format!("cargo made no {}", linked.display()))?;
        let library = self.folder(abi)?.join(LIBRARY);
        self.strip(&unstripped, &library)?;
        let size = fs::metadata(&library)?.len();
        let built = Built { abi, library, unstripped, size };
        let small = standard_library == StandardLibrary::FromSource;
        if !small {
            eprintln!("ohos: {OVERSIZE}");
        }
        self.pass_gate(&built, (small && profile == Profile::Release).then_some(gate::BUDGET))?;
        Ok(built)
    }

    /// The library with `panicProbe`, with which the tests show what becomes of a panic. It never ships.
    pub fn library_with_probe(&self, abi: Abi) -> Result<PathBuf> {
        eprintln!("ohos: building for {abi} with the panic probe");
        let library = self.folder(abi)?.join(LIBRARY_WITH_PROBE);
        let standard_library = self.toolchain.prepare_rust(abi)?;
        let request =
            Request { abi, profile: Profile::Release, standard_library, features: &["panic-probe"] };
        self.strip(&self.build(&request)?, &library)?;
        Ok(library)
    }

    /// The program of `benches/` that only opens messages.
    pub fn counter(&self, abi: Abi) -> Result<PathBuf> {
        let standard_library = self.toolchain.prepare_rust(abi)?;
        cargo_ohos::build_counter(&self.cargo_ohos, &self.toolchain, &self.root, (abi, standard_library))
    }

    fn build(&self, request: &Request<'_>) -> Result<PathBuf> {
        cargo_ohos::build(&self.cargo_ohos, &self.toolchain, &self.root, request)
    }

    fn strip(&self, from: &Path, to: &Path) -> Result<()> {
        let mut strip = Command::new(self.toolchain.tool("llvm-strip"));
        run(strip.arg("--strip-all").arg("-o").args([to, from]), "strip the library")
    }

    fn folder(&self, abi: Abi) -> Result<PathBuf> {
        let folder = self.root.join("target/ohos").join(abi.name());
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        Ok(folder)
    }

    fn pass_gate(&self, built: &Built, budget: Option<usize>) -> Result<()> {
        let Built { abi, library, size, .. } = built;
        let rules = gate::Rules { abi: *abi, device: self.toolchain.device_symbols(*abi)?, budget };
        let findings = gate::check(&fs::read(library)?, &rules);
        if findings.is_empty() {
            instructions::check(&self.toolchain.tool("llvm-objdump"), library, *abi)
                // A refused library must not be picked up by a later step.
                .inspect_err(|_| drop(fs::remove_file(library)))?;
            eprintln!("ohos: {} passed the gate, {size} bytes", library.display());
            return Ok(());
        }
        let list: Vec<String> = findings.iter().map(|finding| format!("  - {finding}")).collect();
        // A refused library must not be picked up by a later step.
        fs::remove_file(library)?;
        bail!("{} does not pass the gate:\n{}", library.display(), list.join("\n"))
    }
}
