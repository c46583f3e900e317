//! The interface: who is let in, what is registered, and what is never told.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use pushseal_backend::database::Engine;
use serde_json::{Value, json};

use crate::stage::{code, quiet, registration};

#[tokio::test]
async fn a_device_registers_repeats_itself_and_is_removed() {
    let stage = quiet().await;
    let body = registration("tok", "cn", &[("k2", &[2; 32]), ("k1", &[1; 16])]);
    let (status, answer) = stage.put("/v1/devices/a-1", body.clone()).await;
    assert_eq!((status, &answer["keyIds"]), (StatusCode::CREATED, &json!(["k2", "k1"])));
    let id = answer["deviceId"].as_str().unwrap();
    assert!(id.len() == 22 && id != "a-1", "{id}");
    assert_eq!(stage.put("/v1/devices/a-1", body.clone()).await, (StatusCode::OK, answer.clone()));
    let key = body["keys"][0]["key"].as_str().unwrap();
    for _ in 0..2 {
        let request = Request::delete("/v1/devices/a-1").header("authorization", format!("Bearer k2.{key}"));
        let request = request.body(Body::empty()).unwrap();
        assert_eq!(stage.call(request).await.0, StatusCode::NO_CONTENT);
    }
    let (status, answer) = stage.send(json!({"to": {"devices": ["a-1"]}, "data": 1})).await;
    assert_eq!((status, code(&answer)), (StatusCode::NOT_FOUND, "no_receiver"));
}

#[tokio::test]
async fn a_wrong_registration_is_named_and_leaves_nothing() {
    let stage = quiet().await;
    let good = registration("tok", "cn", &[("k1", &[1; 32])]);
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    let key = |id: &str, key: &str| json!([{"keyId": id, "key": key}]);
    let cases = [
        (with("token", json!("")), "invalid_registration"),
        (with("token", json!("t".repeat(1025))), "invalid_registration"),
        (with("token", json!("a b")), "invalid_registration"),
        (with("bundle", json!("")), "invalid_registration"),
        (with("bundle", json!("x'; DROP TABLE devices; --")), "invalid_registration"),
        (with("region", json!("mars")), "unknown_region"),
        (with("keys", json!([])), "invalid_registration"),
        (with("keys", key("k", "AAAA")), "invalid_registration"),
        (with("keys", key("k", "!!!!")), "invalid_registration"),
        (with("keys", key("", &"A".repeat(43))), "invalid_registration"),
        (with("keys", key("seventeen-letters", &"A".repeat(43))), "invalid_registration"),
        (with("keys", key("k&1", &"A".repeat(43))), "invalid_registration"),
        (with("keys", key("k/1", &"A".repeat(43))), "invalid_registration"),
        (with("keys", key("k+1", &"A".repeat(43))), "invalid_registration"),
        (with("keys", key("k~<1>'", &"A".repeat(43))), "invalid_registration"),
        (with("keys", json!([good["keys"][0], good["keys"][0]])), "invalid_registration"),
        (with("user", json!("")), "invalid_registration"),
        (with("user", json!(5)), "invalid_body"),
        (with("extra", json!(1)), "invalid_body"),
        (json!([]), "invalid_body"),
    ];
    for (body, expected) in cases {
        let (status, answer) = stage.put("/v1/devices/a-1", body.clone()).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    let path = format!("/v1/devices/{}", "a".repeat(65));
    assert_eq!(code(&stage.put(&path, good.clone()).await.1), "invalid_registration");
    assert_eq!(code(&stage.put("/v1/devices/a%2F..%2Fb", good).await.1), "invalid_registration");
    let devices =
        sqlx::query("SELECT id FROM devices").fetch_all(&stage.backend.database.pool).await.unwrap();
    assert!(devices.is_empty());
}

#[tokio::test]
async fn no_secret_comes_back_in_an_error() {
    let stage = quiet().await;
    let secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I";
    let body = json!({"token": [secret], "region": "cn", "bundle": "b", "keys": [{"keyId": "k", "key": {"a": secret}}]});
    let (_, answer) = stage.put("/v1/devices/a-1", body).await;
    assert_eq!(code(&answer), "invalid_body");
    assert!(!answer.to_string().contains(secret), "{answer}");
}

#[tokio::test]
async fn device_keys_and_contents_are_not_in_the_database_in_the_clear() {
    let stage = quiet().await;
    if stage.backend.database.engine != Engine::Sqlite {
        // Its files hold other databases too.
        return;
    }
    let key = stage.register("a-1", "tok", "cn").await;
    stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": {"text": "very private words"}})).await;
    stage.backend.database.pool.close().await;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(stage.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("pushseal.db") {
            files.extend(std::fs::read(path).unwrap());
        }
    }
    let contains = |needle: &[u8]| files.windows(needle.len()).any(|window| window == needle);
    assert!(contains(b"a-1"), "the files are the database");
    assert!(!contains(&key));
    assert!(!contains(registration("", "", &[("k", &key)])["keys"][0]["key"].as_str().unwrap().as_bytes()));
    assert!(!contains(b"very private"));
}

#[tokio::test]
async fn sending_needs_a_key_with_the_scope() {
    let stage = quiet().await;
    let body = json!({"to": {"devices": ["a-1"]}, "data": 1}).to_string();
    for (header, expected) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("Bearer wrong".to_owned()), StatusCode::UNAUTHORIZED),
        (Some(format!("Basic {}", stage.key)), StatusCode::UNAUTHORIZED),
        (Some(format!("Bearer {}x", stage.key)), StatusCode::UNAUTHORIZED),
        (Some(format!("bearer {}", stage.key)), StatusCode::NOT_FOUND),
    ] {
        let mut request = Request::post("/v1/messages");
        if let Some(header) = &header {
            request = request.header("authorization", header);
        }
        let (status, _) = stage.call(request.body(Body::from(body.clone())).unwrap()).await;
        assert_eq!(status, expected, "{header:?}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_in_json() {
    let stage = quiet().await;
    let get = |path: &str| {
        Request::get(path)
            .header("authorization", format!("Bearer {}", stage.key))
            .body(Body::empty())
            .unwrap()
    };
    let cases = [
        ("/v1/messages/none", StatusCode::NOT_FOUND, "no_such_message"),
        ("/v2", StatusCode::NOT_FOUND, "no_such_path"),
        ("/v1/devices/a", StatusCode::METHOD_NOT_ALLOWED, "no_such_method"),
    ];
    for (path, expected, name) in cases {
        let (status, answer) = stage.call(get(path)).await;
        assert_eq!((status, code(&answer)), (expected, name), "{path}");
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(stage.call(get(path)).await.0, StatusCode::OK, "{path}");
    }
    assert!(stage.is_open());
}
