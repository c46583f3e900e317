//! `cargo xtask` as a program: what it says before it starts anything.

use std::process::{Command, Output};

fn xtask(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(words);
    command
}

#[test]
fn help_is_a_success_and_a_mistake_is_not() {
    let Output { status, stdout, .. } = xtask(&["so", "--help"]).output().unwrap();
    assert!(status.success() && String::from_utf8(stdout).unwrap().contains("Usage: cargo xtask so"));
    let Output { status, stderr, .. } = xtask(&["fuzz", "open"]).output().unwrap();
    assert_eq!(status.code(), Some(2));
    assert!(String::from_utf8(stderr).unwrap().contains("<SECONDS>"));
}

/// As in `cargo xtask | head -1`.
#[test]
fn a_reader_that_has_gone_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut help = xtask(&["--help"]);
    let Output { status, stderr, .. } = help.stdout(writer).output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

/// All of it at once, and not after the suites that come first.
#[test]
fn what_the_suites_need_is_asked_for_before_the_first_one() {
    let nothing = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } =
        xtask(&["test", "--host"]).env("PATH", nothing.path()).output().unwrap();
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{stderr}");
    assert!(["Node 20", "npm", "Python 3"].iter().all(|needed| stderr.contains(needed)), "{stderr}");
    assert_eq!(String::from_utf8(stdout).unwrap(), "");
}
