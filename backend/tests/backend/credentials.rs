//! What the manual promises of credentials: however many senders and messages, Push Kit sees one.

use std::collections::HashSet;
use std::time::Instant;

use push_kit::PushClient;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::stage::{Double, Stage};

const SENDERS: u64 = 64;
const ROUNDS: u64 = 4;
const DEVICES: u64 = 40;
/// Sealed one by one, each a request of its own: 64 × 4 × 40.
const MESSAGES: u64 = SENDERS * ROUNDS * DEVICES;

/// Sends all of them from 64 senders at a time through the interface to one region.
async fn send_all(region: &str) -> (Stage, Double) {
    let (stage, double) = Stage::with_double().await;
    let mut devices = Vec::new();
    for n in 0..DEVICES {
        let name = format!("a-{n}");
        stage.register(&name, &double.token(&name).await, region).await;
        devices.push(stage.id(&name));
    }
    let url = format!("{}/v1/messages", stage.listen().await);
    let begin = Instant::now();
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (url, key, http) = (url.clone(), stage.key.clone(), reqwest::Client::new());
        let body = json!({"to": {"devices": devices}, "data": {"sender": sender, "text": "x".repeat(200)}});
        senders.spawn(async move {
            for _ in 0..ROUNDS {
                let request = http.post(&url).bearer_auth(&key).body(body.to_string());
                assert_eq!(request.send().await.unwrap().status(), 202);
            }
        });
    }
    senders.join_all().await;
    let sent = "SELECT COUNT(*) FROM deliveries WHERE state = 'sent'";
    loop {
        let sent: i64 = sqlx::query_scalar(sent).fetch_one(&stage.backend.database.pool).await.unwrap();
        if sent.unsigned_abs() == MESSAGES {
            break;
        }
        assert!(begin.elapsed().as_secs() < 300, "{sent} sent");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    (stage, double)
}

fn bearers(stage: &Stage, region: &str, origin: &str) -> Option<u64> {
    let line = format!(r#"pushseal_bearers_total{{region="{region}",origin="{origin}"}} "#);
    let text = stage.backend.metrics.text().unwrap();
    text.lines().find_map(|found| found.strip_prefix(&line)?.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_jwt_is_signed_for_ten_thousand_messages() {
    let (stage, double) = send_all("cn").await;
    let counts = double.call("GET", "/control/counts", Value::Null).await;
    assert_eq!((&counts["requests"], &counts["bearers"]), (&json!(MESSAGES), &json!(1)));
    assert_eq!((bearers(&stage, "cn", "made"), bearers(&stage, "cn", "kept")), (Some(1), Some(MESSAGES - 1)));
    // None of them is a repetition of another.
    let bodies: HashSet<String> = double.sends().await.iter().map(|send| send["body"].to_string()).collect();
    assert_eq!(bodies.len(), 10_000, "the newest that the double keeps");
    println!(
        "report: v3: JWTs signed for {MESSAGES} sealed messages of {SENDERS} senders: {}",
        counts["bearers"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_access_token_is_asked_for_ten_thousand_messages() {
    let (stage, double) = send_all("old").await;
    let counts = double.call("GET", "/control/counts", Value::Null).await;
    assert_eq!((&counts["requests"], &counts["oauthRequests"]), (&json!(MESSAGES + 1), &json!(1)));
    assert_eq!(counts["bearers"], 1);
    assert_eq!(
        (bearers(&stage, "old", "made"), bearers(&stage, "old", "kept")),
        (Some(1), Some(MESSAGES - 1))
    );
    println!(
        "report: v1: OAuth requests for {MESSAGES} sealed messages of {SENDERS} senders: {}",
        counts["oauthRequests"]
    );
}

#[tokio::test]
async fn a_jwt_is_signed_anew_before_it_ends_and_when_the_clock_was_set_back() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    let (region, client) = (&stage.backend.regions["cn"], PushClient::new().unwrap());
    let at = async |now_s: u64| region.endpoint.bearer(&client, now_s).await.unwrap().0.generation;
    let begin = 1_700_000_000;
    for (now_s, generation) in [
        (begin, 1),
        (begin + 3_299, 1),
        (begin + 3_300, 2),
        (begin + 3_301, 2),
        (begin - 7_200, 3),
        (begin, 4),
    ] {
        assert_eq!(at(now_s).await, generation, "{now_s}");
    }
}
