//! What an operator meets at a first start and after a change: each mistake is named, without what is secret in it.

use std::process::{Command, Output};

use pushseal_backend::registry::{UnderMasterKeys, under_master_keys};

use crate::doctor::doctor;
use crate::stage::{NOWHERE, Setting, quiet, register_at, registration};

/// What it says when it does not start.
fn refused(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

#[test]
fn a_database_that_cannot_be_opened_is_named_with_the_reason() {
    let mut setting = Setting::new();
    std::fs::write(setting.path("no.db"), "no database, whatever its name says").unwrap();
    let no_database = setting.path("no.db").display().to_string();
    for (database, place, reason) in [
        ("/nowhere/x.db", "/nowhere/x.db", "unable to open"),
        (no_database.as_str(), "no.db", "not a database"),
        ("postgres://u:very-secret@127.0.0.1:9/x", "127.0.0.1:9/x", "refused"),
        ("postgres://u:very-secret@127.0.0.1:bad/x", "of this URL", "port"),
        ("mysql://u:very-secret@h/x", "", "postgres://USER@HOST/NAME"),
    ] {
        database.clone_into(&mut setting.database);
        let text = refused(setting.command(NOWHERE, "127.0.0.1:0"));
        assert!(text.contains(place) && text.contains(reason), "{text}");
        assert!(!text.contains("very-secret"), "{text}");
    }
}

#[test]
fn a_mistake_in_the_file_is_placed_and_the_line_is_not_repeated() {
    let setting = Setting::new();
    let path = setting.path("pushseal.toml");
    for (text, said) in [
        (
            "listen = \"127.0.0.1:0\"\nredis_url = \"rediss://u:very-secret@h:1\" x",
            "line 2, column 42: redis_url: unexpected",
        ),
        ("redis_url = \"rediss://u:very-secret@h:1", "line 1, column 40: redis_url: "),
        ("databse = \"postgres://u:very-secret@h/x\"", "unknown field `databse`"),
        ("[limits]\nkey_per_second = -1", "line 2, column 18: key_per_second: "),
    ] {
        std::fs::write(&path, text).unwrap();
        let mut check = Command::new(env!("CARGO_BIN_EXE_pushseal"));
        check.args(["config", "check", "--config"]).arg(&path);
        let answer = refused(check);
        assert!(answer.contains(said) && answer.contains("pushseal.toml"), "{answer}");
        assert!(!answer.contains("very-secret"), "{answer}");
    }
}

#[test]
fn a_number_that_would_stop_everything_is_refused() {
    let setting = Setting::new();
    let path = setting.path("pushseal.toml");
    for (text, said) in [
        ("[outbox]\nrequests_at_once = 0", "outbox.requests_at_once must be 1 to 10000"),
        ("[outbox]\nrequests_at_once = 9223372036854775807", "outbox.requests_at_once must be 1 to 10000"),
        ("[regions.cn]\nrequests_per_second = 0", "region cn: requests_per_second must be 1 or more"),
    ] {
        std::fs::write(&path, text).unwrap();
        let mut command = setting.command(NOWHERE, "127.0.0.1:0");
        command.arg("--config").arg(&path);
        let answer = refused(command);
        assert!(answer.contains(said), "{answer}");
    }
}

#[tokio::test]
async fn a_master_key_that_is_another_one_is_told_at_the_start() {
    let setting = Setting::new();
    let program = setting.start(NOWHERE);
    register_at(&program.url, "a-1", &registration("tok", "cn", &[("k1", &[1; 32])])).await;
    drop(program);
    let old = std::fs::read_to_string(setting.path("master.key")).unwrap();
    let new =
        Command::new(env!("CARGO_BIN_EXE_pushseal")).args(["master-key", "new"]).output().unwrap().stdout;
    let new = String::from_utf8(new).unwrap();
    std::fs::write(setting.path("master.key"), &new).unwrap();
    let text = refused(setting.command(NOWHERE, "127.0.0.1:0"));
    assert!(text.contains("1 of the database's 1 device keys are under another master key"), "{text}");
    assert!(!text.contains(new.trim()), "{text}");
    let (_, text) = doctor(&setting, NOWHERE);
    assert!(text.contains("FAIL  master key") && text.contains("add its line"), "{text}");
    // With both lines it starts.
    std::fs::write(setting.path("master.key"), format!("{new}{old}")).unwrap();
    drop(setting.start(NOWHERE));
    let (_, text) = doctor(&setting, NOWHERE);
    assert!(text.contains("ok    master key: of all 1 device keys"), "{text}");
}

#[tokio::test]
async fn keys_are_counted_by_the_master_key_that_they_are_under() {
    let stage = quiet().await;
    let (database, vault) = (&stage.backend.database, &stage.backend.vault);
    assert_eq!(under_master_keys(database, vault).await.unwrap(), UnderMasterKeys::default());
    for device in ["a-1", "a-2", "a-3"] {
        stage.register(device, device, "cn").await;
    }
    let sql = "UPDATE device_keys SET sealed_key = 'AAAAAAAA.x' WHERE device_id = $1";
    sqlx::query(sql).bind(stage.id("a-3")).execute(&database.pool).await.unwrap();
    let under = under_master_keys(database, vault).await.unwrap();
    assert_eq!(under, UnderMasterKeys { all: 3, unknown: 1 });
}

#[test]
fn a_backend_where_nobody_can_register_says_so() {
    let setting = Setting::new();
    let open = setting.command(NOWHERE, "127.0.0.1:0");
    let arguments = open.get_args().filter(|argument| *argument != "--open-registration");
    let mut closed = Command::new(open.get_program());
    closed.args(arguments).stdout(std::process::Stdio::piped());
    closed.stderr(std::fs::File::create(setting.path("log")).unwrap());
    let mut process = closed.spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(process.stdout.take().unwrap()), &mut line)
        .unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(setting.log().contains("no device can register: configure [device_auth]"), "{}", setting.log());
}

#[test]
fn the_check_warns_of_a_registration_that_is_closed_or_open_to_all() {
    let setting = Setting::new();
    let serve = setting.command(NOWHERE, "127.0.0.1:0");
    let arguments: Vec<_> = serve.get_args().skip(1).collect();
    for (open, said) in [(true, "warning: open registration"), (false, "warning: no device can register")] {
        let mut check = Command::new(serve.get_program());
        check.args(["config", "check"]);
        check.args(arguments.iter().filter(|argument| open || **argument != "--open-registration"));
        let Output { status, stdout, stderr } = check.output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert!(status.success() && stderr.contains(said), "{stderr}");
        assert!(String::from_utf8(stdout).unwrap().contains("the configuration is good"));
    }
}
