//! Attachments on their way to the device: piece by piece, a few for each user, and never held for a reader that does not read.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pushseal_backend::access::DeviceAuthSettings;
use pushseal_backend::http::app;
use serde_json::json;
use tower::ServiceExt;

use crate::stage::{NOWHERE, Setting, Stage, code, quiet, registration};

/// Larger than what two sockets hold for each other.
const LARGE: usize = 4_000_000;
const UNREAD: usize = 1000;
/// Set in the process that may open enough files.
const RAISED: &str = "PUSHSEAL_TEST_OPEN_FILES";

/// Stores an attachment of about so many bytes for device `a-1` and gives its path.
async fn attachment(stage: &Stage, bytes: usize) -> String {
    stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": "x".repeat(bytes)})).await;
    let newest = "SELECT id FROM attachments ORDER BY expires_at DESC, id LIMIT 1";
    let id: String = sqlx::query_scalar(newest).fetch_one(&stage.backend.database.pool).await.unwrap();
    format!("/v1/attachments/{id}")
}

#[tokio::test]
async fn an_attachment_is_stored_as_bytes_and_comes_whole_or_from_any_byte_on() {
    let stage = quiet().await;
    stage.register("a-1", "token", "cn").await;
    let path = attachment(&stage, 200_000).await;
    let pool = &stage.backend.database.pool;
    let text: i64 =
        sqlx::query_scalar("SELECT MAX(LENGTH(content)) FROM attachments").fetch_one(pool).await.unwrap();
    assert_eq!(text, 0, "no base64 text");
    let sql = "SELECT bytes FROM attachment_pieces ORDER BY position";
    let pieces: Vec<Vec<u8>> = sqlx::query_scalar(sql).fetch_all(pool).await.unwrap();
    assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() <= 32 * 1024));
    let whole = pieces.concat();
    let check = async || {
        assert_eq!(stage.bytes(&path, None).await, (StatusCode::OK, whole.clone()));
        for start in [1, 30_719, 30_720, 30_721, 32_767, 32_768, 32_769, 65_536, whole.len() - 1] {
            let (status, rest) = stage.bytes(&path, Some(&format!("bytes={start}-"))).await;
            assert_eq!((status, rest.as_slice()), (StatusCode::PARTIAL_CONTENT, &whole[start..]), "{start}");
        }
        for start in [whole.len(), whole.len() + 1, usize::MAX] {
            assert_eq!(stage.bytes(&path, Some(&format!("bytes={start}-"))).await.0, StatusCode::OK);
        }
    };
    check().await;
    // As the version before stored it.
    sqlx::query("UPDATE attachments SET size = 0, content = $1")
        .bind(URL_SAFE_NO_PAD.encode(&whole))
        .execute(pool)
        .await
        .unwrap();
    sqlx::query("DELETE FROM attachment_pieces").execute(pool).await.unwrap();
    check().await;
}

/// A stage where users sign in with HS256, and a token of `ann`.
async fn signed_in(write_seconds: u32) -> (Stage, String) {
    let base = quiet().await;
    let mut config = base.config.clone();
    let key = base.folder.path().join("jwt-secret");
    std::fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    config.open_registration = false;
    config.limits.attachments_per_user = 2;
    config.limits.write_seconds = write_seconds;
    config.limits.user_per_minute = 0;
    config.device_auth = Some(
        serde_json::from_value::<DeviceAuthSettings>(json!({"algorithm": "HS256", "key_file": key})).unwrap(),
    );
    let stage = Stage::from_config(&config, base.folder).await;
    let claims = json!({"sub": "ann", "exp": pushseal_backend::clock::now_ms() / 1000 + 600});
    let key = EncodingKey::from_secret(b"0123456789abcdef0123456789abcdef");
    let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
    let body = registration("token", "cn", &[("k1", &[1; 32])]).to_string();
    let put = Request::put("/v1/devices/a-1").header("authorization", format!("Bearer {token}"));
    let (status, answer) = stage.call(put.body(Body::from(body)).unwrap()).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (stage, token)
}

/// The message goes to the user: what a device's id is, is the registry's business.
async fn attachment_of_ann(stage: &Stage, bytes: usize) -> String {
    stage.accepted(json!({"to": {"users": ["ann"]}, "data": "x".repeat(bytes)})).await;
    let newest = "SELECT id FROM attachments ORDER BY expires_at DESC, id LIMIT 1";
    let id: String = sqlx::query_scalar(newest).fetch_one(&stage.backend.database.pool).await.unwrap();
    format!("/v1/attachments/{id}")
}

#[tokio::test]
async fn a_user_fetches_so_many_attachments_at_a_time() {
    let (stage, token) = signed_in(30).await;
    let path = attachment_of_ann(&stage, 100_000).await;
    let fetch = async || {
        let get = Request::get(&path).header("authorization", format!("Bearer {token}"));
        app(stage.backend.clone()).oneshot(get.body(Body::empty()).unwrap()).await.unwrap()
    };
    let (first, second, third) = (fetch().await, fetch().await, fetch().await);
    assert_eq!((first.status(), second.status()), (StatusCode::OK, StatusCode::OK));
    assert_eq!(third.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(third.headers().contains_key("retry-after"));
    let get = Request::get(&path).header("authorization", format!("Bearer {token}"));
    let (_, refused) = stage.call(get.body(Body::empty()).unwrap()).await;
    assert_eq!(code(&refused), "too_many_requests");
    // Read to its end, or dropped by the client.
    let whole = axum::body::to_bytes(first.into_body(), usize::MAX).await.unwrap();
    assert!(whole.len() > 100_000);
    drop(second);
    let (again, and_again) = (fetch().await, fetch().await);
    assert_eq!((again.status(), and_again.status()), (StatusCode::OK, StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_is_cut_off_and_its_place_is_free_again() {
    let (stage, token) = signed_in(4).await;
    let path = attachment_of_ann(&stage, LARGE).await;
    let url = stage.listen().await;
    let mut readers: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut reader = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
            write!(reader, "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n")
                .unwrap();
            reader
        })
        .collect();
    let status = async || {
        let get = Request::get(&path).header("authorization", format!("Bearer {token}"));
        app(stage.backend.clone()).oneshot(get.body(Body::empty()).unwrap()).await.unwrap().status()
    };
    for reader in &mut readers {
        let mut status = [0; 15];
        reader.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
    }
    assert_eq!(status().await, StatusCode::TOO_MANY_REQUESTS, "both are open");
    let begin = Instant::now();
    while status().await != StatusCode::OK {
        assert!(begin.elapsed() < Duration::from_secs(30), "the readers are not cut off");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut left = Vec::new();
    // The rest that lay in the sockets, and then no more.
    let _ = readers[0].read_to_end(&mut left);
    assert!(left.len() < LARGE, "{} bytes", left.len());
}

/// Kilobytes of a process that are in memory, at most so far.
#[cfg(target_os = "linux")]
fn peak_kb(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_unread_answers_stay_under_128_mb() {
    if std::env::var_os(RAISED).is_none() {
        // Often a process may open 1024 files.
        let this: &Path = &std::env::current_exe().unwrap();
        let name = "attachments::a_thousand_unread_answers_stay_under_128_mb";
        let mut raised = Command::new("sh");
        raised.args(["-c", "ulimit -n 4096; exec \"$0\" \"$@\""]).arg(this);
        let output = raised.args(["--exact", name, "--nocapture"]).env(RAISED, "1").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text.lines().filter(|line| line.contains("report: ")).for_each(|line| println!("{line}"));
        return;
    }
    let setting = Setting::new();
    let mut program = setting.start(NOWHERE);
    let http = reqwest::Client::new();
    let put = http.put(format!("{}/v1/devices/a-1", program.url));
    let body = registration("token", "cn", &[("k1", &[1; 32])]).to_string();
    assert!(put.body(body).send().await.unwrap().status().is_success());
    let database = pushseal_backend::database::Database::open(&setting.database).await.unwrap();
    let id: String = sqlx::query_scalar("SELECT id FROM devices").fetch_one(&database.pool).await.unwrap();
    let body = json!({"to": {"devices": [id]}, "data": "x".repeat(LARGE)}).to_string();
    let post = http.post(format!("{}/v1/messages", program.url)).bearer_auth(&setting.key).body(body);
    assert_eq!(post.send().await.unwrap().status(), 202);
    let sql = "SELECT id FROM attachments";
    let id: String = sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap();
    let address = program.url.strip_prefix("http://").unwrap().to_owned();
    let before = peak_kb(program.process.id());
    let readers: Vec<TcpStream> = (0..UNREAD)
        .map(|_| {
            let mut reader = TcpStream::connect(&address).unwrap();
            write!(reader, "GET /v1/attachments/{id} HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            reader
        })
        .collect();
    for mut reader in &readers {
        let mut status = [0; 15];
        reader.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
    }
    // Each has sent what its sockets take by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let peak = peak_kb(program.process.id());
    println!("report: {UNREAD} unread answers of {LARGE} bytes: {before} kB before, {peak} kB at most");
    assert!(peak < 128 * 1024, "{before} kB before, {peak} kB at most");
    assert!(program.process.try_wait().unwrap().is_none());
}
