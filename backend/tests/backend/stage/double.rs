//! The Push Kit double as a process, and a service account that it knows.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub(crate) const PROJECT: &str = "101653523863785276";
pub(crate) const KEY_ID: &str = "6ee9c2b5d14e4f5f";
pub(crate) const SUB_ACCOUNT: &str = "103653523863785276";

/// A console key file. Every test has the same key: making one takes a tenth of a second.
pub(crate) fn service_account(folder: &Path) -> PathBuf {
    static KEY: OnceLock<String> = OnceLock::new();
    key_file(folder, KEY.get_or_init(new_key))
}

/// A console key file with a key that no double knows.
pub(crate) fn another_service_account(folder: &Path) -> PathBuf {
    key_file(folder, &new_key())
}

fn new_key() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    // One line, as some tools leave it.
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()))
}

fn key_file(folder: &Path, pem: &str) -> PathBuf {
    let file = json!({
        "project_id": PROJECT, "key_id": KEY_ID, "private_key": pem, "sub_account": SUB_ACCOUNT,
        "token_uri": "https://oauth-login.cloud.huawei.com/oauth2/v3/token",
        "auth_uri": "https://oauth-login.cloud.huawei.com/oauth2/v3/authorize",
    });
    let path = folder.join("service-account.json");
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

/// A certificate for `localhost` that signs itself, and its key, as files in PEM.
fn certificate(folder: &Path) -> [PathBuf; 2] {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let [cert, key] = ["tls-cert.pem", "tls-key.pem"].map(|name| folder.join(name));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    [cert, key]
}

/// The certificate of this folder.
pub(crate) fn certificate_of(folder: &Path) -> Vec<u8> {
    std::fs::read(folder.join("tls-cert.pem")).unwrap()
}

/// The Push Kit double as a process of its own.
pub(crate) struct Double {
    process: Child,
    pub(crate) url: String,
    /// The same routes with TLS and HTTP/2; '' without.
    pub(crate) tls_url: String,
    http: reqwest::Client,
}

impl Double {
    pub(crate) fn start(account: &Path) -> Self {
        Self::start_with(account, &[])
    }

    /// With TLS and HTTP/2 beside the plain port. The certificate is one of [`certificate`].
    pub(crate) fn start_with_tls(account: &Path, folder: &Path) -> Self {
        let [cert, key] = certificate(folder);
        Self::start_with(account, &["--tls-cert".as_ref(), cert.as_ref(), "--tls-key".as_ref(), key.as_ref()])
    }

    fn start_with(account: &Path, more: &[&OsStr]) -> Self {
        let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/doubles/push-kit/server.mjs");
        let mut process = Command::new("node")
            .arg(server)
            .args(["--port", "0", "--client-id", "client", "--client-secret", "s&cret=1", "--key"])
            .arg(account)
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("Node 20 runs the Push Kit double");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value =
            serde_json::from_str(&line).expect("the Push Kit double starts once `npm ci` ran in tests/node");
        let url = format!("http://127.0.0.1:{}", ready["port"]);
        let tls_url =
            ready["tlsPort"].as_u64().map_or_else(String::new, |port| format!("https://localhost:{port}"));
        Self { process, url, tls_url, http: reqwest::Client::new() }
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        let method = method.parse().unwrap();
        let request = self.http.request(method, format!("{}{path}", self.url)).body(body.to_string());
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    pub(crate) async fn token(&self, aaid: &str) -> String {
        self.call("POST", "/device/token", json!({"aaid": aaid})).await["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn answer_next(&self, fault: Value) {
        self.call("POST", "/control/answer", fault).await;
    }

    /// The requests for sending, in their order.
    pub(crate) async fn sends(&self) -> Vec<Value> {
        self.requests("messages:send").await
    }

    /// The requests to a path, in their order.
    pub(crate) async fn requests(&self, path: &str) -> Vec<Value> {
        let all = self.call("GET", "/control/requests", Value::Null).await;
        let all = all.as_array().unwrap().clone();
        all.into_iter().filter(|r| r["path"].as_str().unwrap().ends_with(path)).collect()
    }

    /// The notifications that the device shows.
    pub(crate) async fn shown(&self, token: &str) -> Vec<Value> {
        let shown = self.call("GET", &format!("/device/notifications?token={token}"), Value::Null).await;
        shown.as_array().unwrap().clone()
    }

    /// The rows that the system would have written into the app's table.
    pub(crate) async fn table(&self, token: &str) -> Vec<Value> {
        let rows = self.call("GET", &format!("/device/table?token={token}"), Value::Null).await;
        rows.as_array().unwrap().clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
