//! A small NDK laid out from Debian's packages, for machines without the HarmonyOS SDK.
//!
//! It has the SDK's folders, so that the same `cargo ohos build` works with either: clang and LLVM's tools
//! (links to Debian's), musl as the C library, LLVM's unwinder, and link stubs for the device's own libraries.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use super::{
    abi::Abi,
    symbols::{DEVICE_LIBRARIES, DeviceLibrary},
};
use crate::{debian, process::run, stamp};

/// LLVM's version in Debian's package names.
pub const LLVM: &str = "19";

/// Raised when this file lays things out differently.
const LAYOUT: &str = "2";

/// Debian's packages that run on this machine: a Rust with its library's source, clang, lld, LLVM's tools.
const PROGRAMS: [&str; 7] =
    ["debian-archive-keyring", "rustc-web", "cargo-web", "rust-web-src", "clang-19", "lld-19", "llvm-19"];

/// Debian's packages that are linked into, or run together with, the library.
const LIBRARIES: [&str; 3] = ["musl", "musl-dev", "libunwind-19-dev"];

const CRTBEGIN: &str = include_str!("ndk/crtbegin.c");
const FORTIFY: &str = include_str!("ndk/fortify.c");

/// Programs that cargo-ohos and the product's own steps look for in `llvm/bin`.
const TOOLS: [&str; 10] = [
    "clang",
    "clang++",
    "ld.lld",
    "llvm-ar",
    "llvm-nm",
    "llvm-objcopy",
    "llvm-objdump",
    "llvm-ranlib",
    "llvm-readelf",
    "llvm-strip",
];

/// The small NDK on disk.
pub struct SmallNdk {
    cache: PathBuf,
}

impl SmallNdk {
    /// Lays the NDK out under `target/ohos-ndk`, unless it lies there already.
    pub fn prepare(target: &Path) -> Result<Self> {
        debian::require(&PROGRAMS)?;
        let ndk = Self { cache: target.join("ohos-ndk") };
        let libraries = format!("{LAYOUT} {LIBRARIES:?}");
        stamp::once(&ndk.packages(), &libraries, |folder| {
            eprintln!("ohos: downloading musl and libunwind for both processors");
            debian::unpack(&pairs(), folder)
        })?;
        let lists = DEVICE_LIBRARIES.iter().flat_map(DeviceLibrary::imports).collect::<Vec<_>>().join(" ");
        let inputs = format!("{libraries}\n{CRTBEGIN}\n{FORTIFY}\n{lists}");
        stamp::once(&ndk.home(), &inputs, |_| {
            eprintln!("ohos: laying out a small NDK in {}", ndk.home().display());
            ndk.lay_out()
        })?;
        Ok(ndk)
    }

    /// What `OHOS_NDK_HOME` names: the folder with `native/` in it.
    pub fn home(&self) -> PathBuf {
        self.cache.join("sdk")
    }

    /// musl's loader for `abi`, which is its C library too.
    pub fn musl(&self, abi: Abi) -> PathBuf {
        self.unpacked(abi).join(format!("usr/lib/{}-linux-musl/libc.so", abi.arch()))
    }

    fn packages(&self) -> PathBuf {
        self.cache.join("packages")
    }

    fn unpacked(&self, abi: Abi) -> PathBuf {
        self.packages().join(abi.debian())
    }

    fn native(&self) -> PathBuf {
        self.home().join("native")
    }

    fn lay_out(&self) -> Result<()> {
        self.link_tools()?;
        for abi in Abi::ALL {
            self.copy_musl(abi)?;
            self.add_start_files(abi)?;
            self.add_unwinder(abi)?;
            for library in &DEVICE_LIBRARIES {
                self.add_stub(abi, library)?;
            }
        }
        let version = "{\"apiVersion\":\"12\",\"version\":\"0 (laid out from Debian packages)\"}\n";
        write(&self.native().join("oh-uni-package.json"), version)
    }

    fn link_tools(&self) -> Result<()> {
        let llvm = self.native().join("llvm");
        for tool in TOOLS {
            link(format!("/usr/bin/{tool}-{LLVM}"), &llvm.join("bin").join(tool))?;
        }
        // cargo-ohos refuses an SDK without it.
        link(format!("/usr/lib/llvm-{LLVM}/lib/libclang-{LLVM}.so.1"), &llvm.join("lib/libclang.so"))
    }

    fn copy_musl(&self, abi: Abi) -> Result<()> {
        let usr = self.unpacked(abi).join("usr");
        let musl = format!("{}-linux-musl", abi.arch());
        let libraries = usr.join("lib").join(&musl);
        for file in [
            "libc.so",
            "libm.a",
            "libdl.a",
            "librt.a",
            "libpthread.a",
            "libutil.a",
            "Scrt1.o",
            "crti.o",
            "crtn.o",
        ] {
            copy(&libraries.join(file), &self.sysroot_library(abi, file))?;
        }
        let headers = self.native().join("sysroot/usr/include").join(abi.clang_triple());
        copy_folder(&usr.join("include").join(&musl), &headers)
    }

    fn add_start_files(&self, abi: Abi) -> Result<()> {
        self.compile(abi, CRTBEGIN, &self.sysroot_library(abi, "crtbeginS.o"))?;
        self.compile(abi, "", &self.sysroot_library(abi, "crtendS.o"))
    }

    /// libunwind with the checked printf functions it calls, which no device has.
    fn add_unwinder(&self, abi: Abi) -> Result<()> {
        let lib = self.native().join("llvm/lib").join(abi.clang_triple());
        let archive = lib.join("libunwind.a");
        copy(&self.unpacked(abi).join(format!("usr/lib/llvm-{LLVM}/lib/libunwind.a")), &archive)?;
        let object = lib.join("fortify.o");
        self.compile(abi, FORTIFY, &object)?;
        run(Command::new(self.tool("llvm-ar")).arg("r").args([&archive, &object]), "add to libunwind.a")
    }

    /// A link stub. It defines the symbols, or `--as-needed` would drop the library from `DT_NEEDED`.
    fn add_stub(&self, abi: Abi, library: &DeviceLibrary) -> Result<()> {
        let stub = self.sysroot_library(abi, library.soname);
        if stub.exists() {
            return Ok(());
        }
        let description = self.cache.join(format!("{}.ifs", library.soname));
        write(&description, &interface(abi, library))?;
        let mut ifs = Command::new(format!("llvm-ifs-{LLVM}"));
        ifs.arg("--input-format=IFS").arg(format!("--output-elf={}", stub.display())).arg(&description);
        run(&mut ifs, "write a link stub")
    }

    fn compile(&self, abi: Abi, source: &str, object: &Path) -> Result<()> {
        let file = object.with_extension("c");
        write(&file, source)?;
        let mut clang = self.clang(abi);
        clang.args(["-O2", "-fPIC", "-c", "-o"]).args([object, &file]);
        run(&mut clang, "compile a file of the small NDK")?;
        fs::remove_file(&file)?;
        Ok(())
    }

    /// clang, set up for `abi` and this sysroot.
    pub fn clang(&self, abi: Abi) -> Command {
        let mut clang = Command::new(self.tool("clang"));
        clang.arg(format!("--target={}", abi.clang_triple()));
        clang.arg(format!("--sysroot={}", self.native().join("sysroot").display()));
        clang
    }

    fn tool(&self, name: &str) -> PathBuf {
        self.native().join("llvm/bin").join(name)
    }

    fn sysroot_library(&self, abi: Abi, name: &str) -> PathBuf {
        self.native().join("sysroot/usr/lib").join(abi.clang_triple()).join(name)
    }
}

fn pairs() -> Vec<(&'static str, &'static str)> {
    Abi::ALL.into_iter().flat_map(|abi| LIBRARIES.map(|package| (package, abi.debian()))).collect()
}

/// The library's interface in LLVM's text format (`llvm-ifs`).
fn interface(abi: Abi, library: &DeviceLibrary) -> String {
    let machine = match abi {
        Abi::Arm64V8a => "AArch64",
        Abi::X86_64 => "x86_64",
    };
    let symbols: String =
        library.imports().map(|name| format!("  - {{ Name: {name}, Type: Func }}\n")).collect();
    format!(
        "--- !ifs-v1\nIfsVersion: 3.0\nSoName: {}\nTarget: {{ ObjectFormat: ELF, Arch: {machine}, \
         Endianness: little, BitWidth: 64 }}\nSymbols:\n{symbols}...\n",
        library.soname
    )
}

fn write(file: &Path, text: &str) -> Result<()> {
    in_folder(file)?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    in_folder(to)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?
        } else {
            copy(&entry.path(), &target)?
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(to: String, at: &Path) -> Result<()> {
    in_folder(at)?;
    std::os::unix::fs::symlink(&to, at).with_context(|| format!("cannot link {} to {to}", at.display()))
}

/// Debian is the only system whose packages are laid out here.
#[cfg(not(unix))]
fn link(to: String, _at: &Path) -> Result<()> {
    anyhow::bail!("cannot link to {to} on this system")
}

fn in_folder(file: &Path) -> Result<()> {
    let folder = file.parent().context("a file without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))
}
