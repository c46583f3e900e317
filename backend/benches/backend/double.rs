//! A double of Push Kit that is fast enough not to be what is measured. It follows the same pages as
//! tests/doubles/push-kit ("Push Kit, REST API v3", and v1): it checks the Bearer, the headers, the shape, the size and
//! the tokens of every request, and says "Success".

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::keys::{AUDIENCE, CLIENT_ID, CLIENT_SECRET, KEY_ID, PROJECT, SUB_ACCOUNT};

const MAX_BODY_WITHOUT_TOKENS: usize = 4096;
const MAX_TOKENS: usize = 1000;
/// Every so many payloads one is kept, to be opened.
const KEEP_EVERY: u32 = 97;
const WAIT: Duration = Duration::from_secs(300);

/// What came in.
pub struct Double {
    pub url: String,
    state: Arc<Seen>,
}

struct Seen {
    public_key: DecodingKey,
    received: AtomicU32,
    refused: AtomicU32,
    oauth_requests: AtomicU32,
    bearers: Mutex<HashSet<String>>,
    arrivals: Mutex<HashMap<String, Instant>>,
    kept: Mutex<Vec<(String, String)>>,
}

#[derive(Deserialize)]
struct V3Body {
    payload: V3Payload,
    target: Target,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V3Payload {
    extra_data: String,
}

#[derive(Deserialize)]
struct Target {
    token: Vec<String>,
}

#[derive(Deserialize)]
struct V1Body {
    message: V1Message,
}

#[derive(Deserialize)]
struct V1Message {
    data: String,
    token: Vec<String>,
}

type Answer = (StatusCode, String);

impl Double {
    /// Listens on a free port. `public_key` is an RSA public key in PKCS#1 DER.
    pub async fn start(public_key: &[u8]) -> Result<Self> {
        let state = Arc::new(Seen {
            public_key: DecodingKey::from_rsa_der(public_key),
            received: AtomicU32::new(0),
            refused: AtomicU32::new(0),
            oauth_requests: AtomicU32::new(0),
            bearers: Mutex::default(),
            arrivals: Mutex::default(),
            kept: Mutex::default(),
        });
        let app = Router::new()
            .route("/v3/{project}/messages:send", post(v3))
            .route("/v1/{app}/messages:send", post(v1))
            .route("/oauth2/v3/token", post(oauth))
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, state })
    }

    /// Forgets everything that came in.
    pub fn reset(&self) {
        self.state.received.store(0, Ordering::Relaxed);
        self.state.oauth_requests.store(0, Ordering::Relaxed);
        lock(&self.state.bearers).clear();
        lock(&self.state.arrivals).clear();
        lock(&self.state.kept).clear();
    }

    /// Waits for so many messages. None may have been refused.
    pub async fn received(&self, messages: u32) -> Result<()> {
        let begin = Instant::now();
        loop {
            let received = self.state.received.load(Ordering::Relaxed);
            let refused = self.state.refused.load(Ordering::Relaxed);
            ensure!(refused == 0, "the double refused {refused} requests");
            ensure!(begin.elapsed() < WAIT, "only {received} of {messages} messages came");
            if received >= messages {
                ensure!(received == messages, "{received} messages came instead of {messages}");
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// How many different Bearers came.
    pub fn bearers(&self) -> usize {
        lock(&self.state.bearers).len()
    }

    /// How many access tokens were asked for.
    pub fn oauth_requests(&self) -> u32 {
        self.state.oauth_requests.load(Ordering::Relaxed)
    }

    /// When a token's message came last.
    pub fn arrival(&self, token: &str) -> Option<Instant> {
        lock(&self.state.arrivals).get(token).copied()
    }

    /// Some of the payloads, with their tokens.
    pub fn take_kept(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *lock(&self.state.kept))
    }
}

async fn v3(
    State(seen): State<Arc<Seen>>,
    Path(project): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let bearer = bearer(&headers);
    if !seen.knows(bearer) && !seen.accepts(bearer) {
        return seen.refuse("80200001");
    }
    let is_json = text(&headers, "content-type") == "application/json";
    if project != PROJECT || !is_json || text(&headers, "push-type") != "6" {
        return seen.refuse("80100001");
    }
    match serde_json::from_slice::<V3Body>(&body) {
        Ok(V3Body { payload, target }) => seen.take(body.len(), target.token, payload.extra_data),
        Err(_) => seen.refuse("80100003"),
    }
}

async fn v1(
    State(seen): State<Arc<Seen>>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    if app != CLIENT_ID || !seen.knows(bearer(&headers)) {
        return seen.refuse("80200001");
    }
    match serde_json::from_slice::<V1Body>(&body) {
        Ok(V1Body { message }) => seen.take(body.len(), message.token, message.data),
        Err(_) => seen.refuse("80100003"),
    }
}

async fn oauth(State(seen): State<Arc<Seen>>, body: String) -> Answer {
    let expected =
        format!("grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}");
    if body != expected {
        return seen.refuse("1102");
    }
    let number = seen.oauth_requests.fetch_add(1, Ordering::Relaxed);
    let token = format!("access-{number}");
    lock(&seen.bearers).insert(token.clone());
    (StatusCode::OK, json!({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).to_string())
}

impl Seen {
    fn knows(&self, bearer: &str) -> bool {
        lock(&self.bearers).contains(bearer)
    }

    /// PS256, `kid`, `typ`, `iss`, `aud` and the times, as the documents name them.
    fn accepts(&self, bearer: &str) -> bool {
        let mut validation = Validation::new(Algorithm::PS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[SUB_ACCOUNT]);
        let Ok(token) = jsonwebtoken::decode::<Value>(bearer, &self.public_key, &validation) else {
            return false;
        };
        let good = token.header.kid.as_deref() == Some(KEY_ID) && token.header.typ.as_deref() == Some("JWT");
        if good {
            lock(&self.bearers).insert(bearer.to_owned());
        }
        good
    }

    fn take(&self, size: usize, tokens: Vec<String>, payload: String) -> Answer {
        let listed: usize = tokens.iter().map(|token| token.len().saturating_add(3)).sum();
        let without = size.saturating_add(1).saturating_sub(listed);
        if without > MAX_BODY_WITHOUT_TOKENS || payload.is_empty() {
            return self.refuse("80300008");
        }
        if tokens.is_empty() || tokens.len() > MAX_TOKENS || tokens.iter().any(String::is_empty) {
            return self.refuse("80300010");
        }
        let now = Instant::now();
        let number = self.received.fetch_add(u32::try_from(tokens.len()).unwrap_or(0), Ordering::Relaxed);
        if number.is_multiple_of(KEEP_EVERY)
            && let Some(token) = tokens.first()
        {
            lock(&self.kept).push((token.clone(), payload));
        }
        lock(&self.arrivals).extend(tokens.into_iter().map(|token| (token, now)));
        let answer = json!({"code": "80000000", "msg": "Success", "requestId": number.to_string()});
        (StatusCode::OK, answer.to_string())
    }

    fn refuse(&self, code: &str) -> Answer {
        self.refused.fetch_add(1, Ordering::Relaxed);
        (StatusCode::BAD_REQUEST, json!({"code": code, "msg": "refused", "requestId": "0"}).to_string())
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn bearer(headers: &HeaderMap) -> &str {
    text(headers, "authorization").strip_prefix("Bearer ").unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
