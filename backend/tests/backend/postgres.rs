//! The same tests on PostgreSQL: a server in a temporary folder on a free port, one database a test.

use std::path::Path;
use std::process::Command;

use crate::server::{Postgres, programs};
use crate::stage::DATABASE_SERVER;

/// A server in this folder; nothing where it is not installed, which only a developer's own machine may be.
pub(crate) fn server(folder: &Path) -> Option<Postgres> {
    if programs().is_none() {
        let message = "PostgreSQL is not installed (Debian: apt-get install postgresql): not tested on it";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
        return None;
    }
    Some(Postgres::start(folder, "-c fsync=off -c max_connections=300").unwrap())
}

#[test]
fn every_test_of_the_interface_and_the_outbox_passes_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = server(folder.path()) else { return };
    let this: &Path = &std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args([
            "accepting::",
            "api::",
            "arbitrary::",
            "attachments::",
            "delivery::",
            "delivery_old::",
            "injection::",
            "lifetime::",
            "metrics::",
            "migration::",
            "outcomes::",
            "ownership::",
            "phone::",
            "plans::",
            "receipts::",
            "receivers::",
            "registry::",
            "revoke::",
            "shared_token::",
            "sharing::",
            "starting::keys",
            "unreadable::",
            "upkeep::",
            "webhooks::",
            "system_messages::",
            "--show-output",
            // Most of them wait for a time to pass.
            "--test-threads=4",
        ])
        .env(DATABASE_SERVER, server.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let ran = text.lines().find(|line| line.starts_with("test result: ok. ")).expect("a result");
    text.lines().filter(|line| line.contains("report: ")).for_each(|line| println!("{line}"));
    println!("on PostgreSQL: {ran}");
    assert!(!ran.contains(" 0 passed"));
}
