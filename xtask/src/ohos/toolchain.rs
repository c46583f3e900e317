//! Which clang, sysroot and Rust build the library: the HarmonyOS SDK's where one is found, otherwise a small
//! NDK laid out from Debian's packages.

use std::{
    env, fmt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{
    abi::Abi,
    ndk::SmallNdk,
    symbols::{self, DeviceSymbols},
};
use crate::{
    debian,
    process::{output, read, run},
};

/// The variables that name an SDK, in the order in which cargo-ohos 0.3.4 looks at them.
const SDK_VARIABLES: [&str; 4] = ["OHOS_SDK_NATIVE", "OHOS_NDK_HOME", "OHOS_SDK_HOME", "DEVECO_SDK_HOME"];

/// What builds the library.
pub enum Toolchain {
    /// The SDK whose `native` folder this is, with rustup's Rust.
    Sdk { native: PathBuf },
    /// The small NDK, with Debian's Rust and its standard library built from source.
    SmallNdk(SmallNdk),
}

impl Toolchain {
    /// Finds an SDK in cargo-ohos's own way, or prepares the small NDK in the `target` folder.
    pub fn find(cargo_ohos: &Path, target: &Path) -> Result<Self> {
        let named = SDK_VARIABLES.into_iter().find(|variable| env::var_os(variable).is_some());
        let mut ask = Command::new(cargo_ohos);
        ask.args(["ohos", "env", "-t", "aarch64", "--format", "json"]);
        let answer = output(&mut ask, "look for an SDK")?;
        if answer.status.success() {
            return Ok(Self::Sdk { native: native_folder(&answer.stdout)? });
        }
        let reason = String::from_utf8_lossy(&answer.stderr).trim().to_owned();
        if let Some(variable) = named {
            bail!("{variable} is set, but no usable SDK is there; correct it or unset it. {reason}");
        }
        if !debian::available() {
            bail!(
                "no HarmonyOS SDK found. Install DevEco Studio or its command-line tools and set OHOS_NDK_HOME \
                 to the folder that contains `native`. (Without an SDK the library can be built on Debian.)"
            );
        }
        Ok(Self::SmallNdk(SmallNdk::prepare(target)?))
    }

    /// The folder that contains `native`, which napi-build-ohos takes from `OHOS_NDK_HOME`.
    pub fn home(&self) -> PathBuf {
        match self {
            Self::Sdk { native } => native.parent().unwrap_or(native).to_owned(),
            Self::SmallNdk(ndk) => ndk.home(),
        }
    }

    /// One of LLVM's programs.
    pub fn tool(&self, name: &str) -> PathBuf {
        let program = self.home().join("native/llvm/bin").join(name);
        if cfg!(windows) { program.with_extension("exe") } else { program }
    }

    /// The symbols that resolve on a device, by the SDK's own libraries where there are any.
    pub fn device_symbols(&self, abi: Abi) -> Result<DeviceSymbols> {
        match self {
            Self::Sdk { native } => {
                symbols::exported_by_sdk(&native.join("sysroot/usr/lib").join(abi.clang_triple()))
            }
            Self::SmallNdk(_) => Ok(symbols::listed()),
        }
    }

    /// Makes sure that Rust can compile for `abi`, and says whether the standard library is to be built from
    /// its source.
    pub fn prepare_rust(&self, abi: Abi) -> Result<StandardLibrary> {
        match self {
            Self::SmallNdk(_) => Ok(StandardLibrary::FromSource),
            Self::Sdk { .. } if source_is_installed() => Ok(StandardLibrary::FromSource),
            Self::Sdk { .. } => {
                let mut add = Command::new("rustup");
                add.args(["target", "add", &abi.rust_triple()]);
                run(&mut add, "install Rust's standard library for the device")?;
                Ok(StandardLibrary::Precompiled)
            }
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sdk { native } => write!(f, "the HarmonyOS SDK in {}", native.display()),
            Self::SmallNdk(ndk) => write!(f, "the small NDK in {} (no SDK found)", ndk.home().display()),
        }
    }
}

/// Where the standard library in the product comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardLibrary {
    /// Built with the product, without the code that prints backtraces: nobody can read them in an app, and
    /// it is half the library's size.
    FromSource,
    /// As Rust ships it.
    Precompiled,
}

fn source_is_installed() -> bool {
    let sysroot = read(Command::new("rustc").args(["--print", "sysroot"]), "ask for Rust's folder");
    sysroot.is_ok_and(|path| Path::new(path.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
}

fn native_folder(answer: &[u8]) -> Result<PathBuf> {
    let answer: serde_json::Value = serde_json::from_slice(answer).context("cargo-ohos answered no JSON")?;
    let native = answer.pointer("/sdk/native_root").and_then(serde_json::Value::as_str);
    Ok(PathBuf::from(native.context("cargo-ohos answered without sdk.native_root")?))
}
