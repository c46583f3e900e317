//! The one front door for everything that is not a plain `cargo build` or `cargo test`.

#![allow(unreachable_pub, reason = "a binary has no outside: `pub` here means for the rest of xtask")]

mod addon;
mod bench;
mod bench_backend;
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

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};

use ohos::{Abi, Profile};

/// How long each fuzz target runs in a test run.
const FUZZ_SECONDS: u64 = 10;

const USAGE: &str = "\
usage: cargo xtask <command>

  demo                                  real messages from two senders to an ArkTS handler, with a timeline
  test [--host] [--ark]                 every suite; --host leaves out what needs the OHOS tools, --ark adds
                                        OpenHarmony's own engine, which ARK_HOST_BUNDLE_DIR names
  addon                                 target/node/pushseal_native.node, the library for this machine
  so [--abi arm64-v8a|x86_64] [--all]   target/ohos/<abi>/libpushseal_native.so; --debug for a debug build
  har                                   target/har/pushseal.har, what an app installs
  fuzz [<target> <seconds>]             every fuzz target of the core for ten seconds, or one for longer
  bench backend [--engine sqlite|postgres] [--devices 1000,10000] [--messages N]
                                        the backend's speed and memory, in target/bench/backend.json
  bench [--publish]                     how fast it is, beside everything else; --publish makes the documents quote it
  release-check                         what has to hold before a release
  typings                               write the typings of the native library anew";

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
    match words.as_slice() {
        ["demo"] => demo::demo(root),
        ["bench", "backend", flags @ ..] => bench_backend::bench(root, flags),
        ["test", flags @ ..] => test::test(root, scope(flags)?),
        ["addon"] => show(&addon::build(root)?),
        ["typings"] => show(&typings::write(root)?),
        ["so", flags @ ..] => so(root, flags),
        ["fuzz"] => fuzz::smoke(root, FUZZ_SECONDS),
        ["fuzz", target, seconds] => fuzz::run(root, target, seconds.parse().context("seconds is a number")?),
        ["bench"] => bench::bench(root, false),
        ["bench", "--publish"] => bench::bench(root, true),
        ["release-check"] => release::check(root),
        ["har"] => show(&har::har(root)?),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("unknown command: {}\n{USAGE}", words.join(" ")),
    }
}

fn scope(flags: &[&str]) -> Result<test::Scope> {
    let mut scope = test::Scope::default();
    for flag in flags {
        match *flag {
            "--host" => scope.host = true,
            "--ark" => scope.ark = true,
            other => bail!("unknown flag {other}\n{USAGE}"),
        }
    }
    Ok(scope)
}

fn show(path: &Path) -> Result<()> {
    println!("{}", path.display());
    Ok(())
}

fn so(root: &Path, flags: &[&str]) -> Result<()> {
    let mut profile = Profile::Release;
    let mut abis = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--abi" => abis.push(flags.next().context("--abi needs arm64-v8a or x86_64")?.parse()?),
            "--all" => abis.extend(Abi::ALL),
            "--debug" => profile = Profile::Debug,
            other => bail!("unknown flag {other}\n{USAGE}"),
        }
    }
    if abis.is_empty() {
        abis.extend(Abi::ALL);
    }
    for built in ohos::so(root, &abis, profile)? {
        println!(
            "{} ({} bytes; with symbols: {})",
            built.library.display(),
            built.size,
            built.unstripped.display()
        );
    }
    Ok(())
}
