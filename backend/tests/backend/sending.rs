//! `pushseal send` and `pushseal devices` beside a running backend and the Push Kit double.

use std::collections::HashMap;
use std::fs;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{Double, Program, Setting, data_of, open, register_at, registration};

const DEVICES: usize = 5;

struct World {
    setting: Setting,
    double: Double,
    program: Program,
    /// Their ids, from that of `a-1` on.
    ids: Vec<String>,
}

impl World {
    /// With devices `a-1` to `a-5`, the last two of user `ann`.
    async fn new() -> Self {
        let setting = Setting::new();
        let double = Double::start(&setting.account);
        let program = setting.start(&double.url);
        let mut ids = Vec::new();
        for n in 1..=DEVICES {
            let aaid = format!("a-{n}");
            let mut body = registration(&double.token(&aaid).await, "cn", &[("k1", &[1; 32])]);
            if n > DEVICES - 2 {
                body["user"] = json!("ann");
            }
            ids.push(register_at(&program.url, &aaid, &body).await);
        }
        Self { setting, double, program, ids }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
        command
            .args(args.iter().map(|argument| self.with_ids(argument)))
            .env("PUSHSEAL_URL", &self.program.url)
            .env("PUSHSEAL_API_KEY", &self.setting.key)
            .env("PUSHSEAL_DATABASE", self.setting.path("pushseal.db"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// `a-1` to `a-5` stand for the devices' ids in what the tests write.
    fn with_ids(&self, text: &str) -> String {
        (1..).zip(&self.ids).fold(text.to_owned(), |text, (n, id)| text.replace(&format!("a-{n}"), id))
    }

    fn with_names(&self, text: String) -> String {
        (1..).zip(&self.ids).fold(text, |text, (n, id)| text.replace(id, &format!("a-{n}")))
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        let text = |bytes| self.with_names(String::from_utf8(bytes).unwrap());
        (status.code(), text(stdout), text(stderr))
    }

    fn succeeds(&self, args: &[&str]) -> (String, String) {
        let (code, stdout, stderr) = self.run(args);
        assert_eq!(code, Some(0), "{stdout}{stderr}");
        (stdout, stderr)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.setting.path(name);
        fs::write(&path, self.with_ids(text)).unwrap();
        path.display().to_string()
    }

    /// Waits until the double has so many messages and gives their data.
    async fn arrived(&self, count: usize) -> Vec<Value> {
        let begin = Instant::now();
        loop {
            let sends = self.double.sends().await;
            if sends.len() >= count {
                let data = sends.iter().map(|send| {
                    let body: Value = serde_json::from_str(send["body"].as_str().unwrap()).unwrap();
                    data_of(&open(&[1; 32], body["payload"]["extraData"].as_str().unwrap()).unwrap())
                });
                return data.collect();
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "{} of {count} came", sends.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn one_many_a_user_and_all_are_sent_to() {
    let world = World::new().await;
    let (out, _) = world.succeeds(&["send", "--device", "a-1", "--data", "1"]);
    assert!(serde_json::from_str::<Value>(&out).unwrap()["messageId"].is_string());
    world.succeeds(&["send", "--user", "ann", "--data", "2"]);
    let file = world.file("ids", "a-2\n\n  a-3  \na-9\n");
    let (_, err) = world.succeeds(&["send", "--devices", &file, "--data", "3"]);
    assert!(err.contains("3 of 3 sent in 1 message(s), 0 refused"), "{err}");
    let lines =
        world.file("lines", "{\"device\":\"a-1\",\"data\":4,\"ttl\":60}\n{\"user\":\"ann\",\"data\":5}\n");
    world.succeeds(&["send", "--lines", &lines]);
    world.succeeds(&["send", "--all", "--data", "6"]);
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for data in world.arrived(1 + 2 + 2 + 1 + 2 + DEVICES).await {
        *counts.entry(data.as_i64().unwrap()).or_default() += 1;
    }
    assert_eq!(counts, HashMap::from([(1, 1), (2, 2), (3, 2), (4, 1), (5, 2), (6, DEVICES)]));
}

#[tokio::test]
async fn an_interrupted_send_goes_on_and_nothing_is_sent_twice() {
    const LINES: usize = 400;
    let world = World::new().await;
    let text: String = (0..LINES)
        .map(|n| json!({"device": format!("a-{}", n % DEVICES + 1), "data": n}).to_string() + "\n")
        .collect();
    let lines = world.file("lines", &text);
    let state = world.setting.path("state").display().to_string();
    let args = ["send", "--lines", &lines, "--state", &state];
    let noted = || fs::read_to_string(&state).unwrap_or_default().lines().count();
    let mut rounds = 0;
    for enough in [20, 90, 170] {
        let mut process = world.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while noted() < enough && process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        rounds += 1;
        // Notes that never reached the file, and one that was cut.
        let kept: Vec<_> = fs::read_to_string(&state).unwrap().lines().map(str::to_owned).collect();
        let kept = &kept[..kept.len() - 3];
        fs::write(&state, format!("{}\n1", kept.join("\n"))).unwrap();
    }
    assert!(noted() < LINES, "it was interrupted");
    let (_, err) = world.succeeds(&args);
    assert!(err.contains("had been sent before"), "{err}");
    let (out, err) = world.succeeds(&args);
    assert!(
        out.is_empty() && err.contains(&format!("0 of {LINES} sent in 0 message(s), 0 refused, {LINES} had"))
    );
    let mut came: Vec<_> = world.arrived(LINES).await.iter().map(|data| data.as_u64().unwrap()).collect();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(world.double.sends().await.len(), LINES, "none came twice");
    came.sort_unstable();
    assert_eq!(came, (0..u64::try_from(LINES).unwrap()).collect::<Vec<_>>());
    println!("report: pushseal send: {LINES} messages, killed {rounds} times, each came once");
    let other = world.file("other", &text.replace("\"data\":7,", "\"data\":8,"));
    let (code, _, err) = world.run(&["send", "--lines", &other, "--state", &state]);
    assert_eq!(code, Some(1));
    assert!(err.contains("of another send"), "{err}");
}

#[tokio::test]
async fn everyone_is_the_same_everyone_after_an_interruption() {
    let world = World::new().await;
    let state = world.setting.path("state").display().to_string();
    let args = ["send", "--all", "--data", "1", "--state", &state];
    world.succeeds(&args);
    world.succeeds(&["devices", "remove", "a-1"]);
    let (out, err) = world.succeeds(&args);
    assert!(out.is_empty() && err.contains("5 had been sent before"), "{err}");
    assert_eq!(world.arrived(DEVICES).await.len(), DEVICES);
}

#[tokio::test]
async fn a_dry_run_tells_the_exact_size_and_sends_nothing() {
    let world = World::new().await;
    let token = world.double.token("a-1").await;
    let file = world.file("message", r#"{"data": {"text": "hello"}, "ttl": 60, "proxyData": true}"#);
    let (out, err) = world.succeeds(&["send", "--device", "a-1", "--message", &file, "--dry-run"]);
    let size: usize = out.split_whitespace().nth(3).unwrap().parse().unwrap();
    assert_eq!(out, format!("a-1 push-type 6: {size} of 4064 bytes, {} remain, inline\n", 4064 - size));
    assert!(err.contains("nothing was sent: 1 inline"), "{err}");
    assert!(world.double.sends().await.is_empty());
    world.succeeds(&["send", "--device", "a-1", "--message", &file]);
    world.arrived(1).await;
    let body = world.double.sends().await[0]["body"].as_str().unwrap().len();
    assert_eq!(size, body - token.len() - 2, "what went out, without the token");
    let large = json!("x".repeat(9000)).to_string();
    let (out, _) = world.succeeds(&["send", "--device", "a-2", "--data", &large, "--dry-run"]);
    assert!(out.ends_with("remain, by claim check\n"), "{out}");
    let lines = world.file("lines", "{\"device\":\"a-9\",\"data\":1}\n{\"device\":\"a-3\",\"data\":1}\n");
    let (code, out, err) = world.run(&["send", "--lines", &lines, "--dry-run"]);
    assert_eq!(code, Some(1));
    assert!(
        out.starts_with("a-3 ") && err.contains("would be refused: 1 (a-9): none of the receivers"),
        "{err}"
    );
    assert_eq!(world.double.sends().await.len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_named_and_the_others_go_on() {
    let world = World::new().await;
    let text = "{\"device\":\"a-1\",\"data\":1}\n{\"device\":\"a-9\",\"data\":2}\n\
                {\"device\":\"a-2\",\"data\":3,\"ttl\":0}\n{\"device\":\"a-3\",\"data\":4}\n";
    let lines = world.file("lines", text);
    let (code, out, err) = world.run(&["send", "--lines", &lines]);
    assert_eq!((code, out.lines().count()), (Some(1), 2));
    assert!(err.contains("refused: 2 (a-9)") && err.contains("(no_receiver)"), "{err}");
    assert!(
        err.contains("refused: 3 (a-2)") && err.contains("2 of 4 sent in 2 message(s), 2 refused"),
        "{err}"
    );
    let stranger = world.file("stranger", &"k".repeat(40));
    let cases = [
        (vec!["send", "--device", "a-1"], "--data JSON"),
        (vec!["send", "--device", "a-1", "--data", "hello"], "A text needs quotes"),
        (vec!["send", "--devices", "nowhere", "--data", "1"], "nowhere cannot be read"),
        (
            vec!["send", "--device", "a-1", "--data", "1", "--api-key-file", &stranger],
            "not known, or has expired (unauthorised)",
        ),
        (vec!["send", "--device", "a-1", "--data", "1", "--api-key-file", &lines], "an API key is one line"),
        (vec!["send", "--device", "a-1", "--data", "1", "--url", "nonsense"], "nonsense is no address"),
        (vec!["devices", "show", "a-9"], "no device \"a-9\""),
        (vec!["devices", "list", "--database", "nowhere.db"], "there is no database nowhere.db"),
    ];
    for (args, expected) in cases {
        let (code, _, err) = world.run(&args);
        assert_eq!(code, Some(1), "{args:?}: {err}");
        assert!(err.contains(expected), "{args:?}: {err}");
        assert!(!err.contains(&world.setting.key));
    }
    world.arrived(2).await;
    let bad = world.file("bad", "{\"device\":\"a-1\",\"data\":1}\n[]\n");
    let sends = world.double.sends().await.len();
    assert!(world.run(&["send", "--lines", &bad]).2.contains("line 2: it is no JSON object"));
    let long = world.file("long", &format!("{{\"device\":\"a-1\",\"data\":\"{}\"}}\n", "x".repeat(9 << 20)));
    assert!(world.run(&["send", "--lines", &long]).2.contains("line 1 is longer than"));
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(world.double.sends().await.len(), sends, "the good line before a bad one was not sent");
    for text in ["{\"mine\":1}", "my own notes", "my own notes\nwithout an end"] {
        let mine = world.file("mine", text);
        let (code, _, err) = world.run(&["send", "--device", "a-1", "--data", "1", "--state", &mine]);
        assert!(code == Some(1) && err.contains("is no state file"), "{err}");
        assert_eq!(fs::read_to_string(&mine).unwrap(), text, "it is as it was");
    }
}

#[tokio::test]
async fn devices_are_listed_shown_and_removed() {
    let world = World::new().await;
    let (out, _) = world.succeeds(&["devices", "list"]);
    assert_eq!(out.lines().count(), DEVICES + 1);
    assert!(out.lines().skip(1).all(|line| line.starts_with("a-")), "{out}");
    assert!(out.contains("good"));
    let (out, _) = world.succeeds(&["devices", "list", "--json", "--user", "ann"]);
    let devices: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut aaids: Vec<_> = devices.iter().map(|d| d["aaid"].as_str().unwrap()).collect();
    aaids.sort_unstable();
    assert_eq!(aaids, ["a-4", "a-5"]);
    let (out, _) = world.succeeds(&["devices", "show", "a-4"]);
    let device: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&device["user"], &device["hasToken"]), (&json!("ann"), &json!(true)));
    let token = world.double.token("a-4").await;
    assert!(!out.contains(&token), "a push token is not shown");
    world.succeeds(&["devices", "remove", "a-4"]);
    assert_eq!(world.run(&["devices", "remove", "a-4"]).0, Some(1));
    assert_eq!(world.succeeds(&["devices", "list"]).0.lines().count(), DEVICES);
}
