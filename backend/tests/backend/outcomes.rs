//! Every documented answer of Push Kit, through the whole chain: what the delivery's state becomes, and that no
//! token becomes invalid unless a reason of Push Kit is about that token.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::stage::{Double, Stage};

async fn one_device() -> (Stage, Double) {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    (stage, double)
}

fn message() -> Value {
    json!({"to": {"devices": ["a-1"]}, "data": 1, "proxyData": true})
}

async fn has_token(stage: &Stage, device: &str) -> bool {
    stage.summary(device).await.unwrap().has_token
}

#[tokio::test]
async fn each_code_leads_to_its_state_and_no_code_costs_the_token() {
    let (stage, double) = one_device().await;
    // Answer, and the state after the attempt that got it.
    let table = [
        (json!({"status": 200, "code": "80000000"}), "sent", "80000000"),
        (json!({"status": 200, "code": "80300007"}), "failed", "80300007"),
        (json!({"status": 400, "code": "80100001"}), "failed", "80100001"),
        (json!({"status": 400, "code": "80100003"}), "failed", "80100003"),
        (json!({"status": 400, "code": "80100004"}), "failed", "80100004"),
        (json!({"status": 400, "code": "80100022"}), "failed", "80100022"),
        (json!({"status": 400, "code": "80300008"}), "failed", "80300008"),
        (json!({"status": 400, "code": "80300010"}), "failed", "80300010"),
        (json!({"status": 400, "code": "80300030"}), "failed", "80300030"),
        (json!({"status": 401, "code": "80200001"}), "queued", "80200001"),
        (json!({"status": 400, "code": "80300002"}), "queued", "80300002"),
        (json!({"status": 400, "code": "80300036"}), "queued", "80300036"),
        (json!({"status": 400, "code": "80300037"}), "queued", "80300037"),
        (json!({"status": 400, "code": "80300029"}), "queued", "80300029"),
        (json!({"status": 500, "code": "81000001"}), "queued", "81000001"),
        (json!({"status": 500}), "queued", "http_500"),
        (json!({"status": 502}), "queued", "http_502"),
        (json!({"status": 503}), "queued", "http_503"),
        (json!({"status": 504}), "queued", "http_504"),
        (json!({"cut": true}), "queued", "network"),
        (json!({"status": 200, "body": "<html>not Push Kit</html>"}), "queued", "http_200"),
        (json!({"status": 200, "body": "{\"code\":\"80000000\",\"msg\":\"Succ"}), "queued", "http_200"),
        (
            json!({"status": 200, "body": "{\"code\":\"80000000\",\"msg\":\"Success\"}", "half": true}),
            "queued",
            "network",
        ),
        (json!({"status": 302, "headers": {"location": "https://portal.example"}}), "queued", "http_302"),
        (json!({"status": 400, "body": "<html>"}), "queued", "http_400"),
        (json!({"status": 408}), "queued", "http_408"),
        (json!({"status": 400, "code": "80999999"}), "queued", "80999999"),
    ];
    for (answer, state, code) in table {
        double.answer_next(answer.clone()).await;
        let id = stage.accepted(message()).await;
        let devices = stage.until(&id, |device| device["code"] == code).await;
        assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!(state), &json!(1)), "{answer}");
        // What waits would take the next answer.
        sqlx::query("UPDATE deliveries SET state = 'failed' WHERE message_id = $1")
            .bind(&id)
            .execute(&stage.backend.database.pool)
            .await
            .unwrap();
    }
    assert!(has_token(&stage, "a-1").await);
}

#[tokio::test]
async fn an_expired_jwt_is_signed_again_once() {
    let (stage, double) = one_device().await;
    double.answer_next(json!({"status": 401, "code": "80200005"})).await;
    let id = stage.accepted(message()).await;
    let devices = stage.settled(&id).await;
    assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!("sent"), &json!(2)));
    // A clock that is wrong would make it endless.
    double.answer_next(json!({"status": 401, "code": "80200005", "count": 2})).await;
    let id = stage.accepted(message()).await;
    stage.until(&id, |device| device["attempts"] == 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(stage.status(&id).await["devices"][0]["attempts"], 2);
}

#[tokio::test]
async fn a_storm_of_503_loses_nothing() {
    let (stage, double) = one_device().await;
    double.answer_next(json!({"status": 503, "count": 30})).await;
    let mut ids = Vec::new();
    for n in 0..30 {
        ids.push(stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": n})).await);
    }
    for id in &ids {
        let devices = stage.settled(id).await;
        assert_eq!(devices[0]["state"], "sent", "{devices:?}");
    }
    let attempts: i64 = sqlx::query_scalar("SELECT CAST(SUM(attempts) AS BIGINT) FROM deliveries")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(attempts, 60);
    assert_eq!(double.sends().await.len(), 60);
}

#[tokio::test]
async fn only_a_reason_about_the_token_makes_it_invalid() {
    let (stage, double) = Stage::with_double().await;
    let reasons = ["tokenFormatError", "tokenPlatformNotSupport", "noRight", "countryNotSupport"];
    let mut devices = vec!["good".to_owned()];
    stage.register("good", &double.token("good").await, "cn").await;
    for reason in reasons {
        let token = double.token(reason).await;
        stage.register(reason, &token, "cn").await;
        double.call("POST", "/device/reason", json!({"token": token, "reason": reason})).await;
        devices.push(reason.to_owned());
    }
    let shown = json!({"title": "t", "body": "b"});
    let id =
        stage.accepted(json!({"to": {"devices": devices}, "type": "alert", "notification": shown})).await;
    for device in stage.settled(&id).await {
        let name = device["deviceId"].as_str().unwrap();
        let expected = if name == "good" { ("sent", "80000000") } else { ("failed", name) };
        assert_eq!(
            (
                device["state"].as_str().unwrap(),
                device["code"].as_str().unwrap().replace("80100000", "80000000").as_str()
            ),
            expected
        );
    }
    for device in devices {
        let alive = device != "tokenFormatError";
        assert_eq!(has_token(&stage, &device).await, alive, "{device}");
    }
}

#[tokio::test]
async fn a_push_kit_that_refuses_everything_costs_no_token() {
    let (stage, double) = Stage::with_double().await;
    double.answer_next(json!({"status": 200, "code": "80300007", "count": 1000})).await;
    let mut devices = Vec::new();
    for n in 0..25 {
        stage.register(&format!("a-{n}"), &format!("token-{n}"), "cn").await;
        devices.push(format!("a-{n}"));
    }
    let sealed = stage.accepted(json!({"to": {"devices": devices}, "data": 1})).await;
    let shown = json!({"title": "t", "body": "b"});
    let plain =
        stage.accepted(json!({"to": {"devices": devices}, "type": "alert", "notification": shown})).await;
    for id in [sealed, plain] {
        assert!(stage.settled(&id).await.iter().all(|device| device["state"] == "failed"));
    }
    for device in devices {
        assert!(has_token(&stage, &device).await, "{device}");
    }
}

#[tokio::test]
async fn what_cannot_be_sent_in_time_expires() {
    let (stage, double) = one_device().await;
    double.answer_next(json!({"status": 503, "count": 1000})).await;
    let mut body = message();
    body["ttl"] = json!(2);
    let id = stage.accepted(body).await;
    let devices = stage.settled(&id).await;
    assert_eq!((&devices[0]["state"], &devices[0]["code"]), (&json!("expired"), &json!("ttl_over")));
    assert_eq!(devices[0]["attempts"].as_u64().unwrap(), u64::try_from(double.sends().await.len()).unwrap());
}

#[tokio::test]
async fn a_slow_push_kit_is_waited_for() {
    let (stage, double) = one_device().await;
    double.answer_next(json!({"status": 200, "code": "80000000", "delayMs": 1500})).await;
    let id = stage.accepted(message()).await;
    let devices = stage.settled(&id).await;
    assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!("sent"), &json!(1)));
}

/// A sealed message has one token a request, so each refusal is `80300007`.
#[tokio::test]
async fn a_sealed_messages_device_gets_the_reason() {
    let (stage, double) = Stage::with_double().await;
    let reasons = [
        ("tokenFormatError", false),
        ("tokenPlatformNotSupport", true),
        ("noPushTypeRight", true),
        ("countryNotSupport", true),
        ("noRight", true),
        ("somethingNew", true),
    ];
    let mut devices = Vec::new();
    for (reason, _) in reasons {
        let token = double.token(reason).await;
        stage.register(reason, &token, "cn").await;
        double.call("POST", "/device/reason", json!({"token": token, "reason": reason})).await;
        devices.push(reason);
    }
    let id = stage.accepted(json!({"to": {"devices": devices}, "data": 1})).await;
    for device in stage.settled(&id).await {
        assert_eq!((&device["state"], &device["code"]), (&json!("failed"), &device["deviceId"]));
    }
    for (reason, stays) in reasons {
        assert_eq!(has_token(&stage, reason).await, stays, "{reason}");
    }
    let metrics = stage.backend.metrics.text().unwrap();
    assert!(metrics.contains(r#"pushseal_tokens_retired_total{reason="tokenFormatError"} 1"#), "{metrics}");
}

#[tokio::test]
async fn an_internal_error_after_many_503_does_not_end_a_message() {
    let (mut stage, double) = one_device().await;
    stage.stop_workers().await;
    let id = stage.accepted(message()).await;
    // As after nine answers of 503 and one internal error.
    let tried = "UPDATE deliveries SET attempts = 10, code = 'http_503', internal_faults = 1";
    sqlx::query(tried).execute(&stage.backend.database.pool).await.unwrap();
    double.answer_next(json!({"status": 500})).await;
    stage.start_workers();
    let devices = stage.until(&id, |device| device["code"] == "http_500").await;
    assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!("queued"), &json!(11)));
    let faults: i64 = sqlx::query_scalar("SELECT internal_faults FROM deliveries")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(faults, 2);
    // The fifth internal error does.
    stage.stop_workers().await;
    let fourth = "UPDATE deliveries SET internal_faults = 4, due_at = 0";
    sqlx::query(fourth).execute(&stage.backend.database.pool).await.unwrap();
    double.answer_next(json!({"status": 500})).await;
    stage.start_workers();
    assert_eq!(stage.settled(&id).await[0]["state"], "failed");
}

#[tokio::test]
async fn retry_after_is_followed_in_seconds_and_as_a_date() {
    let (stage, double) = one_device().await;
    let in_seconds = || "4".to_owned();
    let as_a_date = || httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(5));
    let forms: [fn() -> String; 2] = [in_seconds, as_a_date];
    for asked in forms {
        let asked = asked();
        let before = double.sends().await.len();
        double.answer_next(json!({"status": 503, "headers": {"retry-after": asked}})).await;
        let id = stage.accepted(message()).await;
        assert_eq!(stage.settled(&id).await[0]["state"], "sent");
        let sends = double.sends().await;
        let at = |n: usize| sends[before + n]["atMs"].as_i64().unwrap();
        assert_eq!(sends.len(), before + 2);
        // A date has whole seconds.
        assert!(at(1) - at(0) >= 3_000, "{asked}: {} ms", at(1) - at(0));
    }
}

#[tokio::test]
async fn an_oauth_outage_makes_a_handful_of_requests_and_loses_nothing() {
    let (stage, double) = Stage::with_double().await;
    let mut devices = Vec::new();
    for n in 0..50 {
        let name = format!("a-{n}");
        stage.register(&name, &double.token(&name).await, "old").await;
        devices.push(name);
    }
    double.answer_next(json!({"status": 503, "count": 10_000, "path": "/oauth2/v3/token"})).await;
    let id = stage.accepted(json!({"to": {"devices": devices}, "data": 1})).await;
    stage.until(&id, |device| device["code"] == "oauth_unreachable").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let asked = double.requests("/oauth2/v3/token").await.len();
    assert!((1..=4).contains(&asked), "{asked} requests for an access token");
    double.call("DELETE", "/control/answer", Value::Null).await;
    let devices = stage.settled(&id).await;
    assert!(devices.iter().all(|device| device["state"] == "sent"), "{devices:?}");
}
