//! The way to Push Kit over TLS and HTTP/2, and a connection that stops answering.

use std::time::{Duration, Instant};

use push_kit::{ClientOptions, PushClient};
use serde_json::{Value, json};

use crate::stage::{Double, Stage, certificate_of, service_account};

/// Short enough for a test; the defaults are ten seconds each.
const PING: Duration = Duration::from_millis(400);

async fn with_tls() -> (Stage, Double) {
    let keys = tempfile::tempdir().unwrap();
    let account = service_account(keys.path());
    let double = Double::start_with_tls(&account, keys.path());
    let mut stage = Stage::without_workers(&double.tls_url, Some(&account)).await;
    let options = ClientOptions {
        ping_every: PING,
        ping_timeout: PING,
        call_timeout: Duration::from_secs(4),
        extra_roots: vec![certificate_of(keys.path())],
        ..ClientOptions::default()
    };
    stage.start_workers_with(PushClient::with(&options).unwrap());
    (stage, double)
}

fn message() -> Value {
    json!({"to": {"devices": ["a-1"]}, "data": 1, "proxyData": true})
}

#[tokio::test]
async fn messages_and_access_tokens_go_over_http_2() {
    let (stage, double) = with_tls().await;
    for (device, region) in [("a-1", "cn"), ("a-2", "old"), ("a-3", "older")] {
        stage.register(device, &double.token(device).await, region).await;
    }
    let id = stage.accepted(json!({"to": {"devices": ["a-1", "a-2", "a-3"]}, "data": 1})).await;
    assert!(stage.settled(&id).await.iter().all(|device| device["state"] == "sent"));
    for path in ["messages:send", "/oauth2/v3/token"] {
        let requests = double.requests(path).await;
        assert!(
            !requests.is_empty() && requests.iter().all(|request| request["httpVersion"] == "2.0"),
            "{requests:?}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_stops_answering_is_replaced_under_a_request() {
    let (stage, double) = with_tls().await;
    stage.register("a-1", &double.token("a-1").await, "cn").await;
    stage.settled(&stage.accepted(message()).await).await;
    double.call("POST", "/control/silence", Value::Null).await;
    let begin = Instant::now();
    // Several at a time: all of them were to go over the one connection.
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(stage.accepted(message()).await);
    }
    for id in ids {
        assert_eq!(stage.settled(&id).await[0]["state"], "sent");
    }
    assert!(begin.elapsed() < Duration::from_secs(15), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn an_idle_connection_that_stops_answering_costs_the_next_message_nothing() {
    let (stage, double) = with_tls().await;
    stage.register("a-1", &double.token("a-1").await, "cn").await;
    stage.settled(&stage.accepted(message()).await).await;
    double.call("POST", "/control/silence", Value::Null).await;
    tokio::time::sleep(PING * 6).await;
    let devices = stage.settled(&stage.accepted(message()).await).await;
    assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!("sent"), &json!(1)));
}

#[test]
fn a_connection_is_given_less_than_thirty_seconds() {
    let ClientOptions { ping_every, ping_timeout, .. } = ClientOptions::default();
    assert!(ping_every + ping_timeout < Duration::from_secs(30));
}
