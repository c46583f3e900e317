//! Device registration with the JWT that the app's own sign-in gives out.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::registry::is_user;

/// An HMAC secret shorter than its hash is weak (RFC 7518 §3.2).
const MIN_SECRET: usize = 32;
const PEM: &[u8] = b"-----BEGIN ";
const LEEWAY_S: u64 = 60;

/// Who may register devices.
#[derive(Debug)]
pub enum DeviceAccess {
    /// Nobody: nothing is configured.
    Closed,
    /// Everybody, for development only.
    Open,
    /// Who has a JWT, for their own devices.
    Jwt(Box<JwtVerifier>),
}

impl DeviceAccess {
    /// What its choice means for registration, where that is seldom meant.
    pub const fn warning(&self) -> Option<&'static str> {
        match self {
            Self::Closed => Some("no device can register: configure [device_auth]"),
            Self::Open => {
                Some("open registration: anyone who reaches this port may register and replace devices")
            }
            Self::Jwt(_) => None,
        }
    }
}

/// `[device_auth]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceAuthSettings {
    /// `HS256`, `RS256` or `ES256`.
    pub algorithm: Algorithm,
    /// A PEM public key, or for HS256 the secret: a text, whose white space at the end does not count, or bytes.
    pub key_file: Option<PathBuf>,
    /// A JWK set, the key chosen by `kid`.
    pub jwks_file: Option<PathBuf>,
    /// Required `iss`.
    pub issuer: Option<String>,
    /// Required `aud`.
    pub audience: Option<String>,
}

/// Checks JWTs.
pub struct JwtVerifier {
    keys: Keys,
    validation: Validation,
}

enum Keys {
    One(DecodingKey),
    /// By `kid`.
    Set(HashMap<String, DecodingKey>),
}

impl std::fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JwtVerifier").finish_non_exhaustive()
    }
}

/// What is wrong with `[device_auth]`.
#[derive(Debug, thiserror::Error)]
pub enum DeviceAuthError {
    /// A file cannot be read.
    #[error("the device_auth file {path} cannot be read: {source}")]
    Unreadable {
        /// The file as configured.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not one of the three.
    #[error("device_auth.algorithm must be HS256, RS256 or ES256")]
    Algorithm,
    /// Both files or none.
    #[error("device_auth needs either key_file or jwks_file")]
    Source,
    /// The file holds no such key.
    #[error("the device_auth file {path} holds no key for {algorithm:?}: it needs {needs}")]
    Key {
        /// The file as configured.
        path: String,
        /// The algorithm as configured.
        algorithm: Algorithm,
        /// What such a file has to hold.
        needs: &'static str,
    },
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
}

impl JwtVerifier {
    /// Reads the key or key set.
    ///
    /// # Errors
    /// [`DeviceAuthError`] when they cannot be read or do not fit the algorithm.
    pub fn load(settings: &DeviceAuthSettings) -> Result<Self, DeviceAuthError> {
        if !matches!(settings.algorithm, Algorithm::HS256 | Algorithm::RS256 | Algorithm::ES256) {
            return Err(DeviceAuthError::Algorithm);
        }
        let keys = match (&settings.key_file, &settings.jwks_file) {
            (Some(path), None) => Keys::One(one_key(settings.algorithm, path)?),
            (None, Some(path)) => Keys::Set(key_set(settings.algorithm, path)?),
            _ => return Err(DeviceAuthError::Source),
        };
        let mut validation = Validation::new(settings.algorithm);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "sub"]);
        match &settings.audience {
            Some(audience) => validation.set_audience(&[audience]),
            None => validation.validate_aud = false,
        }
        if let Some(issuer) = &settings.issuer {
            validation.set_issuer(&[issuer]);
        }
        // A claim that is checked must be there.
        let checked = [("aud", settings.audience.is_some()), ("iss", settings.issuer.is_some())];
        validation.required_spec_claims.extend(checked.into_iter().filter(|c| c.1).map(|c| c.0.to_owned()));
        Ok(Self { keys, validation })
    }

    /// The user (`sub`) of a token that is good now.
    pub fn user(&self, token: &str) -> Option<String> {
        let key = match &self.keys {
            Keys::One(key) => key,
            Keys::Set(keys) => keys.get(&jsonwebtoken::decode_header(token).ok()?.kid?)?,
        };
        let claims = jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok()?.claims;
        is_user(&claims.sub).then_some(claims.sub)
    }
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, DeviceAuthError> {
    let unreadable = |source| DeviceAuthError::Unreadable { path: path.display().to_string(), source };
    std::fs::read(path).map(Zeroizing::new).map_err(unreadable)
}

fn no_key(path: &Path, algorithm: Algorithm, needs: &'static str) -> DeviceAuthError {
    DeviceAuthError::Key { path: path.display().to_string(), algorithm, needs }
}

fn one_key(algorithm: Algorithm, path: &Path) -> Result<DecodingKey, DeviceAuthError> {
    let bytes = read(path)?;
    match algorithm {
        Algorithm::RS256 => DecodingKey::from_rsa_pem(&bytes)
            .map_err(|_| no_key(path, algorithm, "the PEM of an RSA public key")),
        Algorithm::ES256 => DecodingKey::from_ec_pem(&bytes)
            .map_err(|_| no_key(path, algorithm, "the PEM of a P-256 public key")),
        Algorithm::HS256 => {
            secret(&bytes).ok_or_else(|| no_key(path, algorithm, "a secret of 32 bytes or more, and no PEM"))
        }
        _ => Err(DeviceAuthError::Algorithm),
    }
}

fn secret(bytes: &[u8]) -> Option<DecodingKey> {
    // Editors end a text with a line end; it is no part of the secret. Other bytes are taken as they are.
    let secret = std::str::from_utf8(bytes).map_or(bytes, |text| text.trim_ascii_end().as_bytes());
    // A public key as the secret would let anyone sign.
    let is_pem = secret.windows(PEM.len()).any(|part| part == PEM);
    (secret.len() >= MIN_SECRET && !is_pem).then(|| DecodingKey::from_secret(secret))
}

/// The keys of a set that are for the algorithm and have a `kid`; others may stand beside them.
fn key_set(algorithm: Algorithm, path: &Path) -> Result<HashMap<String, DecodingKey>, DeviceAuthError> {
    let none = |needs| no_key(path, algorithm, needs);
    let set: JwkSet =
        serde_json::from_slice(&read(path)?).map_err(|_| none("a JWK set, {\"keys\": [...]} (RFC 7517)"))?;
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        if let Some(kid) = &jwk.common.key_id
            && fits(algorithm, &jwk.algorithm)
        {
            let key = DecodingKey::from_jwk(jwk).map_err(|_| none("well-formed keys"))?;
            keys.entry(kid.clone()).or_insert(key);
        }
    }
    if keys.is_empty() { Err(none(needed_in_a_set(algorithm))) } else { Ok(keys) }
}

const fn needed_in_a_set(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "one with kid and \"kty\": \"RSA\"",
        Algorithm::ES256 => "one with kid, \"kty\": \"EC\" and \"crv\": \"P-256\"",
        _ => "one with kid, \"kty\": \"oct\" and a secret of 32 bytes or more",
    }
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
