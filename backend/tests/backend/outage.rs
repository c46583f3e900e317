//! The database goes away under load and comes back: nothing that was answered 202 is lost, and nobody starts anything again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pushseal_backend::database::Database;
use reqwest::Client;
use serde_json::{Value, json};

use crate::postgres::server;
use crate::server::Postgres;
use crate::stage::{Double, Program, Setting, open, register_at, registration};

const SENDERS: usize = 6;
const KEY: [u8; 32] = [1; 32];
const UNDER_LOAD: Duration = Duration::from_millis(600);

/// A backend on a PostgreSQL server that can be stopped.
struct World {
    postgres: Postgres,
    _folder: tempfile::TempDir,
    setting: Setting,
    double: Double,
    program: Program,
    http: Client,
    device: String,
}

impl World {
    /// Nothing where PostgreSQL is not installed.
    async fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let postgres = server(folder.path())?;
        let mut setting = Setting::new();
        setting.database = format!("{}/postgres", postgres.url());
        let double = Double::start(&setting.account);
        let program = setting.start(&double.url);
        let body = registration(&double.token("a-1").await, "cn", &[("k1", &KEY)]);
        let device = register_at(&program.url, "a-1", &body).await;
        Some(Self { postgres, _folder: folder, setting, double, program, http: Client::new(), device })
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.http.get(format!("{}{path}", self.program.url)).bearer_auth(&self.setting.key);
        request.send().await.unwrap()
    }

    async fn register(&self, token: &str) -> reqwest::Response {
        let body = registration(token, "cn", &[("k1", &KEY)]).to_string();
        let put = self.http.put(format!("{}/v1/devices/a-1", self.program.url)).body(body);
        put.send().await.unwrap()
    }

    fn senders(&self, stop: &Arc<AtomicBool>) -> Vec<tokio::task::JoinHandle<Sender>> {
        let start = |name| {
            let url = format!("{}/v1/messages", self.program.url);
            let sender = Sender {
                http: self.http.clone(),
                url,
                key: self.setting.key.clone(),
                name,
                device: self.device.clone(),
                accepted: Vec::new(),
                refused: 0,
            };
            tokio::spawn(sender.run(Arc::clone(stop)))
        };
        (0..SENDERS).map(start).collect()
    }

    /// While the database is away: every answer is there soon, and says what it is.
    async fn is_clear_without_database(&self) {
        let begin = Instant::now();
        let asked = ["/healthz", "/readyz", "/metrics"].map(|path| self.get(path));
        let [alive, ready, metrics] = asked;
        let (alive, ready, metrics, refused) =
            tokio::join!(alive, ready, metrics, self.register("another-token"));
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
        assert_eq!((alive.status().as_u16(), ready.status().as_u16()), (200, 503));
        assert!(metrics.text().await.unwrap().contains("pushseal_database_up 0"));
        let retry_after = refused.headers().get("retry-after").cloned();
        assert_eq!((refused.status().as_u16(), retry_after.unwrap().to_str().unwrap()), (503, "5"));
        let error: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "database_unavailable");
        assert!(error["error"]["message"].as_str().unwrap().contains("again in a few seconds"), "{error}");
    }

    /// Gives how long it took.
    async fn is_ready_again(&self) -> Duration {
        let begin = Instant::now();
        while self.get("/readyz").await.status() != 200 {
            assert!(begin.elapsed() < Duration::from_secs(15), "it does not come back");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        begin.elapsed()
    }

    /// The attempts of each message, once all of them are sent.
    async fn all_sent(&self, accepted: &[String]) -> HashMap<String, i64> {
        let database = Database::open(&self.setting.database).await.unwrap();
        let begin = Instant::now();
        let mut before = (i64::MAX, Instant::now());
        loop {
            let queued: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM deliveries WHERE state = 'queued'")
                .fetch_one(&database.pool)
                .await
                .unwrap();
            if queued == 0 {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{queued} still wait");
            if queued != before.0 {
                before = (queued, Instant::now());
            } else if before.1.elapsed() > Duration::from_secs(2) {
                // Claims whose answer was lost on the way; their leases would run out after a minute.
                let give_up = "UPDATE deliveries SET due_at = 0 WHERE state = 'queued'";
                sqlx::query(give_up).execute(&database.pool).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let mut attempts = HashMap::new();
        for id in accepted {
            let status: Value =
                serde_json::from_slice(&self.get(&format!("/v1/messages/{id}")).await.bytes().await.unwrap())
                    .unwrap();
            assert_eq!(status["devices"][0]["state"], "sent", "{status}");
            attempts.insert(id.clone(), status["devices"][0]["attempts"].as_i64().unwrap());
        }
        attempts
    }

    /// How often each message came to Push Kit.
    async fn arrived(&self) -> HashMap<String, i64> {
        let mut arrived: HashMap<String, i64> = HashMap::new();
        for send in self.double.sends().await {
            let body: Value = serde_json::from_str(send["body"].as_str().unwrap()).unwrap();
            let message = open(&KEY, body["payload"]["extraData"].as_str().unwrap()).unwrap();
            *arrived.entry(message.id).or_default() += 1;
        }
        arrived
    }
}

/// Sends one message after the other; one that is answered 503 is sent again with its key, as the answer asks.
struct Sender {
    http: Client,
    url: String,
    key: String,
    name: usize,
    device: String,
    accepted: Vec<String>,
    refused: usize,
}

impl Sender {
    async fn run(mut self, stop: Arc<AtomicBool>) -> Self {
        loop {
            let number = self.accepted.len();
            let body = json!({"to": {"devices": [self.device]}, "data": number, "ttl": 600}).to_string();
            let request = self.http.post(&self.url).bearer_auth(&self.key);
            let request = request.header("idempotency-key", format!("{}-{number}", self.name));
            let begin = Instant::now();
            let answer = request.body(body).send().await.expect("an answer");
            assert!(begin.elapsed() < Duration::from_secs(12), "{:?}", begin.elapsed());
            let status = answer.status().as_u16();
            let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
            if status == 202 {
                self.accepted.push(answer["messageId"].as_str().unwrap().to_owned());
                if stop.load(Ordering::Relaxed) {
                    return self;
                }
                continue;
            }
            assert_eq!((status, &answer["error"]["code"]), (503, &json!("database_unavailable")), "{answer}");
            self.refused += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_under_load_and_comes_back_loses_no_message() {
    let Some(mut world) = World::new().await else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let senders = world.senders(&stop);
    let mut back = Vec::new();
    for mode in ["fast", "immediate", "immediate"] {
        tokio::time::sleep(UNDER_LOAD).await;
        world.postgres.stop(mode).unwrap();
        if mode == "fast" {
            world.is_clear_without_database().await;
        }
        world.postgres.start_again().unwrap();
        back.push(world.is_ready_again().await);
    }
    tokio::time::sleep(UNDER_LOAD).await;
    stop.store(true, Ordering::Relaxed);
    let (mut accepted, mut refused) = (Vec::new(), 0);
    for sender in senders {
        let sender = sender.await.unwrap();
        accepted.extend(sender.accepted);
        refused += sender.refused;
    }
    assert!(refused > 0 && accepted.len() > SENDERS, "{refused} refused, {} accepted", accepted.len());
    let attempts = world.all_sent(&accepted).await;
    let arrived = world.arrived().await;
    for id in &accepted {
        let times = arrived.get(id).copied().unwrap_or(0);
        assert!((1..=attempts[id]).contains(&times), "{id}: sent {times}, attempts {}", attempts[id]);
    }
    assert_eq!(arrived.len(), accepted.len(), "a message that was never answered 202 was sent");
    assert!(world.program.process.try_wait().unwrap().is_none(), "it still runs");
    let log = world.setting.log();
    assert!(!log.contains("panicked") && !log.contains("could not be deleted"), "{log}");
    let twice = arrived.values().filter(|&&times| times > 1).count();
    println!(
        "report: pushseal serve: PostgreSQL gone three times under load, {} messages accepted, all sent, {twice} of them more \
         than once; {refused} answers 503; ready {back:?} after the server",
        accepted.len()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn asked_to_stop_without_its_database_it_ends_by_itself() {
    let Some(mut world) = World::new().await else { return };
    let id = world.program.process.id().to_string();
    world.double.answer_next(json!({"pass": true, "delayMs": 1000})).await;
    let sender = Sender {
        http: world.http.clone(),
        url: format!("{}/v1/messages", world.program.url),
        key: world.setting.key.clone(),
        name: 0,
        device: world.device.clone(),
        accepted: Vec::new(),
        refused: 0,
    };
    let stop = Arc::new(AtomicBool::new(false));
    let sender = tokio::spawn(sender.run(Arc::clone(&stop)));
    while world.double.sends().await.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.store(true, Ordering::Relaxed);
    sender.await.unwrap();
    // A result comes when there is no database to write it to.
    world.postgres.stop("immediate").unwrap();
    assert!(
        std::process::Command::new("sh")
            .args(["-c", &format!("kill -TERM {id}")])
            .status()
            .unwrap()
            .success()
    );
    let begin = Instant::now();
    while world.program.process.try_wait().unwrap().is_none() {
        assert!(begin.elapsed() < Duration::from_secs(25), "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        world.setting.log().contains("the writer of results was ended before its time"),
        "{}",
        world.setting.log()
    );
}
