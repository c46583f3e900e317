//! The one front door for everything that is not a plain `cargo build` or `cargo test`.

mod addon;
mod ohos;
mod paths;
mod setup;
mod typings;

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};

use ohos::{Abi, Profile};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the repository")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let ["node-ohos", abi, cpu, files @ ..] = words.as_slice() {
        let node = ohos::MuslNode::prepare(&root.join("target"), abi.parse()?)?;
        let cpu = if *cpu == "plain" { ohos::Cpu::WithoutAes } else { ohos::Cpu::Best };
        let library = root.join("target/ohos").join(abi).join(ohos::LIBRARY);
        let files: Vec<_> = files.iter().map(std::path::PathBuf::from).collect();
        return node.test(&library, &files, cpu);
    }
    match words.as_slice() {
        ["addon"] => {
            println!("{}", addon::build(root)?.display());
            return Ok(());
        }
        ["typings"] => {
            println!("{}", typings::write(root)?.display());
            return Ok(());
        }
        _ => {}
    }
    let abis = match words.as_slice() {
        ["so"] | ["so", "--all"] => Abi::ALL.to_vec(),
        ["so", "--abi", abi] => vec![abi.parse()?],
        _ => bail!("usage: cargo xtask so [--abi arm64-v8a|x86_64] [--all]"),
    };
    for built in ohos::so(root, &abis, Profile::Release)? {
        println!("{} ({} bytes)", built.library.display(), built.size);
    }
    Ok(())
}
