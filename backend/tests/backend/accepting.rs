//! Messages: what is accepted, what is refused and how.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use pushseal_backend::config::Config;
use serde_json::json;

use crate::stage::{Stage, code, quiet};

#[tokio::test]
async fn a_message_that_contradicts_itself_is_refused() {
    let stage = quiet().await;
    stage.register("a-1", "tok", "cn").await;
    stage.register("a-old", "tok-old", "old").await;
    let to = json!({"devices": ["a-1"]});
    let old = json!({"devices": ["a-old"]});
    let shown = json!({"title": "t", "body": "b"});
    let cases = [
        (json!({"to": to, "data": 1, "notification": shown}), "notification_with_data"),
        (json!({"to": to, "data": 1, "type": "call", "notification": shown}), "notification_with_data"),
        (json!({"to": old, "data": 1, "type": "alert", "notification": shown}), "notification_with_data"),
        (json!({"to": old, "data": 1, "type": "call"}), "invalid_message"),
        (json!({"to": to}), "invalid_message"),
        (json!({"to": {}, "data": 1}), "invalid_message"),
        (json!({"to": {"devices": vec!["a-1"; 1001]}, "data": 1}), "invalid_message"),
        (json!({"to": {"devices": ["a/1"]}, "data": 1}), "invalid_message"),
        (json!({"to": to, "data": 1, "type": "alert"}), "invalid_message"),
        (json!({"to": to, "type": "pair", "notification": shown}), "invalid_message"),
        (json!({"to": to, "data": 1, "ttl": 0}), "invalid_message"),
        (json!({"to": to, "data": 1, "ttl": 1_296_001}), "invalid_message"),
        (json!({"to": to, "data": 1, "ttl": -1}), "invalid_body"),
        (json!({"to": to, "data": 1, "id": "a b"}), "invalid_message"),
        (json!({"to": to, "data": 1, "collapseKey": 1}), "invalid_message"),
        (
            json!({"to": to, "data": 1, "type": "alert", "notification": shown, "proxyData": true}),
            "invalid_message",
        ),
        (
            json!({"to": to, "data": 1, "type": "alert", "notification": shown, "collapseKey": 101}),
            "invalid_message",
        ),
        (json!({"to": to, "data": 1, "backgroundMode": 2}), "invalid_message"),
        (json!({"to": to, "data": 1, "biTag": "x".repeat(65)}), "invalid_message"),
        (
            json!({"to": to, "data": 1, "type": "alert", "notification": shown, "sealed": false}),
            "invalid_message",
        ),
        (
            json!({"to": to, "data": 1, "type": "extension",
            "notification": {"title": "t", "body": "b", "category": "IM"}}),
            "invalid_message",
        ),
        (json!({"to": to, "data": 9_007_199_254_740_993_u64}), "invalid_data"),
        (json!({"to": to, "data": 1, "unknown": 1}), "invalid_body"),
    ];
    for (body, expected) in cases {
        let (status, answer) = stage.send(body.clone()).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, expected), "{body}");
    }
    let messages =
        sqlx::query("SELECT id FROM messages").fetch_all(&stage.backend.database.pool).await.unwrap();
    assert!(messages.is_empty());
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_numbers() {
    let base = quiet().await;
    let config = Config { attachments: false, ..base.config.clone() };
    let stage = Stage::from_config(&config, base.folder).await;
    stage.register("a-1", "tok", "cn").await;
    let with = |bytes: usize| json!({"to": {"devices": ["a-1"]}, "data": "x".repeat(bytes), "id": format!("m{bytes}")});
    // The most that fits is found by halving, and one byte more is refused.
    let (mut fits, mut does_not) = (0_usize, 4096);
    while does_not - fits > 1 {
        let middle = fits.midpoint(does_not);
        if stage.send(with(middle)).await.0 == StatusCode::ACCEPTED {
            fits = middle
        } else {
            does_not = middle
        }
    }
    assert!((2_700..3_000).contains(&fits), "{fits}");
    let (status, answer) = stage.send(with(fits + 1)).await;
    assert_eq!((status, code(&answer)), (StatusCode::PAYLOAD_TOO_LARGE, "message_too_large"));
    let details = &answer["error"]["details"];
    let size = details["size"].as_u64().unwrap();
    assert_eq!(size, details["limit"].as_u64().unwrap() + details["over"].as_u64().unwrap());
    assert!((4065..4070).contains(&size), "{details}");
    let (status, answer) = stage.send(with(20_000)).await;
    assert_eq!((status, code(&answer)), (StatusCode::PAYLOAD_TOO_LARGE, "message_too_large"));
    let huge = Request::post("/v1/messages")
        .header("authorization", format!("Bearer {}", stage.key))
        .body(Body::from(vec![b'x'; 5_000_000]))
        .unwrap();
    let (status, answer) = stage.call(huge).await;
    assert_eq!((status, code(&answer)), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
}

#[tokio::test]
async fn a_repeated_request_is_one_message() {
    let stage = quiet().await;
    stage.register("a-1", "tok", "cn").await;
    let body = json!({"to": {"devices": ["a-1"]}, "data": 1});
    let headers = [("idempotency-key", "order-17")];
    let first = stage.send_with(body.clone(), &headers).await;
    assert_eq!(first.0, StatusCode::ACCEPTED);
    assert_eq!(stage.send_with(body.clone(), &headers).await, first);
    let other = json!({"to": {"devices": ["a-1"]}, "data": 2});
    let (status, answer) = stage.send_with(other, &headers).await;
    assert_eq!((status, code(&answer)), (StatusCode::CONFLICT, "id_in_use"));
    // An id of the sender's own does the same.
    let named = json!({"to": {"devices": ["a-1"]}, "data": 1, "id": "mine"});
    for _ in 0..2 {
        assert_eq!(stage.accepted(named.clone()).await, "mine");
    }
    let changed = json!({"to": {"devices": ["a-1"]}, "data": 2, "id": "mine"});
    assert_eq!(stage.send(changed).await.0, StatusCode::CONFLICT);
    for key in ["", "tab\tinside", "\u{e9}"] {
        let (status, answer) = stage.send_with(body.clone(), &[("idempotency-key", key)]).await;
        assert_eq!((status, code(&answer)), (StatusCode::BAD_REQUEST, "invalid_idempotency_key"), "{key:?}");
    }
    let with_blanks = [("idempotency-key", "order 17, second  try")];
    let first = stage.send_with(body.clone(), &with_blanks).await;
    assert_eq!(first.0, StatusCode::ACCEPTED, "{first:?}");
    assert_eq!(stage.send_with(body, &with_blanks).await, first);
}

#[tokio::test]
async fn many_at_once_with_one_key_are_one_message() {
    let stage = quiet().await;
    stage.register("a-1", "tok", "cn").await;
    let body = json!({"to": {"devices": ["a-1"]}, "data": 1});
    let headers = [("idempotency-key", "k")];
    let calls = (0..20).map(|_| stage.send_with(body.clone(), &headers));
    let answers = futures_all(calls).await;
    assert!(
        answers.iter().all(|answer| *answer == answers[0] && answer.0 == StatusCode::ACCEPTED),
        "{answers:?}"
    );
}

/// Runs all at the same time.
async fn futures_all<T>(calls: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut calls: Vec<_> = calls.map(|call| (Box::pin(call), None)).collect();
    std::future::poll_fn(|context| {
        for (call, done) in calls.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(answer) = call.as_mut().poll(context) {
                *done = Some(answer);
            }
        }
        if calls.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    calls.into_iter().filter_map(|(_, done)| done).collect()
}

#[tokio::test]
async fn an_unknown_receiver_beside_a_known_one_is_told() {
    let stage = quiet().await;
    stage.register("a-1", "tok", "cn").await;
    let id = stage.accepted(json!({"to": {"devices": ["a-1", "a-9", "a-1"]}, "data": 1})).await;
    let devices = stage.status(&id).await["devices"].clone();
    assert_eq!(devices.as_array().unwrap().len(), 2);
    assert_eq!(
        devices[1],
        json!({"deviceId": "a-9", "pushType": 6, "state": "failed", "code": "device_unknown", "attempts": 0})
    );
}
