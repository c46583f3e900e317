//! Commands that several suites run.

use crate::{paths, process::output};
use anyhow::{Context, Result};
use std::{path::Path, process::Command};

/// Whether a program is there.
pub fn starts(program: &str) -> bool {
    output(Command::new(program).arg("--version"), "look for a program").is_ok()
}

pub fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(paths::cargo());
    command.current_dir(root).args(arguments);
    command
}

/// Node's test runner on files of `tests/node`; a folder stands for the tests in it. Named one by one, they are found by
/// every version of Node.
pub fn node_tests(root: &Path, flags: &[&str], files: &[&str]) -> Result<Command> {
    let folder = root.join("tests/node");
    let mut command = Command::new("node");
    command.current_dir(&folder).args(["--no-warnings", "--test", "--test-reporter=spec"]).args(flags);
    for file in files {
        match file.strip_suffix('/') {
            Some(inner) => command.args(tests_in(&folder, inner)?),
            None => command.arg(file),
        };
    }
    Ok(command)
}

fn tests_in(base: &Path, folder: &str) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(base.join(folder)).with_context(|| format!("cannot read {folder}"))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<String>>>()?;
    names.retain(|name| name.ends_with(".test.mjs"));
    names.sort_unstable();
    Ok(names.iter().map(|name| format!("{folder}/{name}")).collect())
}

/// The program is built with the tests of the workspace; built alone, its dependencies would compile a second time.
pub fn backend(root: &Path) -> Command {
    cargo(root, &["test", "--workspace", "--locked", "--no-run"])
}
