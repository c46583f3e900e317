//! `/metrics`: after each event the number that counts it, and the names that the manual names.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::stage::{Double, RECEIPT_SECRET, Stage, registration, with_receipts};

const MANUAL: &str = include_str!("../../../docs/backend.md");

/// A backend with receipts, and a device in each region.
async fn stage() -> (Stage, Double, String) {
    let (stage, double) = with_receipts().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    (stage, double, token)
}

/// Each sample of `/metrics`: its name with labels, and its number.
async fn samples(stage: &Stage) -> BTreeMap<String, f64> {
    let (status, text) = stage.bytes("/metrics", None).await;
    assert_eq!(status, 200);
    let text = String::from_utf8(text).unwrap();
    assert!(text.ends_with("# EOF\n"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, n)| (name.to_owned(), n.parse().unwrap()))
        .collect()
}

/// The numbers of these samples, 0 for one that is not there.
fn numbers<const N: usize>(samples: &BTreeMap<String, f64>, names: [&str; N]) -> [f64; N] {
    names.map(|name| samples.get(&format!("pushseal_{name}")).copied().unwrap_or(0.0))
}

fn message() -> serde_json::Value {
    json!({"to": {"devices": ["a-1"]}, "data": 1})
}

#[tokio::test]
async fn requests_to_push_kit_their_credentials_and_their_results_are_counted() {
    let (stage, double, _) = stage().await;
    for _ in 0..3 {
        stage.settled(&stage.accepted(message()).await).await;
    }
    double.answer_next(json!({"status": 503})).await;
    stage.settled(&stage.accepted(message()).await).await;
    double.answer_next(json!({"status": 400, "code": "80100001"})).await;
    stage.settled(&stage.accepted(message()).await).await;
    let samples = samples(&stage).await;
    let requests = [
        r#"push_requests_total{region="cn",code="80000000"}"#,
        r#"push_requests_total{region="cn",code="http_503"}"#,
        r#"push_requests_total{region="cn",code="80100001"}"#,
        r#"push_request_seconds_count{region="cn"}"#,
        r#"push_request_seconds_bucket{le="+Inf",region="cn"}"#,
    ];
    assert_eq!(numbers(&samples, requests), [4.0, 1.0, 1.0, 6.0, 6.0], "{samples:?}");
    let [sum] = numbers(&samples, [r#"push_request_seconds_sum{region="cn"}"#]);
    assert!(sum > 0.0 && sum < 20.0, "{sum}");
    let rest = [
        r#"deliveries_total{region="cn",state="sent"}"#,
        r#"deliveries_total{region="cn",state="queued"}"#,
        r#"deliveries_total{region="cn",state="failed"}"#,
        r#"bearers_total{region="cn",origin="made"}"#,
        r#"bearers_total{region="cn",origin="kept"}"#,
        "messages_accepted_total",
    ];
    assert_eq!(numbers(&samples, rest), [4.0, 1.0, 1.0, 1.0, 5.0, 5.0], "{samples:?}");
}

#[tokio::test]
async fn latency_falls_into_the_bucket_that_it_took() {
    let (stage, double, _) = stage().await;
    double.answer_next(json!({"pass": true, "delayMs": 600, "path": "messages:send"})).await;
    stage.settled(&stage.accepted(message()).await).await;
    stage.settled(&stage.accepted(message()).await).await;
    let samples = samples(&stage).await;
    let slow = r#"push_request_seconds_bucket{le="0.512",region="cn"}"#;
    let all = r#"push_request_seconds_bucket{le="4.096",region="cn"}"#;
    assert_eq!(numbers(&samples, [slow, all]), [1.0, 2.0], "{samples:?}");
}

#[tokio::test]
async fn tokens_come_and_go_and_each_is_counted() {
    let (stage, double, token) = stage().await;
    stage.register("a-1", &token, "cn").await;
    for device in ["a-2", "a-3"] {
        stage.register(device, &double.token(device).await, "cn").await;
    }
    assert_eq!(stage.remove("a-3").await, 204);
    let bad = double.token("a-2").await;
    double.call("POST", "/device/reason", json!({"token": bad, "reason": "tokenFormatError"})).await;
    let shown = json!({"title": "t", "body": "b"});
    let both = json!({"to": {"devices": ["a-1", "a-2"]}, "type": "alert", "notification": shown});
    stage.settled(&stage.accepted(both).await).await;
    let url = format!("{}/v1/receipts", stage.listen().await);
    let mut order = json!({"url": url, "user": "shop", "secret": RECEIPT_SECRET, "results": [{"token": token, "result": 0}]});
    double.call("POST", "/control/receipt", order.clone()).await;
    order["results"][0]["result"] = json!(6);
    double.call("POST", "/control/receipt", order.clone()).await;
    order["secret"] = json!("b3RoZXIgc2VjcmV0");
    double.call("POST", "/control/receipt", order).await;
    let samples = samples(&stage).await;
    let names = [
        r#"registrations_total{result="created"}"#,
        r#"registrations_total{result="updated"}"#,
        r#"registrations_total{result="removed"}"#,
        r#"tokens_retired_total{reason="tokenFormatError"}"#,
        r#"tokens_retired_total{reason="receipt_6"}"#,
        r#"receipts_total{result="0",meaning="delivered"}"#,
        r#"receipts_total{result="6",meaning="notifications_off"}"#,
        r#"receipts_refused_total{reason="forged"}"#,
    ];
    assert_eq!(numbers(&samples, names), [3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], "{samples:?}");
}

#[tokio::test]
async fn what_waits_is_counted_and_so_is_its_age() {
    let (mut stage, _double, _) = stage().await;
    let queue = ["database_up", "queued_deliveries", "oldest_queued_seconds", "overdue_seconds"];
    assert_eq!(numbers(&samples(&stage).await, queue), [1.0, 0.0, 0.0, 0.0]);
    stage.stop_workers().await;
    for _ in 0..3 {
        stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1, "ttl": 60})).await;
    }
    let pool = &stage.backend.database.pool;
    sqlx::query("UPDATE messages SET created_at = created_at - 90000, expires_at = expires_at - 90000")
        .execute(pool)
        .await
        .unwrap();
    sqlx::query("UPDATE deliveries SET due_at = due_at - 30000").execute(pool).await.unwrap();
    // The queue is counted beside the answers: the first ones may be from before.
    let begin = std::time::Instant::now();
    let [up, _, oldest, overdue] = loop {
        let now = numbers(&samples(&stage).await, queue);
        if now[1] == 3.0 && now[2] >= 90.0 && now[3] >= 30.0 {
            break now;
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "{now:?}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(up, 1.0);
    assert!((90.0..110.0).contains(&oldest) && (30.0..50.0).contains(&overdue), "{oldest} {overdue}");
    stage.start_workers();
    while numbers(&samples(&stage).await, queue) != [1.0, 0.0, 0.0, 0.0] {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let expired = r#"deliveries_total{region="cn",state="expired"}"#;
    assert_eq!(numbers(&samples(&stage).await, [expired]), [3.0]);
}

#[tokio::test]
async fn a_long_queue_is_looked_at_beside_the_answers_and_not_in_them() {
    const QUEUED: i64 = 150_000;
    let stage = crate::stage::quiet().await;
    let database = &stage.backend.database;
    let numbers =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {QUEUED})");
    for insert in [
        "INSERT INTO messages (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
         SELECT 'm-' || i, 's', NULL, 'h', '{}', '', i, 9000000000000 FROM n",
        "INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, \
         updated_at) SELECT 'm-' || i, 'd', 6, 'far', '', 'queued', '', 0, 0, 0 FROM n",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("{numbers} {insert}"));
        sqlx::query(sql).execute(&database.pool).await.unwrap();
    }
    let begin = std::time::Instant::now();
    let waiting = pushseal_backend::outbox::waiting(database, 1_000_000).await.unwrap();
    let counting = begin.elapsed();
    assert_eq!(waiting.deliveries, QUEUED);
    let begin = std::time::Instant::now();
    let mut answers = Vec::new();
    loop {
        let asked = std::time::Instant::now();
        let queued = numbers_of(&stage).await;
        answers.push(asked.elapsed());
        if queued == QUEUED {
            break;
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(60), "never counted");
    }
    // Now and then another process has the processor.
    answers.sort_unstable();
    let median = answers[answers.len() / 2];
    println!(
        "report: counting {QUEUED} takes {counting:?}; /metrics takes {median:?}, {} answers",
        answers.len()
    );
    assert!(median < counting / 2, "{median:?} beside {counting:?}");
}

/// The number of deliveries that wait, as told now.
async fn numbers_of(stage: &Stage) -> i64 {
    let (_, text) = stage.bytes("/metrics", None).await;
    let text = String::from_utf8(text).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("pushseal_queued_deliveries ")).unwrap();
    line.parse().unwrap()
}

#[tokio::test]
async fn each_answer_is_counted_by_its_route() {
    let (stage, _double, _) = stage().await;
    stage.accepted(message()).await;
    for key in ["one", "one"] {
        stage.send_with(message(), &[("idempotency-key", key)]).await;
    }
    stage.put("/v1/devices/a%20b", registration("t", "cn", &[("k1", &[1; 32])])).await;
    stage.call(Request::get("/nothing/here").body(Body::empty()).unwrap()).await;
    stage.call(Request::post("/v1/messages").body(Body::from("{}")).unwrap()).await;
    stage.call(Request::builder().method("BREW").uri("/v1/messages").body(Body::empty()).unwrap()).await;
    let samples = samples(&stage).await;
    let names = [
        r#"http_requests_total{method="POST",route="/v1/messages",status="202"}"#,
        "messages_accepted_total",
        r#"http_requests_total{method="POST",route="/v1/messages",status="401"}"#,
        r#"http_requests_total{method="PUT",route="/v1/devices/{id}",status="201"}"#,
        r#"http_requests_total{method="PUT",route="/v1/devices/{id}",status="400"}"#,
        r#"http_requests_total{method="GET",route="none",status="404"}"#,
        r#"http_requests_total{method="other",route="/v1/messages",status="405"}"#,
        r#"http_request_seconds_count{method="POST",route="/v1/messages"}"#,
    ];
    assert_eq!(numbers(&samples, names), [3.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 4.0], "{samples:?}");
}

#[tokio::test]
async fn the_manual_names_every_metric_with_its_labels() {
    let (stage, double, token) = stage().await;
    stage.settled(&stage.accepted(message()).await).await;
    let bad = double.token("a-2").await;
    stage.register("a-2", &bad, "cn").await;
    let url = format!("{}/v1/receipts", stage.listen().await);
    let mut order = json!({"url": url, "user": "shop", "secret": RECEIPT_SECRET, "results": [{"token": token, "result": 2}]});
    double.call("POST", "/control/receipt", order.clone()).await;
    order["user"] = json!("other");
    double.call("POST", "/control/receipt", order).await;
    stage.backend.metrics.set_aside("cn");
    stage.backend.metrics.webhook("shop", "taken");
    let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sample in samples(&stage).await.keys() {
        let (name, labels) = sample.split_once('{').unwrap_or((sample, ""));
        let name = ["_bucket", "_count", "_sum"]
            .iter()
            .fold(name, |name, end| name.strip_suffix(end).unwrap_or(name));
        let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
        let labels =
            labels.map(|label| label.split('=').next().unwrap().to_owned()).filter(|label| label != "le");
        told.entry(name.to_owned()).or_default().extend(labels);
    }
    let named = MANUAL.lines().filter(|line| line.starts_with("| `pushseal_")).map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let labels = cells[2]
            .split(", ")
            .map(|label| label.trim_matches('`').to_owned())
            .filter(|label| !label.is_empty());
        (cells[1].trim_matches('`').to_owned(), labels.collect())
    });
    assert_eq!(named.collect::<BTreeMap<_, _>>(), told);
}
