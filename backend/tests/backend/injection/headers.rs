//! Headers: what a request brings in one is its value, and adds no other to the answer.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request};
use pushseal_backend::http::app;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use super::{is_whole, one_device, texts};

fn names(headers: &HeaderMap) -> BTreeSet<String> {
    headers.keys().map(ToString::to_string).collect()
}

#[tokio::test]
async fn no_header_of_a_request_adds_one_to_the_answer() {
    let (stage, _double) = one_device().await;
    let body = json!({"to": {"devices": [stage.id("a-1")]}, "data": 1}).to_string();
    let send = async |name: &str, value: HeaderValue| {
        let mut request = Request::post("/v1/messages").body(Body::from(body.clone())).unwrap();
        let key = format!("Bearer {}", stage.key).parse().unwrap();
        request.headers_mut().insert("authorization", key);
        let name: axum::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value);
        let answer = app(std::sync::Arc::clone(&stage.backend)).oneshot(request).await.unwrap();
        (answer.status().as_u16(), answer.headers().clone())
    };
    let (_, usual) = send("x-request-id", "proxy-7".parse().unwrap()).await;
    assert_eq!(usual["x-request-id"], "proxy-7");
    for text in texts() {
        // A line end or NUL is no header's value: see the test on a connection.
        let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) else { continue };
        let (status, headers) = send("x-request-id", value.clone()).await;
        assert_eq!((status, names(&headers)), (202, names(&usual)), "{text:?}");
        let id = headers["x-request-id"].to_str().unwrap();
        assert!(id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'), "{id}");
        let (status, headers) = send("authorization", value.clone()).await;
        assert_eq!((status, names(&headers).contains("x-evil")), (401, false), "{text:?}");
        let fits = text.len() <= 128 && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        for _ in 0..2 {
            let (status, headers) = send("idempotency-key", value.clone()).await;
            assert_eq!((status, names(&headers)), (if fits { 202 } else { 400 }, names(&usual)), "{text:?}");
        }
        let sql = "SELECT COUNT(*) FROM messages WHERE idempotency_key = $1";
        let kept: Result<i64, _> =
            sqlx::query_scalar(sql).bind(&text).fetch_one(&stage.backend.database.pool).await;
        assert_eq!(kept.unwrap(), i64::from(fits), "{text:?}");
    }
    is_whole(&stage).await;
}

#[tokio::test]
async fn a_line_end_or_nul_in_a_header_is_no_part_of_a_value() {
    let (stage, _double) = one_device().await;
    let url = stage.listen().await;
    for (header, expected) in [
        ("idempotency-key: a\r\nx-evil: 1", 202),
        ("idempotency-key: a\rx-evil: 1", 400),
        ("idempotency-key: a\0b", 400),
        ("x-request-id: a\r\nx-evil: 1", 202),
        ("x-request-id: a\0b", 400),
        ("x-evil\0: 1", 400),
        ("content-length: 5\r\ntransfer-encoding: chunked", 400),
    ] {
        let mut connection =
            tokio::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
        let body = json!({"to": {"devices": [stage.id("a-1")]}, "data": 1}).to_string();
        let length = if header.starts_with("content-length") {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let request = format!(
            "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n{length}{header}\r\n\r\n{body}",
            stage.key
        );
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{header:?}: {answer}");
        assert!(!answer.contains("x-evil"), "{answer}");
    }
    is_whole(&stage).await;
}
