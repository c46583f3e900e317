//! The outbox against the Push Kit double: each kind of message arrives where it belongs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::stage::{Double, KEY_ID, SUB_ACCOUNT, Stage, data_of, open, service_account};

#[tokio::test]
async fn a_background_message_arrives_and_opens() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    let key = stage.register("a-1", &token, "cn").await;
    let data = json!({"greeting": "你好 🎉", "n": [1, 2.5, null]});
    let id = stage
        .accepted(json!({"to": {"devices": ["a-1"]}, "data": data, "proxyData": true, "ttl": 600}))
        .await;
    let devices = stage.settled(&id).await;
    assert_eq!(
        devices,
        [json!({"deviceId": "a-1", "pushType": 6, "state": "sent", "code": "80000000", "attempts": 1})]
    );
    let rows = double.table(&token).await;
    assert_eq!(rows.len(), 1);
    let message = open(&key, rows[0]["message"].as_str().unwrap()).unwrap();
    assert_eq!((message.id.as_str(), data_of(&message)), (id.as_str(), data));
    assert_eq!(message.expires_at_ms - message.issued_at_ms, 600_000);
}

#[tokio::test]
async fn the_request_is_what_push_kit_documents() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    let id = stage
        .accepted(json!({"to": {"devices": ["a-1"]}, "data": 1, "biTag": "tag", "receiptId": "r"}))
        .await;
    stage.settled(&id).await;
    let sends = double.sends().await;
    let headers = &sends[0]["headers"];
    assert_eq!((&headers["push-type"], &headers["content-type"]), (&json!("6"), &json!("application/json")));
    let jwt = headers["authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
    let part = |n: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(n).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "PS256", "kid": KEY_ID, "typ": "JWT"}));
    let claims = part(1);
    assert_eq!(claims["iss"], SUB_ACCOUNT);
    assert_eq!(claims["aud"], "https://oauth-login.cloud.huawei.com/oauth2/v3/token");
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 3600);
    let body: Value = serde_json::from_str(sends[0]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["target"], json!({"token": [token]}));
    assert_eq!(body["pushOptions"]["biTag"], "tag");
    assert_eq!(body["pushOptions"]["receiptId"], "r");
    assert!((86_390..=86_400).contains(&body["pushOptions"]["ttl"].as_u64().unwrap()));
}

#[tokio::test]
async fn an_alert_carries_the_sealed_message_in_its_tap() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    let key = stage.register("a-1", &token, "cn").await;
    let shown = json!({"title": "t", "body": "b", "category": "IM"});
    let id = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": {"x": 1}, "type": "alert", "notification": shown, "collapseKey": 5})).await;
    assert_eq!(stage.settled(&id).await[0]["state"], "sent");
    let shown = double.call("GET", &format!("/device/notifications?token={token}"), Value::Null).await;
    assert_eq!(shown.as_array().unwrap().len(), 1);
    assert_eq!(shown[0]["category"], "IM");
    assert_eq!(data_of(&open(&key, &shown[0]["data"].to_string()).unwrap()), json!({"x": 1}));
}

#[tokio::test]
async fn what_does_not_fit_waits_for_the_device_and_opens_there() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    let key = stage.register("a-1", &token, "cn").await;
    for bytes in [3_000, 9_000, 1_000_000] {
        let data = json!({"text": "文".repeat(bytes / 3)});
        let body = json!({"to": {"devices": ["a-1"]}, "data": data, "proxyData": true});
        let id = stage.accepted(body).await;
        assert_eq!(stage.settled(&id).await[0]["state"], "sent");
        let rows = double.table(&token).await;
        let message = open(&key, rows.last().unwrap()["message"].as_str().unwrap()).unwrap();
        let pushseal::Content::Reference(reference) = message.content else { panic!("{bytes} bytes fitted") };
        let path = format!("/v1/attachments/{}", reference.id());
        let (status, whole) = stage.bytes(&path, None).await;
        assert_eq!(status, 200);
        let opened = pushseal::open_attachment(&whole, &reference).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&opened).unwrap(), data);
        let (status, rest) = stage.bytes(&path, Some("bytes=1000-")).await;
        assert_eq!((status.as_u16(), &rest[..]), (206, &whole[1000..]));
    }
    assert_eq!(stage.bytes("/v1/attachments/none", None).await.0, 404);
    let twice = r#"{"a":1,"a":2}"#.to_owned() + &" ".repeat(5000);
    let body = format!(r#"{{"to":{{"devices":["{}"]}},"data":[{twice}]}}"#, stage.id("a-1"));
    let request =
        axum::http::Request::post("/v1/messages").header("authorization", format!("Bearer {}", stage.key));
    let (status, answer) = stage.call(request.body(axum::body::Body::from(body)).unwrap()).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!("invalid_data")));
}

#[tokio::test]
async fn a_pair_is_shown_and_handed_over_under_one_id() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    let key = stage.register("a-1", &token, "cn").await;
    let id = stage
        .accepted(json!({"to": {"devices": ["a-1"]}, "data": {"x": 1}, "type": "pair", "proxyData": true,
            "backgroundMode": 1, "collapseKey": 3, "notification": {"title": "t", "body": "b"}}))
        .await;
    let devices = stage.settled(&id).await;
    assert_eq!(
        devices.iter().map(|d| (&d["pushType"], &d["state"])).collect::<Vec<_>>(),
        [(&json!(0), &json!("sent")), (&json!(6), &json!("sent"))]
    );
    let shown = double.call("GET", &format!("/device/notifications?token={token}"), Value::Null).await;
    let by_tap = open(&key, &shown[0]["data"].to_string()).unwrap();
    let by_table = open(&key, double.table(&token).await[0]["message"].as_str().unwrap()).unwrap();
    assert_eq!((by_tap.id.as_str(), by_table.id.as_str()), (id.as_str(), id.as_str()));
}

#[tokio::test]
async fn extension_and_call_messages_start_the_app() {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    let key = stage.register("a-1", &token, "cn").await;
    let to = json!({"devices": ["a-1"]});
    let spoken =
        json!({"to": to, "data": "spoken", "type": "extension", "notification": {"title": "t", "body": "b"}});
    let called = json!({"to": to, "data": "call", "type": "call"});
    for body in [spoken, called] {
        let id = stage.accepted(body).await;
        assert_eq!(stage.settled(&id).await[0]["state"], "sent");
    }
    let mut stream = reqwest::get(format!("{}/device/messages?token={token}", double.url)).await.unwrap();
    let mut text = String::new();
    while text.lines().count() < 3 {
        text.push_str(std::str::from_utf8(&stream.chunk().await.unwrap().unwrap()).unwrap());
    }
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0], json!({"hello": true}));
    for (line, kind, data) in [(&lines[1], "IM", "spoken"), (&lines[2], "VoIP", "call")] {
        assert_eq!(line["type"], kind);
        assert_eq!(data_of(&open(&key, line["data"].as_str().unwrap()).unwrap()), data);
    }
}

#[tokio::test]
async fn the_v1_route_uses_one_oauth_token_and_a_text() {
    let (stage, double) = Stage::with_double().await;
    let mut keys = Vec::new();
    for n in 0..40 {
        let token = double.token(&format!("a-{n}")).await;
        keys.push((stage.register(&format!("a-{n}"), &token, "old").await, token));
    }
    let devices: Vec<_> = (0..40).map(|n| format!("a-{n}")).collect();
    let id = stage.accepted(json!({"to": {"devices": devices}, "data": {"x": 1}})).await;
    assert!(stage.settled(&id).await.iter().all(|device| device["state"] == "sent"));
    let counts = double.call("GET", "/control/counts", Value::Null).await;
    assert_eq!(counts["oauthRequests"], 1);
    let sends = double.sends().await;
    assert_eq!(sends.len(), 40);
    assert!(sends[0]["headers"]["push-type"].is_null());
    let body: Value = serde_json::from_str(sends[0]["body"].as_str().unwrap()).unwrap();
    let token = body["message"]["token"][0].as_str().unwrap();
    let key = &keys.iter().find(|(_, t)| t == token).unwrap().0;
    let message = open(key, body["message"]["data"].as_str().unwrap()).unwrap();
    assert_eq!(data_of(&message), json!({"x": 1}));
}

#[tokio::test]
async fn a_plain_payload_goes_to_many_tokens_in_one_request_and_a_sealed_one_alone() {
    let (stage, double) = Stage::with_double().await;
    let mut devices = Vec::new();
    for n in 0..150 {
        let token = double.token(&format!("a-{n}")).await;
        stage.register(&format!("a-{n}"), &token, "cn").await;
        devices.push(format!("a-{n}"));
    }
    let shown = json!({"title": "t", "body": "b"});
    let plain = json!({"to": {"devices": devices}, "type": "alert", "notification": shown});
    let id = stage.accepted(plain.clone()).await;
    let settled = stage.settled(&id).await;
    assert!(settled.len() == 150 && settled.iter().all(|device| device["state"] == "sent"));
    assert_eq!(double.sends().await.len(), 1);
    // A test message takes ten tokens a request.
    let mut test = plain;
    test["testMessage"] = json!(true);
    let id = stage.accepted(test).await;
    stage.settled(&id).await;
    assert_eq!(double.sends().await.len(), 16);
    let id = stage.accepted(json!({"to": {"devices": devices}, "data": 1})).await;
    stage.settled(&id).await;
    assert_eq!(double.sends().await.len(), 166);
}

#[tokio::test]
async fn a_newer_token_is_used_for_what_waits() {
    let (mut stage, double) = Stage::with_double().await;
    stage.stop_workers().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    let id = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1, "proxyData": true})).await;
    let renewed = double.call("POST", "/device/token", json!({"aaid": "a-1", "renew": true})).await;
    let renewed = renewed["token"].as_str().unwrap().to_owned();
    stage.register("a-1", &renewed, "cn").await;
    stage.start_workers();
    assert_eq!(stage.settled(&id).await[0]["state"], "sent");
    assert_eq!(double.table(&renewed).await.len(), 1);
}

#[tokio::test]
async fn a_removed_device_gets_nothing_and_the_others_do() {
    let (mut stage, double) = Stage::with_double().await;
    stage.stop_workers().await;
    let (one, two) = (double.token("a-1").await, double.token("a-2").await);
    stage.register("a-1", &one, "cn").await;
    stage.register("a-2", &two, "cn").await;
    let id = stage.accepted(json!({"to": {"devices": ["a-1", "a-2"]}, "data": 1})).await;
    assert_eq!(stage.remove("a-1").await, 204);
    stage.start_workers();
    let devices = stage.settled(&id).await;
    assert_eq!((&devices[0]["state"], &devices[0]["code"]), (&json!("failed"), &json!("device_removed")));
    assert_eq!(devices[1]["state"], "sent");
}

#[tokio::test]
async fn what_waits_follows_its_device_to_a_region_of_the_same_api_and_ends_before_one_of_another() {
    let keys = tempfile::tempdir().unwrap();
    let account = service_account(keys.path());
    let double = Double::start(&account);
    let base = Stage::without_workers(&double.url, Some(&account)).await;
    let mut config = base.config.clone();
    config.regions.insert("de".to_owned(), config.regions["cn"].clone());
    let mut stage = Stage::from_config(&config, base.folder).await;
    let moves = [("a-1", "cn", "de"), ("a-2", "cn", "old"), ("a-3", "old", "cn"), ("a-4", "cn", "cn")];
    let mut tokens = Vec::new();
    for (device, from, _) in moves {
        tokens.push(double.token(device).await);
        stage.register(device, tokens.last().unwrap(), from).await;
    }
    let shown = json!({"title": "t", "body": "b"});
    let to = json!({"devices": ["a-1", "a-2", "a-3", "a-4"]});
    let message = json!({"to": to, "type": "alert", "notification": shown});
    let plain = stage.accepted(message).await;
    let sealed = stage.accepted(json!({"to": to, "data": 1})).await;
    for ((device, _, to), token) in moves.iter().zip(&tokens) {
        stage.register(device, token, to).await;
    }
    stage.start_workers();
    for id in [plain, sealed] {
        let devices = stage.settled(&id).await;
        let ends: Vec<_> = devices.iter().map(|d| (d["state"].as_str().unwrap(), &d["code"])).collect();
        let (sent, moved) = (json!("80000000"), json!("region_moved"));
        let expected = [("sent", &sent), ("failed", &moved), ("failed", &moved), ("sent", &sent)];
        assert_eq!(ends, expected);
        assert!(devices[1]["attempts"] == 0 && devices[2]["attempts"] == 0, "{devices:?}");
    }
    let sends = double.sends().await;
    assert!(sends.iter().all(|send| send["path"].as_str().unwrap().starts_with("/v3/")));
    let regions: Vec<String> = sqlx::query_scalar("SELECT region FROM deliveries WHERE device_id = $1")
        .bind(stage.id("a-1"))
        .fetch_all(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(regions, ["de", "de"]);
}
