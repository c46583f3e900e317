//! The one front door for everything that is not a plain `cargo build` or `cargo test`.

mod ohos;

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
