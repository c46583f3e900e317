//! Which suites there are, in the order they run: what is quick and breaks often comes first.

use super::{Scope, suite::Suite};
use crate::{
    addon, debian, demo, har, memcheck,
    ohos::{self, Abi, Cpu, MuslNode, Profile},
    paths,
    process::output,
    setup, supply, typings,
};
use anyhow::{Context, Result, ensure};
use std::{path::Path, process::Command};

/// The suites of a scope.
pub struct Plan {
    /// One after the other: they build, or measure.
    pub in_order: Vec<Suite>,
    /// Any two at a time: all that they need is built.
    pub side_by_side: Vec<Suite>,
}

/// Every suite of this scope.
pub fn all(scope: Scope) -> Plan {
    let mut in_order = vec![
        format(),
        lints(),
        rust(scope),
        supply_chain(),
        typings_drift(),
        addon_suite(),
        valgrind(scope),
        push_kit_double(),
        arkts(),
        jose(),
        jwcrypto(),
        whole_way(),
        fuzz_smoke(scope),
    ];
    in_order.extend(ohos_builds(scope));
    in_order.push(ark(scope));
    Plan { in_order, side_by_side: ohos_runs(scope) }
}

/// Whether a program is there.
fn starts(program: &str) -> bool {
    output(Command::new(program).arg("--version"), "look for a program").is_ok()
}

fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(paths::cargo());
    command.current_dir(root).args(arguments);
    command
}

/// Node's test runner on files of `tests/node`; a folder stands for the tests in it. Named one by one, they are found by
/// every version of Node.
fn node_tests(root: &Path, flags: &[&str], files: &[&str]) -> Result<Command> {
    let folder = root.join("tests/node");
    let mut command = Command::new("node");
    command.current_dir(&folder).args(["--no-warnings", "--test", "--test-reporter=spec"]).args(flags);
    for file in files {
        match file.strip_suffix('/') {
            Some(inner) => command.args(tests_in(&folder, inner)?),
            None => command.arg(file),
        };
    }
    Ok(command)
}

fn tests_in(base: &Path, folder: &str) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(base.join(folder)).with_context(|| format!("cannot read {folder}"))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<String>>>()?;
    names.retain(|name| name.ends_with(".test.mjs"));
    names.sort_unstable();
    Ok(names.iter().map(|name| format!("{folder}/{name}")).collect())
}

fn format() -> Suite {
    Suite::of_check("Rust", "format", |root| Ok(vec![cargo(root, &["fmt", "--all", "--check"])]))
}

fn lints() -> Suite {
    Suite::of_check("Rust", "lints", |root| {
        let lint = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
        Ok(vec![cargo(root, &lint)])
    })
}

fn rust(scope: Scope) -> Suite {
    Suite::of_tests("Rust", "core, backend and xtask", move |root| {
        // The backend's tests run Node programs and a database server, those of the ELF gate link samples.
        setup::node(root)?;
        let mut tests =
            cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast", "--", "--show-output"]);
        if scope.host {
            tests.args(["--skip", "ohos::"]);
        } else if debian::available() {
            debian::require(&["postgresql", "clang-19", "lld-19"])?;
        }
        Ok(vec![tests])
    })
}

fn supply_chain() -> Suite {
    Suite::of_check("Rust", "supply chain", |root| {
        supply::check(root)?;
        Ok(Vec::new())
    })
}

fn fuzz_smoke(scope: Scope) -> Suite {
    const NAME: &str = "fuzz targets, ten seconds each";
    if scope.host && !starts("c++") {
        return Suite::skipped("Rust", NAME, "there is no C++ compiler here, which libFuzzer needs");
    }
    Suite::of_tests("Rust", NAME, |root| {
        if debian::available() {
            debian::require(&["g++"])?;
        }
        let mut fuzz = Command::new(std::env::current_exe()?);
        fuzz.current_dir(root).arg("fuzz");
        Ok(vec![fuzz])
    })
}

fn valgrind(scope: Scope) -> Suite {
    const NAME: &str = "native library under valgrind";
    if !cfg!(target_os = "linux") {
        return Suite::skipped("Node", NAME, "valgrind is for Linux");
    }
    if scope.host && !starts("valgrind") {
        return Suite::skipped("Node", NAME, "valgrind is not installed here");
    }
    Suite::of_tests("Node", NAME, |root| {
        if debian::available() {
            debian::require(&["valgrind"])?;
        }
        memcheck::commands(root)
    })
}

fn typings_drift() -> Suite {
    Suite::of_check("TypeScript", "typings are those of the sources", |root| {
        typings::check(root)?;
        Ok(Vec::new())
    })
}

fn addon_suite() -> Suite {
    Suite::of_tests("Node", "native library, host build", |root| {
        setup::node(root)?;
        let probe = addon::build_with_probe(root)?;
        addon::build(root)?;
        let mut with_probe = node_tests(root, &["--expose-gc"], &["addon/engine.test.mjs"])?;
        with_probe.env("PUSHSEAL_ADDON", probe);
        Ok(vec![node_tests(root, &["--expose-gc"], &["addon/", "ark/", "bench/", "hvigor/"])?, with_probe])
    })
}

fn push_kit_double() -> Suite {
    Suite::of_tests("Node", "Push Kit double", |root| {
        Ok(vec![node_tests(root, &[], &["../doubles/push-kit/"])?])
    })
}

fn arkts() -> Suite {
    Suite::of_tests("ArkTS", "type check, lint, and the app in Node", |root| {
        setup::node(root)?;
        let mut check = Command::new("node");
        check.current_dir(root.join("tests/node")).args(["--no-warnings", "arkts/check.mjs"]);
        Ok(vec![check, node_tests(root, &[], &["arkts/"])?])
    })
}

fn jose() -> Suite {
    Suite::of_tests("Node", "the pushseal program with jose", |root| {
        let mut run = node_tests(root, &[], &["cli/"])?;
        run.env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), run])
    })
}

fn jwcrypto() -> Suite {
    Suite::of_tests("Python", "the pushseal program with jwcrypto", |root| {
        let mut run = Command::new(setup::python(root)?);
        run.current_dir(root)
            .arg("tests/python/interop.py")
            .env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), run])
    })
}

/// The program is built with the tests of the workspace; built alone, its dependencies would compile a second time.
fn backend(root: &Path) -> Command {
    cargo(root, &["test", "--workspace", "--locked", "--no-run"])
}

fn whole_way() -> Suite {
    Suite::of_check("Node", "demo, twice", |root| Ok(vec![demo::command(root), demo::command(root)]))
}

/// The libraries that ship, the same with the panic probe, and the package that an app installs.
fn ohos_builds(scope: Scope) -> Vec<Suite> {
    const BUILD: &str = "OHOS libraries pass the ELF gate";
    if scope.host {
        return vec![Suite::skipped("Rust", BUILD, "left out by --host")];
    }
    let build = Suite::of_check("Rust", BUILD, |root| {
        let builder = ohos::Builder::new(root)?;
        for abi in Abi::ALL {
            builder.library_with_probe(abi)?;
            builder.library(abi, Profile::Release)?;
            MuslNode::prepare(&root.join("target"), abi)?;
        }
        Ok(Vec::new())
    });
    vec![build, har()]
}

/// Both libraries on the processors that devices have. The longest comes first.
fn ohos_runs(scope: Scope) -> Vec<Suite> {
    if scope.host {
        return Vec::new();
    }
    let runs = [
        ("native library, arm64 build", Abi::Arm64V8a, Cpu::Best),
        ("native library, x86_64 build", Abi::X86_64, Cpu::Best),
        ("native library, x86_64 build without AES", Abi::X86_64, Cpu::WithoutAes),
        ("native library, arm64 build without AES", Abi::Arm64V8a, Cpu::WithoutAes),
    ];
    let run = |(name, abi, cpu)| Suite::of_tests("Node", name, move |root| on_musl(root, abi, cpu));
    runs.map(run).into()
}

/// What an app installs: packed twice to the same bytes, then installed in the example app.
fn har() -> Suite {
    Suite::of_tests("ArkTS", "the HAR, installed in the example app", |root| {
        setup::node(root)?;
        addon::build(root)?;
        let har = har::har(root)?;
        let first = std::fs::read(&har)?;
        ensure!(std::fs::read(har::har(root)?)? == first, "packed a second time, the HAR has other bytes");
        let mut run = node_tests(root, &[], &["har/"])?;
        run.env("PUSHSEAL_HAR", har);
        Ok(vec![run])
    })
}

fn on_musl(root: &Path, abi: Abi, cpu: Cpu) -> Result<Vec<Command>> {
    let node = MuslNode::prepare(&root.join("target"), abi)?;
    let folder = root.join("target/ohos").join(abi.name());
    let mut files = vec![
        "addon/engine.test.mjs",
        "addon/threads.test.mjs",
        "addon/surface.test.mjs",
        "addon/interop.test.mjs",
    ];
    // Its batches of 100,000 would take minutes in emulated software AES.
    if cpu == Cpu::Best {
        files.push("addon/limits.test.mjs");
    }
    // Last: it reads what the others made the library log.
    files.push("addon/hilog.test.mjs");
    let mut whole = node.test_command(&folder.join(ohos::LIBRARY), &files, cpu)?;
    let mut probe =
        node.test_command(&folder.join(ohos::LIBRARY_WITH_PROBE), &["addon/engine.test.mjs"], cpu)?;
    let aes = if cpu == Cpu::WithoutAes { "off" } else { "on" };
    for command in [&mut whole, &mut probe] {
        command.current_dir(root.join("tests/node")).env("PUSHSEAL_EXPECT_AES", aes);
    }
    Ok(vec![whole, probe])
}

fn ark(scope: Scope) -> Suite {
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
