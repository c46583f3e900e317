//! The same tests on PostgreSQL: a server in a temporary folder on a free port, one database a test.

use std::path::Path;
use std::process::Command;

use crate::server::{Postgres, programs};
use crate::stage::DATABASE_SERVER;

#[test]
fn every_test_of_the_interface_and_the_outbox_passes_on_postgresql() {
    if programs().is_none() {
        let message = "PostgreSQL is not installed (Debian: apt-get install postgresql): not tested on it";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let server = Postgres::start(folder.path(), "-c fsync=off -c max_connections=300").unwrap();
    let this: &Path = &std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args([
            "accepting::",
            "api::",
            "arbitrary::",
            "delivery::",
            "outcomes::",
            "receipts::",
            "registry::",
            "sharing::",
        ])
        .env(DATABASE_SERVER, server.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let ran = text.lines().find(|line| line.starts_with("test result: ok. ")).expect("a result");
    println!("on PostgreSQL: {ran}");
    assert!(!ran.contains(" 0 passed"));
}
