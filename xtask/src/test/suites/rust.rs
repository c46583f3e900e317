//! What is checked of the Rust sources.

use super::{
    super::{Scope, suite::Suite},
    commands::{cargo, starts},
};
use crate::{debian, paths, setup};
use std::process::Command;

pub fn format() -> Suite {
    Suite::of_check("Rust", "format", |root| Ok(vec![cargo(root, &["fmt", "--all", "--check"])]))
}

pub fn lints() -> Suite {
    Suite::of_check("Rust", "lints", |root| {
        let lint = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
        Ok(vec![cargo(root, &lint)])
    })
}

pub fn rust(scope: &Scope) -> Suite {
    let host = scope.host;
    Suite::of_tests("Rust", "core, backend and xtask", move |root| {
        // The backend's tests run Node programs and a database server, those of the ELF gate link samples.
        setup::node(root)?;
        let mut tests =
            cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast", "--", "--show-output"]);
        if host {
            tests.args(["--skip", "ohos::"]);
        } else if debian::available() {
            debian::require(&["postgresql", "redis-server", "clang-19", "lld-19", "llvm-19"])?;
        }
        Ok(vec![tests])
    })
}

pub fn fuzz_smoke(scope: &Scope) -> Suite {
    const NAME: &str = "fuzz targets, ten seconds each";
    if scope.host && !starts("c++") {
        return Suite::skipped("Rust", NAME, "there is no C++ compiler here, which libFuzzer needs");
    }
    Suite::of_tests("Rust", NAME, |root| {
        if debian::available() {
            debian::require(&["g++"])?;
        }
        let mut fuzz = Command::new(paths::this_program()?);
        fuzz.current_dir(root).arg("fuzz");
        Ok(vec![fuzz])
    })
}
