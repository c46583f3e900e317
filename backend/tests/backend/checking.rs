//! `pushseal config check` and `pushseal doctor`: what `serve` would refuse is found before, all of it at once.

use std::net::TcpListener;
use std::process::{Command, Output};

use pushseal_backend::registry::{MasterKeys, VaultError};

use crate::doctor::doctor;
use crate::stage::{Double, NOWHERE, Setting};

/// `config check` with this file: exit code and what it says.
fn check(setting: &Setting, toml: &str) -> (Option<i32>, String) {
    let path = setting.path("pushseal.toml");
    std::fs::write(&path, toml).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    let Output { status, stderr, stdout } =
        command.args(["config", "check", "--config"]).arg(path).output().unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// `serve` with this file, which must not start.
fn refused_by_serve(setting: &Setting) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    command.args(["serve", "--config"]).arg(setting.path("pushseal.toml"));
    let Output { status, stderr, .. } = command.output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

/// A configuration that is good but for the lines given.
fn toml(top: &str, region: &str) -> String {
    let database = if top.contains("database =") { "" } else { "database = \"pushseal.db\"\n" };
    let listen = if top.contains("listen =") { "" } else { "listen = \"127.0.0.1:0\"\n" };
    format!(
        "{top}\n{database}{listen}master_key_file = \"master.key\"\napi_keys_file = \"api-keys\"\n\
         [regions.cn]\nservice_account_file = \"account.json\"\n{region}\n"
    )
}

fn setting() -> Setting {
    let setting = Setting::new();
    std::fs::copy(&setting.account, setting.path("account.json")).unwrap();
    setting
}

#[test]
fn the_check_finds_each_thing_that_serve_refuses() {
    let setting = setting();
    let (code, text) = check(&setting, &toml("", ""));
    assert_eq!(code, Some(0), "{text}");
    assert!(!setting.path("pushseal.db").exists(), "the check makes no database");
    for (top, region, said) in [
        ("listen = \"localhost\"", "", "localhost is no address and port"),
        ("listen = \"127.0.0.1:99999\"", "", "127.0.0.1:99999 is no address and port"),
        ("listen = \"192.0.2.1:80\"", "", "cannot listen on 192.0.2.1:80"),
        ("database = \"mysql://u:very-secret@h/x\"", "", "postgres://USER@HOST/NAME"),
        ("database = \"postgres://u:very-secret@127.0.0.1:bad/x\"", "", "of this URL"),
        ("database = \"postgres://u:very-secret@127.0.0.1:9/x\"", "", "127.0.0.1:9/x"),
        ("database = \"no-folder/pushseal.db\"", "", "no-folder"),
        ("database = \"api-keys\"", "", "not a database"),
        (
            "",
            "push_url = \"https://push-api.cloud.huawei.com/v3/1/messages:send\"",
            "push_url must end after the host",
        ),
        ("", "push_url = \"https://push-api.cloud.huawei.com?x=1\"", "push_url must end after the host"),
        ("database_connections = 1", "", "database_connections must be 4 to 1000"),
    ] {
        let (code, text) = check(&setting, &toml(top, region));
        assert!(code == Some(1) && text.contains(said), "{top}{region}: {text}");
        let refused = refused_by_serve(&setting);
        assert!(refused.contains(said.split(' ').next().unwrap()), "{top}{region}: {refused}");
        assert!(!(text + &refused).contains("very-secret"), "{top}");
    }
}

#[test]
fn the_check_lists_every_problem_at_once() {
    let setting = setting();
    let all = "listen = \"nowhere\"\ndatabase = \"no-folder/x.db\"\nmaster_key_file = \"no.key\"\napi_keys_file = \"no-keys\"\n\
               [outbox]\nrequests_at_once = 0\n[limits]\nclient_address_header = \"a b\"\n\
               [device_auth]\nalgorithm = \"ES256\"\n\
               [regions.cn]\npush_url = \"https://h/v3\"\ntoken_url = \"http://h\"\nrequests_per_second = 0\n\
               [regions.de]\n";
    let (code, text) = check(&setting, all);
    assert_eq!(code, Some(1));
    for said in [
        "nowhere is no address",
        "no-folder",
        "no.key cannot be read",
        "no-keys cannot be read",
        "outbox.requests_at_once",
        "client_address_header",
        "device_auth needs",
        "region cn: push_url must end",
        "region cn: token_url must begin with https://",
        "region cn: requests_per_second",
        "region cn: service_account_file",
        "region de: service_account_file",
    ] {
        assert!(text.contains(said), "{said} is missing in:\n{text}");
    }
    // `serve` says as much of what it reads.
    let refused = refused_by_serve(&setting);
    assert!(refused.contains("no.key") && refused.contains("region de"), "{refused}");
}

#[test]
fn a_taken_port_is_a_warning_since_the_check_may_run_beside_its_backend() {
    let setting = setting();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let (code, text) = check(&setting, &toml(&format!("listen = \"{address}\""), ""));
    assert!(code == Some(0) && text.contains(&format!("warning: {address} is in use now")), "{text}");
}

#[test]
fn a_key_file_that_may_not_be_read_is_no_reason_for_a_new_key() {
    let unreadable =
        |kind| VaultError::Unreadable { path: "master.key".to_owned(), source: std::io::Error::from(kind) };
    let denied = unreadable(std::io::ErrorKind::PermissionDenied).to_string();
    assert!(denied.contains("Let this user read it") && !denied.contains("new"), "{denied}");
    let missing = MasterKeys::load(std::path::Path::new("/nowhere/master.key")).unwrap_err().to_string();
    assert!(missing.contains("master-key new"), "{missing}");
}

#[test]
fn a_second_serve_on_one_sqlite_file_is_refused_by_name_until_the_first_has_ended() {
    let setting = Setting::new();
    let first = setting.start(NOWHERE);
    let Output { status, stderr, .. } = setting.command(NOWHERE, "127.0.0.1:0").output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    let process = format!("another `pushseal serve` (process {})", first.process.id());
    assert!(text.contains(&process) && text.contains(&setting.database), "{text}");
    // Looking is allowed beside it.
    let list = ["devices", "list", "--database", &setting.database];
    assert!(Command::new(env!("CARGO_BIN_EXE_pushseal")).args(list).output().unwrap().status.success());
    // Killed, so that it could not clean up.
    drop(first);
    drop(setting.start(NOWHERE));
}

#[cfg(unix)]
#[test]
fn a_key_file_that_every_user_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let setting = setting();
    let set = |name: &str, mode| {
        std::fs::set_permissions(setting.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let warned = |text: &str, name: &str| text.contains(&format!("/{name}: chmod 600"));
    for (mode, expected) in [(0o644, true), (0o604, true), (0o640, false), (0o600, false)] {
        set("master.key", mode);
        set("account.json", mode);
        let (code, text) = check(&setting, &toml("", ""));
        assert_eq!(code, Some(0), "{text}");
        let found = (warned(&text, "master.key"), warned(&text, "account.json"));
        assert_eq!(found, (expected, expected), "{mode:o}: {text}");
        // Hashes are no secrets.
        assert!(!warned(&text, "api-keys"), "{text}");
    }
    set("master.key", 0o644);
    let program = setting.start(NOWHERE);
    drop(program);
    assert!(setting.log().contains("master.key: chmod 600"), "{}", setting.log());
}

#[tokio::test]
async fn the_doctor_warns_when_nobody_or_everybody_can_register() {
    let setting = setting();
    let double = Double::start(&setting.account);
    let (code, text) = doctor(&setting, &double.url);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("WARN  registration: open registration"), "{text}");
    let region = format!("push_url = \"{}\"", double.url);
    std::fs::write(setting.path("pushseal.toml"), toml("", &region)).unwrap();
    let mut closed = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    closed.args(["doctor", "--config"]).arg(setting.path("pushseal.toml"));
    let Output { status, stdout, .. } = closed.output().unwrap();
    let text = String::from_utf8(stdout).unwrap();
    assert!(status.success() && text.contains("WARN  registration: no device can register"), "{text}");
}
