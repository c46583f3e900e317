//! What the command line asks for. All of it is read before anything starts.

use anyhow::{Context, Result, bail};

use crate::{
    bench_backend, fuzz,
    ohos::{Abi, Profile},
    test::Scope,
};

pub const USAGE: &str = "\
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

/// One command with all that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Demo,
    Test(Scope),
    Addon,
    So { abis: Vec<Abi>, profile: Profile },
    Har,
    FuzzAll,
    Fuzz { target: &'static str, seconds: u64 },
    BenchBackend(bench_backend::Plan),
    Bench { publish: bool },
    ReleaseCheck,
    Typings,
}

impl Command {
    /// Reads the words after `cargo xtask`. `--help` counts wherever it stands.
    pub fn parse(words: &[&str]) -> Result<Self> {
        if words.is_empty() || words.iter().any(|word| ["help", "--help", "-h"].contains(word)) {
            return Ok(Self::Help);
        }
        Ok(match words {
            ["demo"] => Self::Demo,
            ["test", flags @ ..] => Self::Test(scope(flags)?),
            ["addon"] => Self::Addon,
            ["so", flags @ ..] => so(flags)?,
            ["har"] => Self::Har,
            ["fuzz"] => Self::FuzzAll,
            ["fuzz", target, rest @ ..] => fuzz(target, rest)?,
            ["bench", "backend", flags @ ..] => Self::BenchBackend(bench_backend::Plan::new(flags)?),
            ["bench"] => Self::Bench { publish: false },
            ["bench", "--publish"] => Self::Bench { publish: true },
            ["release-check"] => Self::ReleaseCheck,
            ["typings"] => Self::Typings,
            _ => bail!("unknown command: {}\n{USAGE}", words.join(" ")),
        })
    }
}

fn scope(flags: &[&str]) -> Result<Scope> {
    let mut scope = Scope::default();
    for flag in flags {
        match *flag {
            "--host" => scope.host = true,
            "--ark" => scope.ark = true,
            other => bail!("unknown flag {other}: `test` takes --host and --ark"),
        }
    }
    Ok(scope)
}

fn so(flags: &[&str]) -> Result<Command> {
    let mut profile = Profile::Release;
    let mut abis = Vec::new();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match *flag {
            "--abi" => abis.push(flags.next().context("--abi needs arm64-v8a or x86_64")?.parse()?),
            "--all" => abis.extend(Abi::ALL),
            "--debug" => profile = Profile::Debug,
            other => bail!("unknown flag {other}: `so` takes --abi, --all and --debug"),
        }
    }
    if abis.is_empty() {
        abis.extend(Abi::ALL);
    }
    Ok(Command::So { abis, profile })
}

fn fuzz(target: &str, rest: &[&str]) -> Result<Command> {
    let target = fuzz::target(target)?;
    let seconds = if let [seconds] = rest { seconds.parse().ok() } else { None };
    let seconds = seconds.with_context(|| format!("fuzz needs TARGET SECONDS, such as: fuzz {target} 60"))?;
    Ok(Command::Fuzz { target, seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command> {
        Command::parse(&line.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn help_is_given_wherever_it_is_asked_for() {
        assert_eq!(Command::parse(&[]).unwrap(), Command::Help);
        for line in
            ["help", "--help", "-h", "so --help", "demo --help", "bench backend --engine --help", "fuzz -h"]
        {
            assert_eq!(parse(line).unwrap(), Command::Help, "{line}");
        }
    }

    #[test]
    fn each_command_is_read_with_its_flags() {
        let both = Abi::ALL.to_vec();
        for (line, command) in [
            ("demo", Command::Demo),
            ("test", Command::Test(Scope::default())),
            ("test --host --ark", Command::Test(Scope { host: true, ark: true })),
            ("so", Command::So { abis: both.clone(), profile: Profile::Release }),
            ("so --all --debug", Command::So { abis: both, profile: Profile::Debug }),
            ("so --abi x86_64", Command::So { abis: vec![Abi::X86_64], profile: Profile::Release }),
            ("fuzz", Command::FuzzAll),
            ("fuzz open 60", Command::Fuzz { target: "open", seconds: 60 }),
            ("fuzz backend_request 5", Command::Fuzz { target: "backend_request", seconds: 5 }),
            ("bench", Command::Bench { publish: false }),
            ("bench --publish", Command::Bench { publish: true }),
            ("release-check", Command::ReleaseCheck),
        ] {
            assert_eq!(parse(line).unwrap(), command, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_before_anything_starts() {
        for (line, said) in [
            ("nonsense", "unknown command: nonsense"),
            ("demo --fast", "unknown command: demo --fast"),
            ("test --hots", "unknown flag --hots"),
            ("so --abi", "--abi needs"),
            ("so --abi mips", "unknown ABI `mips`"),
            ("so --release", "unknown flag --release"),
            ("fuzz open", "fuzz needs TARGET SECONDS"),
            ("fuzz open soon", "fuzz needs TARGET SECONDS"),
            ("fuzz open 5 5", "fuzz needs TARGET SECONDS"),
            ("fuzz opne 5", "no fuzz target opne: there are envelope, open"),
            ("bench backend --foo", "unknown flag --foo"),
            ("bench backend --engine", "--engine needs a value"),
            ("bench backend --foo 1", "unknown flag --foo"),
            ("bench backend --engine mysql", "sqlite or postgres"),
            ("bench backend --devices 10", "begins at 1000"),
            ("bench backend --messages many", "takes a number"),
        ] {
            let error = format!("{:#}", parse(line).unwrap_err());
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
