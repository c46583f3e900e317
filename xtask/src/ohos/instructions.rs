//! Whether the library has the processor's instructions for AES and GHASH: without them it works, several times slower.

use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::{Result, ensure};

use super::abi::Abi;
use crate::process::read;

/// What the fast code for AES-GCM is made of.
const fn needed(abi: Abi) -> &'static [&'static str] {
    match abi {
        Abi::Arm64V8a => &["aese", "aesmc", "pmull"],
        // The library for PCs' emulators is run by the tests, which ask it whether it uses them.
        Abi::X86_64 => &[],
    }
}

/// Refuses a library without them. `objdump` is LLVM's.
pub fn check(objdump: &Path, library: &Path, abi: Abi) -> Result<()> {
    if needed(abi).is_empty() {
        return Ok(());
    }
    let mut disassemble = Command::new(objdump);
    disassemble.args(["--disassemble", "--no-show-raw-insn", "--no-leading-addr"]).arg(library);
    let listing = read(&mut disassemble, "disassemble the library")?;
    let missing = missing(&listing, abi);
    ensure!(
        missing.is_empty(),
        "{} has no {} instruction, so AES-GCM would run without the processor's help: see whether src/cipher.rs still \
         chooses graviola for {abi}, and with which features it is built",
        library.display(),
        missing.join(", no ")
    );
    Ok(())
}

/// The needed instructions that a disassembly does not show.
fn missing(listing: &str, abi: Abi) -> Vec<&'static str> {
    let present: BTreeSet<&str> = listing
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(|name| name.split('.').next().unwrap_or(name))
        .collect();
    needed(abi).iter().copied().filter(|name| !present.contains(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::ndk::LLVM, *};
    use crate::{ohos::sample::new_folder, process::run};
    use std::fs;

    /// A library with these instructions, and whether it is refused.
    fn refusal(instructions: &str) -> Option<String> {
        let folder = new_folder();
        let (source, library) = (folder.join("sample.s"), folder.join("sample.so"));
        fs::write(&source, format!(".arch armv8-a+aes\n.text\n{instructions}\nret\n")).unwrap();
        let mut clang = Command::new(format!("clang-{LLVM}"));
        clang.args(["--target=aarch64-linux-ohos", "-shared", "-nostdlib", "-fuse-ld=lld", "-o"]);
        run(clang.args([&library, &source]), "build a sample").unwrap();
        let objdump = format!("/usr/bin/llvm-objdump-{LLVM}");
        let refusal =
            check(Path::new(&objdump), &library, Abi::Arm64V8a).err().map(|error| error.to_string());
        fs::remove_dir_all(folder).unwrap();
        refusal
    }

    #[test]
    fn a_library_without_the_instructions_is_refused() {
        let (aes, pmull) = ("aese v0.16b, v1.16b\naesmc v0.16b, v0.16b", "pmull v0.1q, v1.1d, v2.1d");
        assert_eq!(refusal(&format!("{aes}\n{pmull}")), None);
        assert!(refusal(aes).unwrap().contains("no pmull instruction"));
        assert!(refusal(pmull).unwrap().contains("no aese, no aesmc instruction"));
        // Their names as data are no instructions.
        assert!(refusal(&format!("{pmull}\n.ascii \"aese aesmc\"\n.p2align 2")).is_some());
    }
}
