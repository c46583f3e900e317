//! Where things are.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The cargo that runs us, so that the same toolchain builds everything.
pub fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Where cargo puts what it builds. Our own products are always under `target/`.
pub fn cargo_target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// A program that cargo built for this machine.
pub fn binary(root: &Path, profile: &str, name: &str) -> PathBuf {
    cargo_target(root).join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
}
