//! The two kinds of processor that HarmonyOS apps ship libraries for.

use std::{fmt, str::FromStr};

use anyhow::bail;

/// An ABI by the name hvigor's `abiFilters` uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abi {
    /// Phones, tablets, and the emulator on Apple silicon.
    Arm64V8a,
    /// The emulator on PCs.
    X86_64,
}

impl Abi {
    /// Every ABI the product ships.
    pub const ALL: [Self; 2] = [Self::Arm64V8a, Self::X86_64];

    /// The one that this machine runs without an emulator.
    pub fn native() -> Option<Self> {
        Self::ALL.into_iter().find(|abi| abi.arch() == std::env::consts::ARCH)
    }

    /// The folder under `libs/` in a HAR or HAP.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arm64V8a => "arm64-v8a",
            Self::X86_64 => "x86_64",
        }
    }

    /// The processor's name in target triples, in qemu's programs and in musl's loader.
    pub const fn arch(self) -> &'static str {
        match self {
            Self::Arm64V8a => "aarch64",
            Self::X86_64 => "x86_64",
        }
    }

    /// Debian's name for the processor.
    pub const fn debian(self) -> &'static str {
        match self {
            Self::Arm64V8a => "arm64",
            Self::X86_64 => "amd64",
        }
    }

    /// The target triple rustc knows.
    pub fn rust_triple(self) -> String {
        format!("{}-unknown-linux-ohos", self.arch())
    }

    /// The target triple clang knows, also the folder name in the SDK's `sysroot/usr/lib`.
    pub fn clang_triple(self) -> String {
        format!("{}-linux-ohos", self.arch())
    }
}

impl fmt::Display for Abi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Abi {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        match Self::ALL.into_iter().find(|abi| abi.name() == name) {
            Some(abi) => Ok(abi),
            None => bail!("unknown ABI `{name}`: the library is built for arm64-v8a and x86_64"),
        }
    }
}
