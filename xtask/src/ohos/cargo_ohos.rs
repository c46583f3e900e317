//! `cargo ohos`: installed at one version, and called to build the bridge for a device.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{
    Profile,
    abi::Abi,
    toolchain::{StandardLibrary, Toolchain},
};
use crate::{
    install::{DEBUG, installed},
    process::run,
};

const VERSION: &str = "0.3.4";

/// The program, installed under `target/tools` unless it is there already.
pub fn ensure(root: &Path) -> Result<PathBuf> {
    installed(root, "cargo-ohos", VERSION, &DEBUG)
}

/// One build of the bridge.
pub struct Request<'a> {
    pub abi: Abi,
    pub profile: Profile,
    pub standard_library: StandardLibrary,
    pub features: &'a [&'a str],
}

/// Builds the bridge and returns the linked, unstripped library.
pub fn build(program: &Path, toolchain: &Toolchain, root: &Path, request: &Request<'_>) -> Result<PathBuf> {
    let &Request { abi, profile, standard_library, features } = request;
    let folder = root.join("target/ohos-build");
    let mut cargo = command(program, toolchain, abi, standard_library)?;
    cargo.current_dir(root).env("CARGO_TARGET_DIR", &folder);
    cargo.args(["--package", "pushseal-native", "--lib", "--features", &features.join(",")]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    // Line tables for the unstripped copy, which turns a device's crash log into file and line.
    cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only").env("CARGO_PROFILE_RELEASE_STRIP", "none");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", neutral_paths(root)?);
    run(&mut cargo, &format!("build the library for {abi}"))?;
    Ok(folder.join(abi.rust_triple()).join(profile.folder()).join("libpushseal_native.so"))
}

/// Builds the program of `benches/` that only opens messages, for counting its instructions, and returns it.
pub fn build_counter(
    program: &Path,
    toolchain: &Toolchain,
    root: &Path,
    (abi, standard_library): (Abi, StandardLibrary),
) -> Result<PathBuf> {
    let folder = root.join("target/bench/ohos");
    let mut cargo = command(program, toolchain, abi, standard_library)?;
    cargo.current_dir(root.join("benches")).env("CARGO_TARGET_DIR", &folder);
    cargo.args(["--release", "--no-default-features", "--bin", "count"]);
    // Programs, unlike libraries, look for the unwinder where the SDK's own clang knows it.
    let unwinder = toolchain.home().join("native/llvm/lib").join(abi.clang_triple());
    cargo.env("CARGO_ENCODED_RUSTFLAGS", format!("-Clink-arg=-L{}", unwinder.display()));
    run(&mut cargo, &format!("build what is counted on {abi}"))?;
    Ok(folder.join(abi.rust_triple()).join("release/count"))
}

/// `cargo ohos build`, set up for a processor.
fn command(
    program: &Path,
    toolchain: &Toolchain,
    abi: Abi,
    standard_library: StandardLibrary,
) -> Result<Command> {
    let mut cargo = Command::new(program);
    cargo.args(["ohos", "build", "-t", abi.arch(), "--locked"]).env("OHOS_NDK_HOME", toolchain.home());
    if standard_library == StandardLibrary::FromSource {
        cargo.args(["-Zbuild-std=std,panic_unwind", "-Zbuild-std-features=panic-unwind"]);
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
    if matches!(toolchain, Toolchain::SmallNdk(_)) {
        use_debian_rust(&mut cargo)?;
    }
    Ok(cargo)
}

/// Puts Debian's cargo and rustc before rustup's, for this one command: no toolchain of the user's changes.
fn use_debian_rust(cargo: &mut Command) -> Result<()> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(PathBuf::from("/usr/bin")).chain(env::split_paths(&inherited));
    cargo.env("PATH", env::join_paths(folders).context("PATH cannot be extended")?);
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTC_WRAPPER", "LD_LIBRARY_PATH"] {
        cargo.env_remove(variable);
    }
    Ok(())
}

/// Flags that keep this machine's folders out of the product's panic messages and line tables.
fn neutral_paths(root: &Path) -> Result<OsString> {
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().context("no home folder")?.join(".cargo"),
    };
    let mut flags = OsString::new();
    for (from, to) in [(root, "pushseal"), (&cargo_home, "cargo")] {
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push(format!("={to}"));
    }
    Ok(flags)
}
