//! What valgrind watches: the addon's suites, where a read or write of memory that is not the library's fails, and how many
//! instructions a refusal takes.

use crate::paths;
use anyhow::{Context, Result, ensure};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The suites that valgrind watches. Those that measure memory or time would measure valgrind.
const SUITES: [&str; 3] = ["addon/engine.test.mjs", "addon/boundary.test.mjs", "addon/threads.test.mjs"];

/// A test that counts instructions with valgrind's help.
const COUNTING: &str = "whatever_was_changed_as_many_instructions_run";

/// What runs each suite under valgrind. The addon has been built, and Node's packages are there.
pub fn commands(root: &Path) -> Result<Vec<Command>> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    ensure!(
        found.context("valgrind is needed: on Debian, apt-get install valgrind")?.success(),
        "valgrind does not start"
    );
    let mut commands: Vec<_> = SUITES.map(|suite| under_valgrind(root, suite)).into();
    commands.push(counting(root));
    Ok(commands)
}

fn counting(root: &Path) -> Command {
    let mut command = Command::new(paths::cargo());
    command.current_dir(root).args(["test", "--workspace", "--locked", "--test", "oracle", "--"]);
    command.args(["--ignored", "--exact", COUNTING, "--show-output"]);
    command
}

fn under_valgrind(root: &Path, suite: &str) -> Command {
    let mut command = Command::new("valgrind");
    command.current_dir(root.join("tests/node"));
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=no", "--suppressions=valgrind.supp"]);
    // Without the JIT there is no code that valgrind has to translate again and again.
    command.args(["node", "--no-warnings", "--jitless", "--expose-gc", suite]);
    command
}
