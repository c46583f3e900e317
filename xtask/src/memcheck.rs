//! The addon's suites under valgrind: a read or write of memory that is not the library's fails.

use anyhow::{Context, Result, ensure};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The suites that valgrind watches. Those that measure memory or time would measure valgrind.
const SUITES: [&str; 2] = ["addon/engine.test.mjs", "addon/threads.test.mjs"];

/// What runs each suite under valgrind. The addon has been built, and Node's packages are there.
pub fn commands(root: &Path) -> Result<Vec<Command>> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    ensure!(
        found.context("valgrind is needed: on Debian, apt-get install valgrind")?.success(),
        "valgrind does not start"
    );
    Ok(SUITES.map(|suite| under_valgrind(root, suite)).into())
}

fn under_valgrind(root: &Path, suite: &str) -> Command {
    let mut command = Command::new("valgrind");
    command.current_dir(root.join("tests/node"));
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=no", "--suppressions=valgrind.supp"]);
    // Without the JIT there is no code that valgrind has to translate again and again.
    command.args(["node", "--no-warnings", "--jitless", "--expose-gc", suite]);
    command
}
