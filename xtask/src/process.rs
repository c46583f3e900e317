//! Running other programs, with errors that name the program and the step it was needed for.

use std::{
    io::ErrorKind,
    process::{Command, Output, Stdio},
};

use anyhow::{Result, anyhow, bail};

/// Runs `command` to its end. What it prints on either stream goes to our standard error, so that
/// standard output stays free for results.
pub fn run(command: &mut Command, step: &str) -> Result<()> {
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    let status = command.status().map_err(|error| not_started(command, step, &error))?;
    if !status.success() {
        bail!("{step}: `{}` ended with {status}", line(command));
    }
    Ok(())
}

/// Runs `command` and returns what it printed on standard output; its standard error becomes part of the
/// error when it fails.
pub fn read(command: &mut Command, step: &str) -> Result<String> {
    let Output { status, stdout, stderr } = output(command, step)?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("{step}: `{}` ended with {status}: {}", line(command), said.trim());
    }
    String::from_utf8(stdout)
        .map_err(|_| anyhow!("{step}: `{}` printed text that is not UTF-8", line(command)))
}

/// Runs `command` and returns all it said, whether it failed or not.
pub fn output(command: &mut Command, step: &str) -> Result<Output> {
    command.stdin(Stdio::null());
    command.output().map_err(|error| not_started(command, step, &error))
}

fn not_started(command: &Command, step: &str, error: &std::io::Error) -> anyhow::Error {
    let program = command.get_program().to_string_lossy();
    match error.kind() {
        ErrorKind::NotFound => anyhow!("{step}: the program `{program}` is not installed"),
        _ => anyhow!("{step}: `{program}` could not be started: {error}"),
    }
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
