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
mod install;
mod memcheck;
mod ohos;
mod paths;
mod process;
mod release;
mod setup;
mod stamp;
mod supply;
mod test;
mod typings;

use std::{io::Write, path::Path, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;

use command::{Bench, BenchPart, Command, CommandLine, Fuzz, Libraries};
use ohos::{Abi, Profile};

/// How long each fuzz target runs in a test run.
const FUZZ_SECONDS: u64 = 10;

fn main() -> ExitCode {
    match run(CommandLine::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the repository")?;
    match command {
        Command::Demo => demo::demo(root)?,
        Command::Test(scope) => test::test(root, &scope)?,
        Command::Addon => show(addon::build(root)?.display()),
        Command::So(libraries) => so(root, &libraries)?,
        Command::Har => show(har::har(root)?.display()),
        Command::Fuzz(Fuzz { target: Some(target), seconds: Some(seconds) }) => {
            fuzz::run(root, &target, seconds)?;
        }
        Command::Fuzz(_) => fuzz::smoke(root, FUZZ_SECONDS)?,
        Command::Bench(Bench { part: Some(BenchPart::Backend(options)), .. }) => {
            let flags = std::env::args().skip_while(|word| word != "backend").skip(1);
            bench_backend::bench(root, &options, flags)?;
        }
        Command::Bench(Bench { part: None, publish }) => bench::bench(root, publish)?,
        Command::ReleaseCheck => release::check(root)?,
        Command::Licences => show(supply::write_licences(root)?.display()),
        Command::Typings => show(typings::write(root)?.display()),
    }
    Ok(())
}

/// Prints a result. Whoever reads may have stopped: `cargo xtask | head` is no fault.
fn show(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn so(root: &Path, Libraries { abis, debug, .. }: &Libraries) -> Result<()> {
    let profile = if *debug { Profile::Debug } else { Profile::Release };
    let abis: &[Abi] = if abis.is_empty() { &Abi::ALL } else { abis };
    for built in ohos::so(root, abis, profile)? {
        let (library, unstripped) = (built.library.display(), built.unstripped.display());
        show(format_args!("{library} ({} bytes; with symbols: {unstripped})", built.size));
    }
    Ok(())
}
