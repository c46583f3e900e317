//! `pushseal doctor`: each fault has its line, its advice and an exit code.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Output;

use pushseal_backend::database::Database;
use serde_json::json;

use crate::stage::{Double, Setting, another_service_account};

/// All that it prints, and its exit code.
pub(crate) fn doctor(setting: &Setting, push_url: &str) -> (Option<i32>, String) {
    let command = setting.command(push_url, "127.0.0.1:0");
    let given: Vec<_> = command.get_args().skip(1).map(std::ffi::OsStr::to_owned).collect();
    let mut command = std::process::Command::new(command.get_program());
    command.arg("doctor").args(given);
    let Output { status, stdout, .. } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap())
}

#[tokio::test]
async fn all_is_well_and_nobody_gets_a_message() {
    let setting = Setting::new();
    let double = Double::start(&setting.account);
    let (code, text) = doctor(&setting, &double.url);
    assert_eq!(code, Some(0), "{text}");
    for line in ["ok    configuration", "ok    database", "address", "clock: differs by", "console settings"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    let sends = double.sends().await;
    assert_eq!(sends.len(), 1);
    assert!(sends[0]["body"].as_str().unwrap().contains("\"testMessage\":true"));
}

#[tokio::test]
async fn what_push_kit_says_of_the_console_is_told_with_what_to_do() {
    let mut setting = Setting::new();
    let double = Double::start(&setting.account);
    for (code, advice) in [
        ("80300002", "push is not enabled for this project"),
        ("80200005", "clock"),
        ("80300037", "restricted this app"),
        ("80100001", "check push_url"),
        ("81000001", "again later"),
    ] {
        double.answer_next(json!({"count": 1, "code": code, "path": "messages:send"})).await;
        let (exit, text) = doctor(&setting, &double.url);
        assert_eq!(exit, Some(1), "{code}: {text}");
        assert!(
            text.contains("FAIL  region cn: console settings") && text.contains(advice),
            "{code}: {text}"
        );
    }
    let other = tempfile::tempdir().unwrap();
    setting.account = another_service_account(other.path());
    let (exit, text) = doctor(&setting, &double.url);
    assert_eq!(exit, Some(1), "{text}");
    assert!(text.contains("does not accept the service account"), "{text}");
}

#[tokio::test]
async fn a_schema_that_is_not_this_programs_is_told_and_left_alone() {
    let setting = Setting::new();
    let double = Double::start(&setting.account);
    let database = Database::open(&setting.database).await.unwrap();
    let versions = async || -> Vec<i64> {
        let sql = "SELECT version FROM _sqlx_migrations ORDER BY version";
        sqlx::query_scalar(sql).fetch_all(&database.pool).await.unwrap()
    };
    let devices = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pushseal"));
        let Output { status, stderr, .. } =
            command.args(["devices", "list", "--database", &setting.database]).output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    };
    assert_eq!(devices().0, Some(0));
    let all = versions().await;
    // As an older program left it.
    let (last, before) = all.split_last().unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1")
        .bind(last)
        .execute(&database.pool)
        .await
        .unwrap();
    let (code, text) = doctor(&setting, &double.url);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("migration(s) behind: `pushseal serve` brings it up to date"), "{text}");
    let (code, text) = devices();
    assert!(code == Some(1) && text.contains("behind"), "{text}");
    assert_eq!(versions().await, before);
    // As a newer one did.
    let newer = "INSERT INTO _sqlx_migrations SELECT 99, description, installed_on, success, checksum, execution_time \
                 FROM _sqlx_migrations WHERE version = 1";
    sqlx::query(newer).execute(&database.pool).await.unwrap();
    let (code, text) = doctor(&setting, &double.url);
    assert!(code == Some(1) && text.contains("newer pushseal"), "{text}");
    let Output { status, stderr, .. } = setting.command(&double.url, "127.0.0.1:0").output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(status.code() == Some(1) && text.contains("newer pushseal"), "{text}");
    assert_eq!(versions().await, [before, &[99]].concat());
}

#[test]
fn a_wrong_clock_and_a_dead_address_are_told() {
    let setting = Setting::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            stream
                .write_all(b"HTTP/1.1 405 No\r\ndate: Mon, 02 Mar 2020 02:02:02 GMT\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
        }
    });
    let (code, text) = doctor(&setting, &url);
    server.join().unwrap();
    assert_eq!(code, Some(1));
    assert!(text.contains("FAIL  region cn: clock") && text.contains("NTP"), "{text}");
    let (code, text) = doctor(&setting, "http://127.0.0.1:9");
    assert_eq!(code, Some(1));
    assert!(text.contains("FAIL  region cn: address") && text.contains("cannot be reached"), "{text}");
}

#[test]
fn a_key_file_that_is_none_is_told_without_what_is_in_it() {
    let mut setting = Setting::new();
    setting.account = setting.path("wrong");
    std::fs::write(&setting.account, "secret-in-file").unwrap();
    let (code, text) = doctor(&setting, "http://127.0.0.1:9");
    assert_eq!(code, Some(1));
    assert!(text.contains("FAIL  configuration and key files") && text.contains("project_id"), "{text}");
    assert!(!text.contains("secret-in-file"));
}
