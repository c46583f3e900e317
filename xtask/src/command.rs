//! The command line. All of it is read before anything starts.

use clap::{Args, Parser, Subcommand, builder::PossibleValuesParser};

use crate::{bench_backend, fuzz, ohos::Abi, test::Scope};

/// Builds, tests and measures PushSeal: everything that is not a plain `cargo build` or `cargo test`.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

/// One command with all that it was given. Durations are those of two cores.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Send real messages from two senders to an ArkTS handler and print a timeline (about 20 seconds).
    Demo,
    /// Run the suites (all of them: up to 25 minutes on a fresh machine, 8 when repeated).
    Test(Scope),
    /// Build `target/node/pushseal_native.node`, the library for this machine (about 1 minute).
    Addon,
    /// Build `target/ohos/<abi>/libpushseal_native.so` (4 minutes the first time).
    So(Libraries),
    /// Build `target/har/pushseal.har`, the package that an app installs (4 minutes the first time).
    Har,
    /// Run every fuzz target of the core for ten seconds, or one target for longer.
    Fuzz(Fuzz),
    /// Measure the library beside everything else that opens the same messages (about 10 minutes).
    Bench(Bench),
    /// Check what must be true before a release, and build what a release publishes.
    ReleaseCheck,
    /// Write `arkts/THIRD-PARTY.md` with the licences of the crates inside the native library.
    Licences,
    /// Write the typings of the native library.
    Typings,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Libraries {
    /// The ABI to build; may be given twice. Without it, every ABI is built.
    #[arg(long = "abi", conflicts_with = "all")]
    pub abis: Vec<Abi>,
    /// Build every ABI, which is the default.
    #[arg(long)]
    pub all: bool,
    /// Build without optimisation and with debug information.
    #[arg(long)]
    pub debug: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Fuzz {
    /// The target.
    #[arg(value_parser = PossibleValuesParser::new(fuzz::names()), requires = "seconds")]
    pub target: Option<String>,
    /// How long it runs.
    pub seconds: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Bench {
    #[command(subcommand)]
    pub part: Option<BenchPart>,
    /// Make README.md and docs/bench.md quote this run.
    #[arg(long)]
    pub publish: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum BenchPart {
    /// Measure the backend's speed and memory, in `target/bench/backend.json` (about 30 minutes).
    Backend(bench_backend::Options),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("xtask").chain(line.split(' '));
        CommandLine::try_parse_from(words).map(|line| line.command)
    }

    #[test]
    fn the_definition_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_command_line_is_refused_before_anything_starts() {
        for (line, said) in [
            ("nonsense", "unrecognized subcommand"),
            ("demo --fast", "unexpected argument '--fast'"),
            ("test --hots", "unexpected argument '--hots'"),
            ("so --abi", "a value is required"),
            ("so --abi mips", "unknown ABI `mips`"),
            ("fuzz open", "<SECONDS>"),
            ("fuzz open soon", "invalid digit"),
            ("fuzz opne 5", "possible values: envelope, open"),
            ("bench backend --engine mysql", "possible values: sqlite, postgres"),
            ("bench backend --devices 10", "10 is not in 1000.."),
            ("bench backend --messages many", "invalid digit"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn every_command_says_what_it_does_and_every_flag_has_a_description() {
        let line = CommandLine::command();
        for command in line.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }
}
