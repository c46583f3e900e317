//! `pushseal serve` as a process: it starts, says what is wrong, and loses nothing when it is killed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::stage::{Double, Setting, register_at, registration};

fn fails(mut command: Command) -> String {
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(1));
    String::from_utf8(stderr).unwrap()
}

#[test]
fn a_taken_port_is_said_clearly() {
    let setting = Setting::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let error = fails(setting.command("http://127.0.0.1:9", &address));
    assert!(error.contains(&format!("{address} is taken by another program")), "{error}");
}

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let setting = Setting::new();
    let wrong = setting.path("wrong");
    std::fs::write(&wrong, "secret-in-file").unwrap();
    let serve = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
        command.arg("serve").args(args).current_dir(setting.folder.path());
        command
    };
    std::fs::write(setting.path("bad.toml"), "listen = 5").unwrap();
    std::fs::write(setting.path("unknown.toml"), "lissten = \"x\"").unwrap();
    let account = setting.account.display().to_string();
    let cases = [
        (serve(&[]), "master-key new"),
        (serve(&["--master-key-file", "nowhere"]), "nowhere"),
        (serve(&["--master-key-file", "master.key"]), "api-key new"),
        (serve(&["--master-key-file", "master.key", "--api-keys-file", "api-keys"]), "--service-account"),
        (serve(&["--master-key-file", "wrong"]), "32 bytes"),
        (serve(&["--master-key-file", "master.key", "--api-keys-file", "wrong"]), "line 1"),
        (
            serve(&[
                "--master-key-file",
                "master.key",
                "--api-keys-file",
                "api-keys",
                "--service-account",
                "wrong",
            ]),
            "project_id",
        ),
        (
            serve(&[
                "--master-key-file",
                "master.key",
                "--api-keys-file",
                "api-keys",
                "--service-account",
                &account,
                "--push-url",
                "http://example.com",
            ]),
            "https://",
        ),
        (serve(&["--config", "bad.toml"]), "listen"),
        (serve(&["--config", "unknown.toml"]), "lissten"),
        (serve(&["--config", "nowhere.toml"]), "nowhere.toml"),
    ];
    for (command, expected) in cases {
        let what = format!("{command:?}");
        let error = fails(command);
        assert!(error.contains(expected), "{what}: {error}");
        assert!(!error.contains("secret-in-file"), "{error}");
    }
}

/// Sends one message after the other until the process is gone; gives the ids of those that were accepted.
async fn send_until_refused(
    http: reqwest::Client,
    (url, key, device): (String, String, String),
    accepts: Arc<Notify>,
) -> Vec<String> {
    let mut accepted = Vec::new();
    loop {
        let body = json!({"to": {"devices": [device]}, "data": accepted.len(), "ttl": 600}).to_string();
        let Ok(answer) = http.post(format!("{url}/v1/messages")).bearer_auth(&key).body(body).send().await
        else {
            return accepted;
        };
        assert_eq!(answer.status(), 202);
        // A process that is killed while it answers has accepted, but nobody knows the id.
        let Ok(answer) = answer.bytes().await else { return accepted };
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        accepted.push(answer["messageId"].as_str().unwrap().to_owned());
        accepts.notify_one();
    }
}

#[tokio::test]
async fn killed_at_random_every_accepted_message_ends_and_none_is_sent_more_often_than_counted() {
    const ROUNDS: usize = 20;
    const SENDERS: usize = 4;
    let setting = Setting::new();
    let double = Double::start(&setting.account);
    let token = double.token("a-1").await;
    let http = reqwest::Client::new();
    let mut accepted: Vec<String> = Vec::new();
    let mut device = String::new();
    for round in 0..ROUNDS {
        let mut program = setting.start(&double.url);
        if round == 0 {
            let body = registration(&token, "cn", &[("k1", &[1; 32])]);
            device = register_at(&program.url, "a-1", &body).await;
        }
        let pause = Duration::from_millis(u64::from(pushseal_backend::random::bytes::<1>().unwrap()[0]) + 50);
        let accepts = Arc::new(Notify::new());
        let senders = (0..SENDERS).map(|_| {
            let to = (program.url.clone(), setting.key.clone(), device.clone());
            tokio::spawn(send_until_refused(http.clone(), to, Arc::clone(&accepts)))
        });
        let senders: Vec<_> = senders.collect();
        // However busy the machine is, each process has accepted something when it is killed.
        accepts.notified().await;
        tokio::time::sleep(pause).await;
        program.process.kill().unwrap();
        program.process.wait().unwrap();
        for sender in senders {
            accepted.extend(sender.await.unwrap());
        }
    }
    assert!(accepted.len() > ROUNDS, "{} accepted", accepted.len());
    // The leases of the killed processes are given up by hand; they would run out after a minute.
    let database = pushseal_backend::database::Database::open(&setting.database).await.unwrap();
    sqlx::query("UPDATE deliveries SET due_at = 0 WHERE state = 'queued'")
        .execute(&database.pool)
        .await
        .unwrap();
    let program = setting.start(&double.url);
    let mut attempts: HashMap<String, i64> = HashMap::new();
    for id in &accepted {
        let begin = Instant::now();
        let device = loop {
            let request = http.get(format!("{}/v1/messages/{id}", program.url)).bearer_auth(&setting.key);
            let answer = request.send().await.unwrap();
            let status: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            let device = status["devices"][0].clone();
            if device["state"] != "queued" {
                break device;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "{status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(device["state"], "sent", "{device}");
        attempts.insert(id.clone(), device["attempts"].as_i64().unwrap());
    }
    let mut sent: HashMap<String, i64> = HashMap::new();
    for send in double.sends().await {
        let body: Value = serde_json::from_str(send["body"].as_str().unwrap()).unwrap();
        let message = crate::stage::open(&[1; 32], body["payload"]["extraData"].as_str().unwrap()).unwrap();
        *sent.entry(message.id).or_default() += 1;
    }
    let twice = sent.values().filter(|&&times| times > 1).count();
    println!(
        "report: pushseal serve: {ROUNDS} times killed under load, {} messages accepted, all sent, {twice} of them more than once",
        accepted.len()
    );
    for id in &accepted {
        let times = sent.get(id).copied().unwrap_or(0);
        assert!((1..=attempts[id]).contains(&times), "{id}: sent {times}, attempts {}", attempts[id]);
    }
}

#[tokio::test]
async fn a_push_kit_that_is_not_reached_is_in_the_log_and_in_the_messages_state() {
    let setting = Setting::new();
    let program = setting.start("http://127.0.0.1:9");
    let http = reqwest::Client::new();
    let body = registration("tok", "cn", &[("k1", &[1; 32])]);
    let device = register_at(&program.url, "a-1", &body).await;
    for n in 0..5 {
        let body = json!({"to": {"devices": [device]}, "data": n, "id": format!("m-{n}")}).to_string();
        let post = http.post(format!("{}/v1/messages", program.url)).bearer_auth(&setting.key).body(body);
        assert_eq!(post.send().await.unwrap().status(), 202);
    }
    let begin = Instant::now();
    for n in 0..5 {
        let message = format!("{}/v1/messages/m-{n}", program.url);
        loop {
            let answer = http.get(&message).bearer_auth(&setting.key).send().await.unwrap().bytes().await;
            let answer: Value = serde_json::from_slice(&answer.unwrap()).unwrap();
            if answer["devices"][0]["code"] == "network" {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "{answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let log = setting.log();
    let warnings: Vec<&str> =
        log.lines().filter(|line| line.contains("\"WARN\"") && line.contains("\"region\":\"cn\"")).collect();
    assert_eq!(warnings.len(), 1, "{log}");
    assert!(warnings[0].contains("\"code\":\"network\"") && warnings[0].contains("pushseal doctor"), "{log}");
}

#[cfg(unix)]
#[tokio::test]
async fn asked_to_stop_it_ends_by_itself() {
    let setting = Setting::new();
    let double = Double::start(&setting.account);
    let mut program = setting.start(&double.url);
    let id = program.process.id().to_string();
    // The shell has its own `kill`; the program is not on every machine.
    assert!(Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status().unwrap().success());
    let begin = Instant::now();
    loop {
        if let Some(status) = program.process.try_wait().unwrap() {
            assert!(status.success());
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn nothing_secret_is_logged() {
    let setting = Setting::new();
    let mut process =
        setting.command("http://127.0.0.1:9", "127.0.0.1:0").env("RUST_LOG", "trace").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let http = reqwest::Client::new();
        let body = registration("token-very-secret", "cn", &[("k1", &[0x5a; 32])]);
        let device = register_at(&url, "a-1", &body).await;
        let body = json!({"to": {"devices": [device]}, "data": "words-very-secret"}).to_string();
        let request = http.post(format!("{url}/v1/messages")).bearer_auth(&setting.key).body(body);
        assert_eq!(request.send().await.unwrap().status(), 202);
        tokio::time::sleep(Duration::from_millis(500)).await;
    });
    process.kill().unwrap();
    let mut log = String::new();
    process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    process.wait().unwrap();
    assert!(log.lines().count() > 10, "the log is there");
    let account = std::fs::read_to_string(&setting.account).unwrap();
    let account: Value = serde_json::from_str(&account).unwrap();
    let pem = account["private_key"].as_str().unwrap().lines().nth(1).unwrap()[100..140].to_owned();
    let key = registration("", "", &[("k", &[0x5a; 32])])["keys"][0]["key"].as_str().unwrap().to_owned();
    for secret in ["token-very-secret", "words-very-secret", setting.key.as_str(), &pem, &key, "eyJhbGciOiJ"]
    {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
