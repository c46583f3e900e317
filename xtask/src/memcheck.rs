//! What valgrind watches: the suites of the addon and of the device's library, where a read or write of memory that is not the
//! library's fails, and how many instructions a refusal takes.

use crate::{ohos::MuslNode, paths};
use anyhow::{Context, Result, ensure};
use std::{
    path::Path,
    process::{Command, Stdio},
};

/// The suites that valgrind watches. Those that measure memory or time would measure valgrind.
const SUITES: [&str; 3] = ["addon/engine.test.mjs", "addon/boundary.test.mjs", "addon/threads.test.mjs"];

/// A test that counts instructions with valgrind's help.
const COUNTING: &str = "whatever_was_changed_as_many_instructions_run";

/// The device's suites that valgrind watches: OpenHarmony's Node-API writes behind buffers where Node's does not.
const DEVICE_SUITES: [&str; 3] =
    ["addon/engine.test.mjs", "addon/boundary.test.mjs", "ohos/node-api.test.mjs"];

/// What runs the suites of the addon under valgrind: those that it does not watch in the device's library, which has the same
/// sources and a stricter Node-API. The addon has been built, and Node's packages are there.
pub fn commands(root: &Path, watches_device: bool) -> Result<Vec<Command>> {
    let mut commands = SUITES
        .into_iter()
        .filter(|suite| !watches_device || !DEVICE_SUITES.contains(suite))
        .map(|suite| {
            let mut command = valgrind(root)?;
            // Without the JIT there is no code that valgrind has to translate again and again.
            command.args(["node", "--no-warnings", "--jitless", "--expose-gc", suite]);
            Ok(command)
        })
        .collect::<Result<Vec<_>>>()?;
    commands.push(counting(root));
    Ok(commands)
}

/// What runs each suite of the device's library under valgrind, in `node`. The library has been built.
pub fn device_commands(root: &Path, node: &MuslNode, library: &Path) -> Result<Vec<Command>> {
    DEVICE_SUITES.into_iter().map(|suite| node.under(valgrind(root)?, library, suite)).collect()
}

fn counting(root: &Path) -> Command {
    let mut command = Command::new(paths::cargo());
    command.current_dir(root).args(["test", "--workspace", "--locked", "--test", "oracle", "--"]);
    command.args(["--ignored", "--exact", COUNTING, "--show-output"]);
    command
}

/// valgrind, ready for a program of the tests' folder; one read or write of memory that is not the program's fails it.
fn valgrind(root: &Path) -> Result<Command> {
    let found = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    ensure!(
        found.context("valgrind is needed: on Debian, apt-get install valgrind")?.success(),
        "valgrind does not start"
    );
    let mut command = Command::new("valgrind");
    command.current_dir(root.join("tests/node"));
    command.args(["--quiet", "--error-exitcode=99", "--leak-check=no", "--suppressions=valgrind.supp"]);
    Ok(command)
}
