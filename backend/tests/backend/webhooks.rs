//! Webhooks: a sender's server is told what became of its messages and which devices ended; signed, in order, until it took it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushseal_backend::config::WebhookConfig;
use pushseal_backend::outbox::purge;
use pushseal_backend::webhook::{self, Webhook, Webhooks};
use serde_json::{Value, json};

use crate::stage::{Double, RECEIPT_SECRET, Setting, Stage, with_receipts};

const SECRET: [u8; 32] = [9; 32];

/// A request as the sender's server sees it.
#[derive(Clone, Debug)]
struct Received {
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    fn events(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body["type"], "pushseal.events");
        body["data"]["events"].as_array().unwrap().clone()
    }

    /// As a receiver checks it, with the secret's bytes alone.
    fn is_signed(&self, secret: &[u8]) -> bool {
        let header = |name: &str| self.headers[name].to_str().unwrap();
        let timestamp: i64 = header("webhook-timestamp").parse().unwrap();
        assert!((pushseal_backend::clock::now_ms() / 1000 - timestamp).abs() < 60);
        let signed = format!("{}.{timestamp}.{}", self.id(), self.body);
        header("webhook-signature").split(' ').any(|signature| {
            let tag = STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
            verify(&Key::new(HMAC_SHA256, secret), signed.as_bytes(), &tag).is_ok()
        })
    }
}

/// The server of a sender.
#[derive(Clone)]
struct Server {
    received: Arc<Mutex<Vec<Received>>>,
    status: Arc<Mutex<u16>>,
    url: String,
}

impl Server {
    async fn start() -> Self {
        let received = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(Mutex::new(200));
        let (kept, answered) = (Arc::clone(&received), Arc::clone(&status));
        let take = post(move |headers: HeaderMap, body: Bytes| {
            kept.lock().unwrap().push(Received { headers, body: String::from_utf8(body.to_vec()).unwrap() });
            let status = StatusCode::from_u16(*answered.lock().unwrap()).unwrap();
            async move { (status, [("location", "/elsewhere")]) }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", take)).await });
        Self { received, status, url }
    }

    fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Every event so far, in the order of its first arrival.
    fn events(&self) -> Vec<Value> {
        let mut seen = std::collections::HashSet::new();
        let all = self.received().into_iter().flat_map(|request| request.events());
        all.filter(|event| seen.insert(event["id"].as_str().unwrap().to_owned())).collect()
    }

    async fn until(&self, done: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let begin = Instant::now();
        loop {
            let events = self.events();
            if done(&events) {
                return events;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "{events:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

async fn start(stage: &Stage, name: &str, server: &Server) -> Webhooks {
    let webhook = Webhook::new(name, &server.url, &Webhook::new_secret(&SECRET)).unwrap();
    webhook::start(&stage.backend.database, vec![webhook], &stage.backend.metrics).await.unwrap()
}

/// The API key of the stage comes from the environment, and its name is `env`.
const SENDER: &str = "env";

async fn stage() -> (Stage, Double, Server, Webhooks) {
    let (stage, double) = with_receipts().await;
    let server = Server::start().await;
    let webhooks = start(&stage, SENDER, &server).await;
    (stage, double, server, webhooks)
}

#[tokio::test]
async fn each_end_of_a_message_is_told_with_its_device_and_code() {
    let (stage, double, server, _webhooks) = stage().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    let sent = stage.accepted(json!({"to": {"devices": ["a-1", "a-2"]}, "data": 1})).await;
    stage.settled(&sent).await;
    double.answer_next(json!({"status": 400, "code": "80100001"})).await;
    let failed = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await;
    stage.settled(&failed).await;
    let url = format!("{}/v1/receipts", stage.listen().await);
    let results = json!([{"token": token, "result": 0}]);
    let order = json!({"url": url, "user": "shop", "secret": RECEIPT_SECRET, "results": results});
    double.call("POST", "/control/receipt", order).await;
    let events = server.until(|events| events.len() >= 4).await;
    let find = |kind: &str, message: &str, device: &str| {
        let of = |event: &&Value| {
            event["type"] == kind && event["messageId"] == message && event["deviceId"] == device
        };
        events.iter().find(of).unwrap_or_else(|| panic!("{kind} {message} {device}: {events:?}")).clone()
    };
    let first = stage.id("a-1");
    assert_eq!(find("message.sent", &sent, &first)["code"], "80000000");
    assert_eq!(find("message.failed", &sent, "a-2")["code"], "device_unknown");
    assert_eq!(find("message.failed", &failed, &first)["code"], "80100001");
    let receipt = events.iter().find(|event| event["type"] == "message.receipt").unwrap();
    assert_eq!((&receipt["result"], &receipt["meaning"]), (&json!(0), &json!("delivered")));
    assert!(events.iter().all(|event| event["at"].as_i64().unwrap() > 1_700_000_000_000));
    assert!(server.received().iter().all(|request| request.is_signed(&SECRET)));
    assert!(!server.received()[0].is_signed(&[8; 32]));
}

#[tokio::test]
async fn a_device_whose_token_is_invalid_and_one_that_is_removed_are_told() {
    let (stage, double, server, _webhooks) = stage().await;
    for device in ["a-1", "a-2", "a-3"] {
        stage.register(device, &double.token(device).await, "cn").await;
    }
    let bad = double.token("a-2").await;
    double.call("POST", "/device/reason", json!({"token": bad, "reason": "tokenFormatError"})).await;
    let shown = json!({"title": "t", "body": "b"});
    let message = json!({"to": {"devices": ["a-1", "a-2"]}, "type": "alert", "notification": shown});
    stage.settled(&stage.accepted(message).await).await;
    pushseal_backend::registry::remove_by_id(&stage.backend.database, &stage.id("a-3")).await.unwrap();
    let events = server.until(|events| events.len() >= 4).await;
    let (second, third) = (stage.id("a-2"), stage.id("a-3"));
    let ended: HashMap<_, _> = events
        .iter()
        .filter(|event| event["type"] == "device.ended")
        .map(|event| (event["deviceId"].as_str().unwrap(), event["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(ended, HashMap::from([(second.as_str(), "tokenFormatError"), (third.as_str(), "removed")]));
}

#[tokio::test]
async fn a_server_that_is_away_gets_the_same_request_again_and_each_devices_events_in_order() {
    let (stage, double, server, webhooks) = stage().await;
    server.answer(503);
    stage.register("a-1", &double.token("a-1").await, "cn").await;
    let mut ids = Vec::new();
    for n in 0..20 {
        let id = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": n})).await;
        stage.settled(&id).await;
        ids.push(id);
    }
    let begin = Instant::now();
    while server.received().len() < 2 {
        assert!(begin.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let requests = server.received();
    assert_eq!((requests[0].id(), requests[0].events()), (requests[1].id(), requests[1].events()));
    // The process ends; another one goes on where it was.
    webhooks.stop();
    server.answer(204);
    let _webhooks = start(&stage, SENDER, &server).await;
    let events = server.until(|events| events.len() >= ids.len()).await;
    let order: Vec<&str> = events.iter().map(|event| event["messageId"].as_str().unwrap()).collect();
    assert_eq!(order, ids);
    // What was taken is not kept, and not sent again.
    let begin = Instant::now();
    let left = async || -> i64 {
        let sql = "SELECT COUNT(*) FROM webhook_events";
        sqlx::query_scalar(sql).fetch_one(&stage.backend.database.pool).await.unwrap()
    };
    while left().await > 0 {
        assert!(begin.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let (_, metrics) = stage.bytes("/metrics", None).await;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(
        metrics.contains("pushseal_webhook_requests_total{webhook=\"env\",result=\"failed\"}"),
        "{metrics}"
    );
    assert!(
        metrics.contains("pushseal_webhook_requests_total{webhook=\"env\",result=\"taken\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_events() {
    let (stage, _double, server, _webhooks) = stage().await;
    server.answer(307);
    stage.register("a-1", "token", "cn").await;
    stage.accepted(json!({"to": {"devices": ["a-1", "a-2"]}, "data": 1})).await;
    server.until(|events| !events.is_empty()).await;
    let kept: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM webhook_events")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert!(kept > 0);
}

#[tokio::test]
async fn another_senders_messages_are_not_told_and_without_webhooks_nothing_is_stored() {
    let (stage, double) = with_receipts().await;
    let server = Server::start().await;
    stage.register("a-1", &double.token("a-1").await, "cn").await;
    let count = async || -> i64 {
        let sql = "SELECT COUNT(*) FROM webhook_events";
        sqlx::query_scalar(sql).fetch_one(&stage.backend.database.pool).await.unwrap()
    };
    stage.settled(&stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await).await;
    assert_eq!(count().await, 0);
    let _webhooks = start(&stage, "another-sender", &server).await;
    stage.settled(&stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await).await;
    assert_eq!(count().await, 0);
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn events_that_no_server_took_for_three_days_are_deleted() {
    let (stage, _double, server, _webhooks) = stage().await;
    server.answer(500);
    stage.register("a-1", "token", "cn").await;
    stage.accepted(json!({"to": {"devices": ["a-1", "gone"]}, "data": 1})).await;
    server.until(|events| !events.is_empty()).await;
    let count = async || -> i64 {
        let sql = "SELECT COUNT(*) FROM webhook_events";
        sqlx::query_scalar(sql).fetch_one(&stage.backend.database.pool).await.unwrap()
    };
    let before = count().await;
    let now_ms = pushseal_backend::clock::now_ms();
    purge(&stage.backend.database, now_ms + 3 * 86_400_000 - 60_000).await.unwrap();
    assert_eq!(count().await, before);
    purge(&stage.backend.database, now_ms + 3 * 86_400_000 + 60_000).await.unwrap();
    assert_eq!(count().await, 0);
}

#[test]
fn a_webhook_that_could_not_work_is_refused_at_the_start() {
    let setting = Setting::new();
    let toml = |name: &str, url: &str, secret: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_pushseal"))
            .args(["webhook-secret", "new"])
            .output()
            .unwrap();
        let good = String::from_utf8(output.stdout).unwrap();
        std::fs::write(setting.path("hook"), if secret.is_empty() { good } else { secret.to_owned() })
            .unwrap();
        let text = format!("[webhooks.{name}]\nurl = \"{url}\"\nsecret_file = \"hook\"\n");
        std::fs::write(setting.path("pushseal.toml"), text).unwrap();
        let serve = setting.command("http://127.0.0.1:9", "127.0.0.1:0");
        let mut check = std::process::Command::new(serve.get_program());
        check.args(["config", "check", "--config"]).arg(setting.path("pushseal.toml"));
        let output = check.args(serve.get_args().skip(1)).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(toml("test", "https://h/", "").0, Some(0));
    for (name, url, secret, said) in [
        ("other", "https://h/", "", "webhook other: there is no API key of this name"),
        ("test", "http://169.254.169.254/", "", "webhook test: url must begin with https://"),
        ("test", "https://u:very-secret@h/", "", "webhook test: url must not have a user"),
        ("test", "", "", "webhook test: url is no address"),
        ("test", "https://h/", "very-secret", "webhook test: a webhook secret is whsec_"),
    ] {
        let (code, text) = toml(name, url, secret);
        assert!(code == Some(1) && text.contains(said) && !text.contains("very-secret"), "{said}: {text}");
    }
    assert!(WebhookConfig::default().secret_file.is_none());
}
