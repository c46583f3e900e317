//! Texts that would end a statement, a header or a body where they are put together by hand: each is refused with a documented
//! answer, or stored and given back as it is.

mod headers;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::registry::{claims, sign, with_sign_in};
use crate::stage::{Double, Stage, registration};

const TEXTS: [&str; 12] = [
    "'",
    "\"",
    "'; DROP TABLE devices; --",
    "';DROP/**/TABLE/**/messages;--",
    "x' OR '1'='1",
    "\\'; DELETE FROM deliveries; --",
    "$1",
    "a\r\nx-evil: 1",
    "a\0b",
    "%0d%0ax-evil:%201",
    "{\"token\":[\"other\"]}",
    "❤ ｀'",
];

/// Each of them, and one that is very long.
fn texts() -> Vec<String> {
    TEXTS.iter().map(|&text| text.to_owned()).chain([format!("{}'", "x".repeat(20_000))]).collect()
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn is_control_free(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// A stage with one device and the double behind it.
async fn one_device() -> (Stage, Double) {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    (stage, double)
}

/// Every table is there, and the device of each test still is.
async fn is_whole(stage: &Stage) {
    for table in ["devices", "device_keys", "messages", "deliveries", "attachments", "receipt_nonces"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&stage.backend.database.pool).await.unwrap();
        assert!(rows > 0 || !table.starts_with("device"), "{table} lost its rows");
    }
}

fn is_documented(status: u16, answer: &Value, what: &str) {
    // `Stage::call` holds the code against the document.
    assert!(
        (400..500).contains(&status) && answer["error"]["code"].is_string(),
        "{what:?}: {status} {answer}"
    );
}

#[tokio::test]
async fn no_id_ends_a_statement() {
    let (stage, _double) = one_device().await;
    for text in texts() {
        let path = format!("/v1/devices/{}", escaped(&text));
        let (status, answer) = stage.put(&path, registration("tok", "cn", &[("k1", &[1; 32])])).await;
        is_documented(status.as_u16(), &answer, &text);
        for (method, path) in [
            ("DELETE", path),
            ("GET", format!("/v1/messages/{}", escaped(&text))),
            ("GET", format!("/v1/attachments/{}", escaped(&text))),
        ] {
            let request = Request::builder().method(method).uri(&path);
            let request = request.header("authorization", format!("Bearer {}", stage.key));
            let (status, answer) = stage.call(request.body(Body::empty()).unwrap()).await;
            is_documented(status.as_u16(), &answer, &path);
        }
        for body in [
            json!({"to": {"devices": [text]}, "data": 1}),
            json!({"to": {"devices": ["a-1", text]}, "data": 1}),
            json!({"to": {"users": [text]}, "data": 1}),
            json!({"to": {"devices": ["a-1"]}, "data": 1, "id": text}),
            json!({"to": {"devices": ["a-1"]}, "data": 1, "type": text}),
            json!({"to": {"devices": ["a-1"]}, "data": 1, "collapseKey": text}),
        ] {
            let (status, answer) = stage.send(body.clone()).await;
            is_documented(status.as_u16(), &answer, &body.to_string());
        }
    }
    is_whole(&stage).await;
}

#[tokio::test]
async fn what_a_registration_may_hold_is_stored_as_it_is() {
    let (stage, _double) = one_device().await;
    for (n, text) in texts().into_iter().enumerate() {
        let device = format!("b-{n}");
        let with = |member: &str| {
            let mut body = registration(&format!("tok-{n}"), "cn", &[("k1", &[1; 32])]);
            body[member] = json!(text);
            body
        };
        for member in ["region", "bundle"] {
            let (status, answer) = stage.put(&format!("/v1/devices/{device}"), with(member)).await;
            is_documented(status.as_u16(), &answer, &text);
        }
        let path = format!("/v1/devices/{device}");
        for (member, fits) in [
            ("token", text.len() <= 1024 && text.bytes().all(|b| b.is_ascii_graphic())),
            ("user", text.len() <= 128 && is_control_free(&text)),
        ] {
            let (status, answer) = stage.put(&path, with(member)).await;
            assert_eq!(status.is_success(), fits, "{member} {text:?}: {answer}");
            if !fits {
                is_documented(status.as_u16(), &answer, &text);
                continue;
            }
            let column = if member == "user" { "user_id" } else { member };
            let sql = sqlx::AssertSqlSafe(format!("SELECT {column} FROM devices WHERE id = $1"));
            let kept: String = sqlx::query_scalar(sql)
                .bind(stage.id(&device))
                .fetch_one(&stage.backend.database.pool)
                .await
                .unwrap();
            assert_eq!(kept, text);
        }
        // It names this user's device and no other.
        let (status, answer) = stage.send(json!({"to": {"users": [text]}, "data": 1})).await;
        if status.is_success() {
            let devices = stage.status(answer["messageId"].as_str().unwrap()).await["devices"].clone();
            assert_eq!((devices.as_array().unwrap().len(), &devices[0]["deviceId"]), (1, &json!(device)));
        } else {
            is_documented(status.as_u16(), &answer, &text);
        }
    }
    is_whole(&stage).await;
}

#[tokio::test]
async fn a_sub_is_a_name_and_nothing_else() {
    let stage = with_sign_in().await;
    for (n, text) in texts().into_iter().enumerate() {
        let device = format!("a-{n}");
        let request = Request::put(format!("/v1/devices/{device}"))
            .header("authorization", format!("Bearer {}", sign(&claims(&text))));
        let body = registration(&format!("tok-{n}"), "cn", &[("k1", &[1; 32])]).to_string();
        let (status, answer) = stage.call(request.body(Body::from(body)).unwrap()).await;
        if text.len() <= 128 && is_control_free(&text) {
            assert_eq!(status, 201, "{text:?}: {answer}");
            assert_eq!(stage.summary(&device).await.unwrap().user, text);
        } else {
            is_documented(status.as_u16(), &answer, &text);
        }
    }
    is_whole(&stage).await;
}

#[tokio::test]
async fn what_goes_to_push_kit_is_one_text_and_adds_no_header_and_no_member() {
    let (stage, double) = one_device().await;
    let usual =
        stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1, "biTag": "b", "receiptId": "r"})).await;
    stage.settled(&usual).await;
    let first = double.sends().await.remove(0);
    let of = |send: &Value, member: &str| -> BTreeSet<String> {
        send[member].as_object().unwrap().keys().cloned().collect()
    };
    let body_of = |send: &Value| -> Value { serde_json::from_str(send["body"].as_str().unwrap()).unwrap() };
    for text in texts() {
        let shown = json!({"title": text, "body": text});
        let message = json!({"to": {"devices": ["a-1"]}, "data": text, "type": "pair", "notification": shown,
            "biTag": text, "receiptId": text});
        let (status, answer) = stage.send(message).await;
        if text.len() > 64 {
            is_documented(status.as_u16(), &answer, &text);
            let long = json!({"to": {"devices": ["a-1"]}, "data": 1, "receiptId": text});
            let (status, answer) = stage.send(long).await;
            is_documented(status.as_u16(), &answer, &text);
            continue;
        }
        assert_eq!(status, 202, "{text:?}: {answer}");
        let devices = stage.settled(answer["messageId"].as_str().unwrap()).await;
        assert!(devices.iter().all(|device| device["state"] == "sent"), "{text:?}: {devices:?}");
    }
    let sends = double.sends().await;
    assert_eq!(sends.len(), 1 + 2 * TEXTS.len());
    for (pair, text) in sends[1..].chunks(2).zip(TEXTS) {
        for send in pair {
            let body = body_of(send);
            assert_eq!(of(send, "headers"), of(&first, "headers"));
            assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
            assert_eq!(of(&body, "pushOptions"), of(&body_of(&first), "pushOptions"));
            assert_eq!(
                (&body["pushOptions"]["biTag"], &body["pushOptions"]["receiptId"]),
                (&json!(text), &json!(text))
            );
            assert!(body["target"]["token"].as_array().unwrap().len() == 1);
        }
        let titles: Vec<_> =
            pair.iter().map(body_of).map(|body| body["payload"]["notification"]["title"].clone()).collect();
        assert!(titles.contains(&json!(text)), "{titles:?}");
    }
    is_whole(&stage).await;
}

#[tokio::test]
async fn a_token_is_one_text_at_push_kit() {
    let (stage, double) = one_device().await;
    let tokens: Vec<String> = texts()
        .into_iter()
        .filter(|text| text.bytes().all(|b| b.is_ascii_graphic()) && text.len() < 1024)
        .collect();
    assert!(tokens.len() > 5);
    for token in &tokens {
        stage.register("b-1", token, "cn").await;
        let id = stage.accepted(json!({"to": {"devices": ["b-1"]}, "data": 1})).await;
        stage.settled(&id).await;
        let body: Value =
            serde_json::from_str(double.sends().await.last().unwrap()["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["target"], json!({"token": [token]}));
    }
    is_whole(&stage).await;
}
