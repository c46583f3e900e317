//! The one front door for everything that is not a plain `cargo build` or `cargo test`.

#![allow(unreachable_pub, reason = "a binary has no outside: `pub` here means for the rest of xtask")]

mod addon;
mod bench;
mod bench_backend;
mod command;
mod debian;
mod demo;
mod fuzz;
mod har;
mod memcheck;
mod ohos;
mod paths;
mod process;
mod release;
mod sbom;
mod setup;
mod stamp;
mod supply;
mod test;
mod typings;

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Context, Result};

use command::{Command, USAGE};
use ohos::{Abi, Profile};

/// How long each fuzz target runs in a test run.
const FUZZ_SECONDS: u64 = 10;

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
    match Command::parse(&words)? {
        Command::Help => show(USAGE),
        Command::Demo => demo::demo(root)?,
        Command::Test(scope) => test::test(root, scope)?,
        Command::Addon => show(addon::build(root)?.display()),
        Command::So { abis, profile } => so(root, &abis, profile)?,
        Command::Har => show(har::har(root)?.display()),
        Command::FuzzAll => fuzz::smoke(root, FUZZ_SECONDS)?,
        Command::Fuzz { target, seconds } => fuzz::run(root, target, seconds)?,
        Command::BenchBackend(plan) => bench_backend::bench(root, &plan)?,
        Command::Bench { publish } => bench::bench(root, publish)?,
        Command::ReleaseCheck => release::check(root)?,
        Command::Typings => show(typings::write(root)?.display()),
    }
    Ok(())
}

/// Prints a result. Whoever reads may have stopped: `cargo xtask | head` is no fault.
fn show(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn so(root: &Path, abis: &[Abi], profile: Profile) -> Result<()> {
    for built in ohos::so(root, abis, profile)? {
        let (library, unstripped) = (built.library.display(), built.unstripped.display());
        show(format_args!("{library} ({} bytes; with symbols: {unstripped})", built.size));
    }
    Ok(())
}
