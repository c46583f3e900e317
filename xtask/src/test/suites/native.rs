//! The native library, built for this machine and for OpenHarmony's own engine.

use super::{
    super::{Scope, suite::Suite},
    commands::{node_tests, starts},
};
use crate::{addon, bench, debian, memcheck, ohos::Abi, setup, typings};
use std::process::Command;

pub fn typings_drift() -> Suite {
    Suite::of_check("TypeScript", "typings are those of the sources", |root| {
        typings::check(root)?;
        Ok(Vec::new())
    })
}

pub fn addon_suite() -> Suite {
    Suite::of_tests("Node", "native library, host build", |root| {
        setup::node(root)?;
        let probe = addon::build_with_probe(root)?;
        addon::build(root)?;
        let mut with_probe = node_tests(root, &["--expose-gc"], &["addon/engine.test.mjs"])?;
        with_probe.env("PUSHSEAL_ADDON", probe);
        Ok(vec![node_tests(root, &["--expose-gc"], &["addon/", "ark/", "bench/", "hvigor/"])?, with_probe])
    })
}

pub fn valgrind(scope: &Scope) -> Suite {
    const NAME: &str = "native library under valgrind";
    if !cfg!(target_os = "linux") {
        return Suite::skipped("Node", NAME, "valgrind is for Linux");
    }
    if scope.host && !starts("valgrind") {
        return Suite::skipped("Node", NAME, "valgrind is not installed here");
    }
    let watches_device = !scope.host && Abi::native().is_some();
    Suite::of_tests("Node", NAME, move |root| {
        if debian::available() {
            debian::require(&["valgrind"])?;
        }
        memcheck::commands(root, watches_device)
    })
}

pub fn instructions(scope: &Scope) -> Suite {
    const NAME: &str = "instructions per message";
    if !cfg!(target_os = "linux") {
        return Suite::skipped("Rust", NAME, "valgrind is for Linux");
    }
    if scope.host && !starts("valgrind") {
        return Suite::skipped("Rust", NAME, "valgrind is not installed here");
    }
    if !cfg!(target_arch = "x86_64") {
        return Suite::skipped("Rust", NAME, "the published numbers are those of x86-64");
    }
    Suite::of_check("Rust", NAME, |root| {
        bench::guard(root)?;
        Ok(Vec::new())
    })
}

pub fn ark(scope: &Scope) -> Suite {
    const NAME: &str = "native library, OpenHarmony's engine";
    if !scope.ark {
        return Suite::skipped("Ark", NAME, "asked for by --ark");
    }
    if std::env::var_os("ARK_HOST_BUNDLE_DIR").is_none() {
        return Suite::skipped("Ark", NAME, "ARK_HOST_BUNDLE_DIR names no PC build of OpenHarmony's engine");
    }
    Suite::of_tests("Ark", NAME, |root| {
        let mut run = Command::new("node");
        run.current_dir(root)
            .args(["--no-warnings", "tests/node/ark/run.mjs"])
            .arg(addon::build_for_ark(root)?);
        Ok(vec![run])
    })
}
