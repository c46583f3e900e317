//! The v1 access token shared through a real Redis: a server in a temporary folder on a free port.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stage::{Double, Stage, service_account};

struct Redis {
    process: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Redis {
    /// Nothing when it is not installed, which only a developer's own machine may be.
    fn start() -> Option<Self> {
        let Some(program) = program() else {
            let message =
                "Redis is not installed (Debian: apt-get install redis-server): sharing is not tested";
            assert!(std::env::var_os("CI").is_none(), "{message}");
            eprintln!("{message}");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(&program, folder.path(), port);
        Some(Self { process, folder, port })
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    fn start_again(&mut self) {
        self.process = spawn(&program().unwrap(), self.folder.path(), self.port);
    }

    /// What it answers to a command.
    async fn ask<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut asked = redis::cmd(command[0]);
        command[1..].iter().for_each(|argument| {
            asked.arg(argument);
        });
        asked.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn program() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join("redis-server"))
        .find(|path| path.exists())
}

fn spawn(program: &Path, folder: &Path, port: u16) -> Child {
    let process = Command::new(program)
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
        ])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begin.elapsed() < Duration::from_secs(10), "Redis does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}

/// A double, and processes that would send by v1 to the same device, each with a database of its own.
struct Set {
    double: Double,
    processes: Vec<Stage>,
    token: String,
}

impl Set {
    async fn new(redis: &Redis, processes: usize) -> Self {
        let keys = tempfile::tempdir().unwrap();
        let account = service_account(keys.path());
        let double = Double::start(&account);
        let token = double.token("a-1").await;
        let mut started = Vec::new();
        for _ in 0..processes {
            let base = Stage::without_workers(&double.url, Some(&account)).await;
            let mut config = base.config.clone();
            config.redis_url = Some(redis.url());
            let mut stage = Stage::from_config(&config, base.folder).await;
            stage.register("a-1", &token, "old").await;
            stage.start_workers();
            started.push(stage);
        }
        Self { double, processes: started, token }
    }

    /// Each process sends so many messages at a time.
    async fn send(&self, messages: usize) {
        let mut ids = Vec::new();
        for stage in &self.processes {
            for n in 0..messages {
                ids.push((stage, stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": n})).await));
            }
        }
        for (stage, id) in ids {
            assert_eq!(stage.settled(&id).await[0]["state"], "sent");
        }
    }

    async fn expire_tokens(&self) {
        self.double.call("POST", "/control/expire", Value::Null).await;
    }

    async fn oauth_requests(&self) -> u64 {
        self.double.call("GET", "/control/counts", Value::Null).await["oauthRequests"].as_u64().unwrap()
    }

    fn bearers(&self, origin: &str) -> u64 {
        let line = format!(r#"pushseal_bearers_total{{region="old",origin="{origin}"}} "#);
        let count = |stage: &Stage| {
            let text = stage.backend.metrics.text().unwrap();
            text.lines().find_map(|found| found.strip_prefix(&line)?.parse::<u64>().ok()).unwrap_or(0)
        };
        self.processes.iter().map(count).sum()
    }
}

fn slow_oauth() -> Value {
    json!({"pass": true, "delayMs": 300, "path": "/oauth2/v3/token"})
}

#[tokio::test]
async fn processes_share_one_token_and_one_of_them_asks_for_it() {
    let Some(redis) = Redis::start() else { return };
    let set = Set::new(&redis, 3).await;
    set.double.answer_next(slow_oauth()).await;
    set.send(20).await;
    assert_eq!(set.oauth_requests().await, 1);
    assert_eq!((set.bearers("made"), set.bearers("shared"), set.bearers("kept")), (1, 2, 57));
    // What Redis holds is of no use without the master key, and ends with the token.
    let names: Vec<String> = redis.ask(&["KEYS", "*"]).await;
    assert_eq!(names.len(), 1, "{names:?}");
    let value: String = redis.ask(&["GET", &names[0]]).await;
    let sent = set.double.sends().await;
    let token = sent[0]["headers"]["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
    assert!(!value.contains(token) && !names[0].contains("client"), "{names:?}");
    let left: i64 = redis.ask(&["TTL", &names[0]]).await;
    assert!((3500..=3600).contains(&left), "{left}");
    assert!(sent.iter().all(|request| request["body"].as_str().unwrap().contains(&set.token)));
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_and_a_damaged_one_is_none() {
    let Some(redis) = Redis::start() else { return };
    let set = Set::new(&redis, 2).await;
    set.send(2).await;
    set.expire_tokens().await;
    set.send(1).await;
    assert_eq!(set.oauth_requests().await, 2);
    let name = redis.ask::<Vec<String>>(&["KEYS", "*"]).await.remove(0);
    for damage in ["x", "", "AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        redis.ask::<String>(&["SET", &name, damage]).await;
    }
    set.expire_tokens().await;
    set.send(1).await;
    assert_eq!(set.oauth_requests().await, 3);
}

#[tokio::test]
async fn when_the_asking_process_dies_another_takes_over() {
    let Some(redis) = Redis::start() else { return };
    let set = Set::new(&redis, 2).await;
    set.send(1).await;
    let name = redis.ask::<Vec<String>>(&["KEYS", "*"]).await.remove(0);
    // It had the lock when it died, and the lock is about to end.
    let lock = name.replace("oauth:", "oauth-lock:");
    redis.ask::<String>(&["SET", &lock, "of a dead process", "PX", "700"]).await;
    redis.ask::<i64>(&["DEL", &name]).await;
    let begin = Instant::now();
    set.expire_tokens().await;
    set.send(1).await;
    assert_eq!(set.oauth_requests().await, 2);
    assert!(begin.elapsed() >= Duration::from_millis(500), "nobody waited for the lock");
}

#[tokio::test]
async fn without_redis_each_process_asks_once_and_with_it_again_they_share() {
    let Some(mut redis) = Redis::start() else { return };
    let set = Set::new(&redis, 2).await;
    redis.stop();
    for _ in 0..2 {
        set.double.answer_next(slow_oauth()).await;
    }
    set.send(20).await;
    assert_eq!(set.oauth_requests().await, 2);
    redis.start_again();
    set.expire_tokens().await;
    set.send(5).await;
    assert_eq!(set.oauth_requests().await, 3);
    assert_eq!(set.bearers("shared"), 1);
}
