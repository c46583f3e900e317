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

/// This program. Its own tests build it anew while it runs; Linux then calls the file that it came from `… (deleted)`, and the new
/// one lies in its place.
pub fn this_program() -> std::io::Result<PathBuf> {
    env::current_exe().map(|path| in_place(&path))
}

fn in_place(path: &Path) -> PathBuf {
    let text = path.to_str().and_then(|text| text.strip_suffix(" (deleted)"));
    text.map_or_else(|| path.to_owned(), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_built_anew_is_found() {
        for path in ["/target/debug/xtask", "/target/debug/xtask (deleted)"] {
            assert_eq!(in_place(Path::new(path)), Path::new("/target/debug/xtask"));
        }
    }
}
