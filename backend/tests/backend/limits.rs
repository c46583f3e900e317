//! Too many requests, too large and too slow ones.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use pushseal_backend::config::{Config, LimitsConfig};
use pushseal_backend::http::app;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use crate::registry::{claims, sign, with_sign_in};
use crate::stage::{Stage, registration};

async fn limited(stage: Stage, limits: LimitsConfig) -> Stage {
    let config = Config { limits, ..stage.config.clone() };
    Stage::from_config(&config, stage.folder).await
}

async fn stage() -> Stage {
    Stage::without_workers("http://127.0.0.1:9", None).await
}

fn count(statuses: &[u16], status: u16) -> usize {
    statuses.iter().filter(|&&one| one == status).count()
}

/// The status of an answer that comes over a connection, and the answer's text.
async fn answer(connection: &mut TcpStream) -> (u16, String) {
    let mut text = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(10), connection.read_to_end(&mut text)).await;
    let text = String::from_utf8_lossy(&text).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, text)
}

async fn connect(url: &str) -> TcpStream {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_key_has_its_rate_and_is_told_when_to_come_again() {
    let stage = limited(stage().await, LimitsConfig { key_per_second: 5, ..LimitsConfig::default() }).await;
    let url = stage.listen().await;
    let http = reqwest::Client::new();
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let answer = http.get(format!("{url}/v1/messages/x")).bearer_auth(&stage.key).send().await.unwrap();
        statuses.push(answer.status().as_u16());
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert_eq!(answer.headers()["retry-after"], "1");
            assert!(answer.text().await.unwrap().contains("too_many_requests"));
        }
    }
    assert!((5..=7).contains(&count(&statuses, 404)) && count(&statuses, 429) >= 3, "{statuses:?}");
    // Others are not meant.
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert_eq!(http.get(format!("{url}{path}")).send().await.unwrap().status(), 200);
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let again = http.get(format!("{url}/v1/messages/x")).bearer_auth(&stage.key).send().await.unwrap();
    assert_eq!(again.status(), 404);
}

#[tokio::test]
async fn strangers_share_their_addresss_rate_and_senders_do_not() {
    let limits = LimitsConfig {
        address_per_second: 1,
        client_address_header: Some("x-forwarded-for".to_owned()),
        ..LimitsConfig::default()
    };
    let stage = limited(with_sign_in().await, limits).await;
    let call = async |address: &str, jwt: &str| {
        let request = Request::delete("/v1/devices/a-1")
            .header("authorization", format!("Bearer {jwt}"))
            .header("x-forwarded-for", format!("6.6.6.6, {address}"))
            .body(Body::empty())
            .unwrap();
        stage.call(request).await.0.as_u16()
    };
    let mut statuses = Vec::new();
    for n in 0..15 {
        statuses.push(call("10.0.0.1", &format!("guess-{n}")).await);
    }
    assert_eq!((count(&statuses, 401), count(&statuses, 429)), (10, 5), "{statuses:?}");
    assert_eq!(call("10.0.0.1", &sign(&claims("ann"))).await, 429);
    assert_eq!(call("10.0.0.2", &sign(&claims("ann"))).await, 204);
    let (status, _) =
        stage.send_with(json!({"to": {"users": ["x"]}, "data": 1}), &[("x-forwarded-for", "10.0.0.1")]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_has_a_rate_wherever_they_come_from() {
    let stage =
        limited(with_sign_in().await, LimitsConfig { user_per_minute: 3, ..LimitsConfig::default() }).await;
    let call = async |user: &str| {
        let body = registration("tok", "cn", &[("k1", &[1; 32])]).to_string();
        let request = Request::put(format!("/v1/devices/of-{user}"))
            .header("authorization", format!("Bearer {}", sign(&claims(user))))
            .body(Body::from(body))
            .unwrap();
        stage.call(request).await.0.as_u16()
    };
    let mut statuses = Vec::new();
    for _ in 0..5 {
        statuses.push(call("ann").await);
    }
    assert_eq!(statuses, [201, 200, 200, 429, 429]);
    assert_eq!(call("bob").await, 201);
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_refused_before_it_comes() {
    let stage = stage().await;
    let url = stage.listen().await;
    let begin = Instant::now();
    let key = format!("Authorization: Bearer {}\r\n", stage.key);
    for (path, key, expected) in [
        ("POST /v1/messages", key.as_str(), 413),
        ("POST /v1/messages", "", 401),
        ("PUT /v1/devices/a-1", "", 413),
        ("POST /v1/receipts", "", 403),
    ] {
        let mut connection = connect(&url).await;
        let head = format!("{path} HTTP/1.1\r\nHost: x\r\n{key}Content-Length: 104857600\r\n\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        let (status, text) = answer(&mut connection).await;
        assert_eq!(status, expected, "{path}: {text}");
    }
    // One that does not say how long it is, is cut off at the limit.
    let mut connection = connect(&url).await;
    let head = format!("POST /v1/messages HTTP/1.1\r\nHost: x\r\n{key}Transfer-Encoding: chunked\r\n\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
    let mut megabytes = 0;
    while megabytes < 100 && connection.write_all(chunk.as_bytes()).await.is_ok() {
        megabytes += 1;
    }
    // The end of a connection may overtake its last answer.
    assert!(megabytes < 30, "{megabytes} MiB were taken");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn who_sends_slowly_is_let_go() {
    let limits = LimitsConfig { head_seconds: 1, body_seconds: 1, ..LimitsConfig::default() };
    let stage = limited(stage().await, limits).await;
    let url = stage.listen().await;
    let begin = Instant::now();
    let mut slow_head = connect(&url).await;
    let mut slow_body = connect(&url).await;
    let mut silent = connect(&url).await;
    let key = &stage.key;
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 100\r\n\r\n{{"
    );
    slow_body.write_all(head.as_bytes()).await.unwrap();
    slow_head.write_all(b"POST /v1/messages HTTP/1.1\r\n").await.unwrap();
    for _ in 0..6 {
        // A letter now and then does not keep the connection.
        let _ = slow_head.write_all(b"x").await;
        let _ = slow_body.write_all(b" ").await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (status, text) = answer(&mut slow_body).await;
    assert!(status == 408 && text.contains("body_too_slow"), "{text}");
    assert!(matches!(answer(&mut slow_head).await.0, 0 | 408));
    assert_eq!(answer(&mut silent).await.0, 0);
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let stage = limited(stage().await, LimitsConfig { connections: 2, ..LimitsConfig::default() }).await;
    let url = stage.listen().await;
    let open = [connect(&url).await, connect(&url).await];
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut third = connect(&url).await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0; 1];
    assert!(tokio::time::timeout(Duration::from_millis(200), third.read(&mut byte)).await.is_err());
    drop(open);
    assert_eq!(third.read(&mut byte).await.unwrap(), 1);
}

#[tokio::test]
async fn a_requests_id_is_repeated_only_when_it_looks_like_one() {
    let stage = stage().await;
    let id_of = async |id: &[u8]| {
        let request = Request::get("/healthz").header("x-request-id", id).body(Body::empty()).unwrap();
        let answer = app(stage.backend.clone()).oneshot(request).await.unwrap();
        answer.headers()["x-request-id"].as_bytes().to_vec()
    };
    let longest = "a".repeat(64);
    for good in ["7", "0b7e6d1c-b1a2_x.y", &longest] {
        assert_eq!(id_of(good.as_bytes()).await, good.as_bytes());
    }
    let too_long = "a".repeat(65);
    for bad in ["", "a b", "a\"}", "caf\u{e9}", &too_long] {
        let id = id_of(bad.as_bytes()).await;
        assert!(id.len() == 36 && id != bad.as_bytes(), "{bad}");
    }
}
