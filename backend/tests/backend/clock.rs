//! This machine's clock is wrong: Push Kit refuses what it signs. Nothing is lost for it, and the log says what it is.

use std::time::{Duration, Instant};

use pushseal_backend::database::Database;
use pushseal_backend::registry::summary;
use serde_json::{Value, json};

use crate::doctor::doctor;
use crate::stage::{Double, Program, Setting, register_at, registration};

const TWO_HOURS_S: i64 = 7200;

/// A backend with one device, beside a double with a clock of its own.
struct World {
    setting: Setting,
    double: Double,
    program: Program,
    http: reqwest::Client,
    device: String,
}

impl World {
    async fn new(ahead_s: i64) -> Self {
        let setting = Setting::new();
        let double = Double::start(&setting.account);
        let program = setting.start(&double.url);
        let body = registration(&double.token("a-1").await, "cn", &[("k1", &[1; 32])]);
        let device = register_at(&program.url, "a-1", &body).await;
        let world = Self { setting, double, program, http: reqwest::Client::new(), device };
        world.set_clock(ahead_s).await;
        world
    }

    async fn set_clock(&self, ahead_s: i64) {
        self.double.call("POST", "/control/clock", json!({"aheadSeconds": ahead_s})).await;
    }

    async fn send(&self, ttl: u32) -> String {
        let body = json!({"to": {"devices": [self.device]}, "data": 1, "ttl": ttl}).to_string();
        let post = self.http.post(format!("{}/v1/messages", self.program.url)).bearer_auth(&self.setting.key);
        let answer = post.body(body).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        answer["messageId"].as_str().unwrap().to_owned()
    }

    async fn until(&self, id: &str, done: impl Fn(&Value) -> bool) -> Value {
        let begin = Instant::now();
        loop {
            let get = self.http.get(format!("{}/v1/messages/{id}", self.program.url));
            let answer = get.bearer_auth(&self.setting.key).send().await.unwrap().bytes().await.unwrap();
            let device = serde_json::from_slice::<Value>(&answer).unwrap()["devices"][0].clone();
            if done(&device) {
                return device;
            }
            assert!(begin.elapsed() < Duration::from_secs(15), "{device}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The code that Push Kit answers, and the attempts until the message waits for a change of the configuration.
async fn a_wrong_clock_costs_nothing(ahead_s: i64, code: &str, attempts: i64, cause: &str) {
    let world = World::new(ahead_s).await;
    let kept = world.send(600).await;
    let short = world.send(2).await;
    let device = world.until(&kept, |device| device["attempts"] == attempts && device["code"] == code).await;
    assert_eq!(device["state"], "queued");
    let device = world.until(&short, |device| device["state"] != "queued").await;
    assert_eq!((&device["state"], &device["code"]), (&json!("expired"), &json!("ttl_over")));
    // It waits; nobody asks again and again.
    let database = Database::open(&world.setting.database).await.unwrap();
    let waits_s: i64 = sqlx::query_scalar("SELECT MIN(due_at) FROM deliveries WHERE state = 'queued'")
        .fetch_one(&database.pool)
        .await
        .unwrap();
    assert!(waits_s > pushseal_backend::clock::now_ms() + 10_000);
    assert!(summary(&database, &world.device).await.unwrap().unwrap().has_token);
    let log = world.setting.log();
    let alarm = log.lines().find(|line| line.contains("ALARM")).unwrap_or_else(|| panic!("no alarm: {log}"));
    assert!(alarm.contains(cause) && alarm.contains("set it (NTP)") && alarm.contains(code), "{alarm}");
    let (exit, said) = doctor(&world.setting, &world.double.url);
    assert_eq!(exit, Some(1));
    assert!(said.contains("FAIL  region cn: clock") && said.contains(cause), "{said}");
    assert!(said.contains("FAIL  region cn: console settings") && said.contains("clock"), "{said}");
    // The clock is set, and what waited goes out.
    world.set_clock(0).await;
    sqlx::query("UPDATE deliveries SET due_at = 0 WHERE state = 'queued'")
        .execute(&database.pool)
        .await
        .unwrap();
    assert_eq!(world.until(&kept, |device| device["state"] != "queued").await["state"], "sent");
}

#[tokio::test]
async fn a_wrong_clock_signs_what_has_ended_or_not_begun_and_costs_nothing() {
    let behind = "this machine's clock is 7200 s behind Push Kit's";
    let ahead = "this machine's clock is 7200 s ahead of Push Kit's";
    tokio::join!(
        a_wrong_clock_costs_nothing(TWO_HOURS_S, "80200005", 2, behind),
        a_wrong_clock_costs_nothing(-TWO_HOURS_S, "80200001", 1, ahead),
    );
}
