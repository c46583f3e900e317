//! JWK sets (RFC 7517): the keys in them that fit the configured algorithm, from a file or from a URL.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::Notify;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::outgoing;

/// An HMAC secret shorter than its hash is weak (RFC 7518 §3.2).
pub(super) const MIN_SECRET: usize = 32;
/// A set with some hundred keys is smaller.
const MAX_SET: usize = 1024 * 1024;
/// Whatever key ids JWTs name, the URL is not asked more often.
const SELDOM: Duration = Duration::from_secs(30);
/// After a failure.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Keys by `kid`.
pub(super) type KeySet = HashMap<String, DecodingKey>;

/// The keys of a set that are for the algorithm and have a `kid`; others may stand beside them.
///
/// # Errors
/// What the set needs.
pub(super) fn key_set(algorithm: Algorithm, json: &[u8]) -> Result<KeySet, &'static str> {
    let set: JwkSet = serde_json::from_slice(json).map_err(|_| "a JWK set, {\"keys\": [...]} (RFC 7517)")?;
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        if let Some(kid) = &jwk.common.key_id
            && is_for(algorithm, jwk)
        {
            let key = DecodingKey::from_jwk(jwk).map_err(|_| "well-formed keys")?;
            keys.entry(kid.clone()).or_insert(key);
        }
    }
    if keys.is_empty() { Err(needed(algorithm)) } else { Ok(keys) }
}

/// A key that says of itself that it is for something else is not taken for this.
fn is_for(algorithm: Algorithm, jwk: &Jwk) -> bool {
    let signs = jwk.common.public_key_use.as_ref().is_none_or(|stated| *stated == PublicKeyUse::Signature);
    let named = jwk.common.key_algorithm.is_none_or(|stated| stated == KeyAlgorithm::from(algorithm));
    signs && named && fits(algorithm, &jwk.algorithm)
}

fn fits(algorithm: Algorithm, key: &AlgorithmParameters) -> bool {
    match (algorithm, key) {
        (Algorithm::RS256, AlgorithmParameters::RSA(_)) => true,
        (Algorithm::ES256, AlgorithmParameters::EllipticCurve(key)) => key.curve == EllipticCurve::P256,
        (Algorithm::HS256, AlgorithmParameters::OctetKey(key)) => {
            let secret = URL_SAFE_NO_PAD.decode(&key.value).map(Zeroizing::new);
            secret.is_ok_and(|secret| secret.len() >= MIN_SECRET)
        }
        _ => false,
    }
}

const fn needed(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "one with kid and \"kty\": \"RSA\"",
        Algorithm::ES256 => "one with kid, \"kty\": \"EC\" and \"crv\": \"P-256\"",
        _ => "one with kid, \"kty\": \"oct\" and a secret of 32 bytes or more",
    }
}

/// A set at a URL.
pub(super) struct Remote {
    url: String,
    algorithm: Algorithm,
    max_age: Duration,
    client: reqwest::Client,
    wanted: Notify,
    asked: Mutex<Asked>,
}

/// The last request.
#[derive(Clone, Copy, Default)]
struct Asked {
    at: Option<Instant>,
    came: bool,
}

impl Remote {
    /// # Errors
    /// What is wrong with the address.
    pub(super) fn new(url: &str, algorithm: Algorithm, max_age_s: u32) -> Result<Self, String> {
        outgoing::check("device_auth.jwks_url", url)?;
        let client = outgoing::client().map_err(|error| format!("no TLS client: {error}"))?;
        let max_age = Duration::from_secs(u64::from(max_age_s)).max(SELDOM);
        let (wanted, asked) = (Notify::new(), Mutex::default());
        Ok(Self { url: url.to_owned(), algorithm, max_age, client, wanted, asked })
    }

    /// Asks for the set.
    ///
    /// # Errors
    /// Why there is none. It holds nothing of the answer.
    pub(super) async fn fetch(&self) -> Result<KeySet, String> {
        let set = self.set().await;
        *self.asked() = Asked { at: Some(Instant::now()), came: set.is_ok() };
        set
    }

    async fn set(&self) -> Result<KeySet, String> {
        let answer =
            self.client.get(&self.url).send().await.map_err(|error| error.without_url().to_string())?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(format!("HTTP {}", answer.status().as_u16()));
        }
        let body = outgoing::body(answer, MAX_SET).await.map_err(|error| error.without_url().to_string())?;
        let body = body.ok_or("it is longer than a megabyte")?;
        key_set(self.algorithm, &body).map_err(|needs| format!("it needs {needs}"))
    }

    /// A JWT names a key that is not in the set. True when the set will be asked for now: it is not fresh.
    pub(super) fn want(&self) -> bool {
        let asked = *self.asked();
        let fresh = asked.came && asked.at.is_some_and(|at| at.elapsed() < SELDOM);
        if !fresh {
            self.wanted.notify_one();
        }
        !fresh
    }

    /// Waits until the set has to be asked for.
    pub(super) async fn until_due(&self) {
        let asked = *self.asked();
        let Some(at) = asked.at else { return };
        let (soonest, latest) = if asked.came { (SELDOM, self.max_age) } else { (TRY_AGAIN / 10, TRY_AGAIN) };
        tokio::time::sleep_until(at + soonest).await;
        let _ = tokio::time::timeout_at(at + latest, self.wanted.notified()).await;
    }

    fn asked(&self) -> std::sync::MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
