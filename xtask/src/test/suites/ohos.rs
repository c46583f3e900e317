//! The native library as devices get it.

use super::{
    super::{Scope, suite::Suite},
    app::har,
};
use crate::{
    debian, memcheck,
    ohos::{self, Abi, Cpu, MuslNode, Profile},
};
use anyhow::Result;
use std::{path::Path, process::Command};

/// The libraries that ship, and the same with the panic probe.
pub fn builds(scope: &Scope) -> Suite {
    const BUILD: &str = "OHOS libraries pass the ELF gate";
    if scope.host {
        return Suite::skipped("Rust", BUILD, "left out by --host");
    }
    Suite::of_check("Rust", BUILD, |root| {
        let builder = ohos::Builder::new(root)?;
        for abi in Abi::ALL {
            builder.library_with_probe(abi)?;
            builder.library(abi, Profile::Release)?;
            MuslNode::prepare(&root.join("target"), abi)?;
        }
        Ok(Vec::new())
    })
}

/// Both libraries on the processors that devices have, and the package that an app installs.
pub fn runs(scope: &Scope) -> Vec<Suite> {
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
    [under_valgrind()].into_iter().chain(runs.map(run)).chain([har()]).collect()
}

/// The longest, so it starts first.
fn under_valgrind() -> Suite {
    const NAME: &str = "native library, device build under valgrind";
    let Some(abi) = Abi::native() else {
        return Suite::skipped("Node", NAME, "valgrind watches only what the machine runs itself");
    };
    Suite::of_tests("Node", NAME, move |root| {
        debian::require(&["valgrind"])?;
        let node = MuslNode::prepare(&root.join("target"), abi)?;
        memcheck::device_commands(root, &node, &root.join("target/ohos").join(abi.name()).join(ohos::LIBRARY))
    })
}

fn on_musl(root: &Path, abi: Abi, cpu: Cpu) -> Result<Vec<Command>> {
    let node = MuslNode::prepare(&root.join("target"), abi)?;
    let folder = root.join("target/ohos").join(abi.name());
    let mut files = vec![
        "addon/engine.test.mjs",
        "addon/threads.test.mjs",
        "addon/surface.test.mjs",
        "addon/boundary.test.mjs",
        "addon/interop.test.mjs",
        "addon/oracle.test.mjs",
    ];
    // Its batches of 100,000 would take minutes in emulated software AES.
    if cpu == Cpu::Best {
        files.push("addon/limits.test.mjs");
    }
    // Last: they read what the others made the library, and the engine, log.
    files.extend(["ohos/node-api.test.mjs", "addon/hilog.test.mjs"]);
    let mut whole = node.test_command(&folder.join(ohos::LIBRARY), &files, cpu)?;
    let mut probe =
        node.test_command(&folder.join(ohos::LIBRARY_WITH_PROBE), &["addon/engine.test.mjs"], cpu)?;
    let aes = if cpu == Cpu::WithoutAes { "off" } else { "on" };
    for command in [&mut whole, &mut probe] {
        command.current_dir(root.join("tests/node")).env("PUSHSEAL_EXPECT_AES", aes);
    }
    Ok(vec![whole, probe])
}
