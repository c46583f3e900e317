//! Whatever comes as a body or as an id, no answer is the backend's fault.

use std::cell::Cell;

use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::stage::{Stage, registration};

const CASES: u32 = 400;

/// Names that the interface knows, so that more than the first check is reached.
const NAMES: [&str; 22] = [
    "to",
    "devices",
    "users",
    "data",
    "id",
    "ttl",
    "type",
    "proxyData",
    "notification",
    "title",
    "body",
    "category",
    "clickAction",
    "sealed",
    "collapseKey",
    "biTag",
    "testMessage",
    "token",
    "region",
    "bundle",
    "keys",
    "keyId",
];
const TEXTS: [&str; 10] =
    ["a-1", "background", "alert", "extension", "call", "pair", "cn", "old", "com.example.app", "PLAY_VOICE"];

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(&TEXTS[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let name = prop_oneof![prop::sample::select(&NAMES[..]).prop_map(str::to_owned), any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A good message or registration with some of its members replaced.
fn nearly_good() -> impl Strategy<Value = Value> {
    let message = json!({"to": {"devices": ["a-1"]}, "data": {"x": 1}, "ttl": 60, "type": "pair",
        "notification": {"title": "t", "body": "b"}});
    let good = prop::sample::select(vec![message, registration("tok-1", "cn", &[("k1", &[1; 32])])]);
    let changes = prop::collection::vec((prop::sample::select(&NAMES[..]), json_value()), 0..=2);
    (good, changes).prop_map(|(mut good, changes)| {
        for (name, value) in changes {
            good[name] = value;
        }
        good
    })
}

/// The device's id in the place of its AAID.
fn with_id(stage: &Stage, body: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(body) {
        Ok(text) => text.replace("\"a-1\"", &format!("{:?}", stage.id("a-1"))).into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => json_value().prop_map(|value| value.to_string().into_bytes()),
        4 => nearly_good().prop_map(|value| value.to_string().into_bytes()),
        // Cut off, or with a byte changed.
        1 => (nearly_good(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(value, at, byte)| {
            let mut text = value.to_string().into_bytes();
            let at = at.index(text.len());
            if byte < 128 {
                text.truncate(at)
            } else {
                text[at] = byte
            }
            text
        }),
    ]
}

fn stage() -> (Runtime, Stage) {
    let runtime = Runtime::new().unwrap();
    let stage = runtime.block_on(async {
        let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
        stage.register("a-1", "tok-1", "cn").await;
        stage
    });
    (runtime, stage)
}

fn route() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("POST", "/v1/messages"),
        ("POST", "/v1/sizes"),
        ("PUT", "/v1/devices/a-2"),
        ("POST", "/v1/receipts"),
    ])
}

#[test]
fn no_body_makes_the_backend_fail() {
    let (runtime, stage) = stage();
    let (taken, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) };
    let cases = (body(), route(), prop::option::weighted(0.3, "[ -~]{0,140}"));
    let ran = TestRunner::new(config).run(&cases, |(body, (method, path), key)| {
        let body = with_id(&stage, body);
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("authorization", format!("Bearer {}", stage.key));
        if let Some(key) = &key {
            request = request.header("idempotency-key", key);
        }
        let (status, answer) = runtime.block_on(stage.call(request.body(Body::from(body)).unwrap()));
        prop_assert!(status.as_u16() < 500, "{method} {path}: {status} {answer}");
        let count = if status.is_success() { &taken } else { &refused };
        count.set(count.get() + 1);
        prop_assert!(status.is_success() || answer["error"]["code"].is_string(), "{path}: {status} {answer}");
        Ok(())
    });
    ran.unwrap();
    // Some thirty are expected.
    assert!(taken.get() > 0, "every case was refused: only the first checks were tried");
    assert!(refused.get() > CASES / 4, "{} refused", refused.get());
}

#[test]
fn no_id_makes_the_backend_fail() {
    let (runtime, stage) = stage();
    let routes = prop::sample::select(vec![
        ("GET", "/v1/messages/"),
        ("GET", "/v1/attachments/"),
        ("PUT", "/v1/devices/"),
        ("DELETE", "/v1/devices/"),
    ]);
    let text = any::<String>().prop_map(String::into_bytes);
    let id = prop_oneof![text, prop::collection::vec(any::<u8>(), 0..80), Just(vec![0])];
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) };
    let ran = TestRunner::new(config).run(&(routes, id), |((method, route), id)| {
        let escaped: String = id.iter().map(|byte| format!("%{byte:02X}")).collect();
        let request = Request::builder().method(method).uri(format!("{route}{escaped}"));
        let request = request.header("authorization", format!("Bearer {}", stage.key));
        let body = registration("tok-2", "cn", &[("k1", &[1; 32])]).to_string();
        let (status, answer) = runtime.block_on(stage.call(request.body(Body::from(body)).unwrap()));
        prop_assert!(status.as_u16() < 500, "{method} {route}{escaped}: {status} {answer}");
        let code = answer["error"]["code"].is_string();
        prop_assert!(status.is_success() || code, "{method} {route}{escaped}: {status} {answer}");
        Ok(())
    });
    ran.unwrap();
}
