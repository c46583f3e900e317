//! Device registration with the JWT that the app's own sign-in gives out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::current::Current;
use super::jwks::{KeySet, MIN_SECRET, Remote, key_set};
use crate::registry::is_user;

/// As long as a key set at a URL is kept, when the configuration does not say.
const MAX_AGE_S: u32 = 900;
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
    Jwt(Arc<JwtVerifier>),
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
    /// Where a JWK set is published: `https://`, or `http://` on this machine.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Seconds after which the set at the URL is asked for again.
    #[serde(default = "max_age_s")]
    pub jwks_max_age_seconds: u32,
    /// Required `iss`.
    pub issuer: Option<String>,
    /// Required `aud`.
    pub audience: Option<String>,
}

const fn max_age_s() -> u32 {
    MAX_AGE_S
}

/// Checks JWTs.
pub struct JwtVerifier {
    settings: DeviceAuthSettings,
    keys: Current<Keys>,
    validation: Validation,
    /// Where the keys come from, when that is a URL.
    remote: Option<Remote>,
}

enum Keys {
    One(DecodingKey),
    /// By `kid`.
    Set(KeySet),
    /// None yet: the URL has not answered.
    None,
}

/// Why a JWT names no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// It is not accepted.
    #[error("this JWT is not accepted")]
    Refused,
    /// Its key is not known, and the key set at the URL is about to be asked for.
    #[error("the keys of the app's sign-in are not known now")]
    KeysUnknown,
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
    /// More than one of them, or none.
    #[error("device_auth needs one of key_file, jwks_file and jwks_url")]
    Source,
    /// Keys at a URL are public.
    #[error("device_auth.jwks_url is for RS256 and ES256: a secret is not published")]
    SecretAtUrl,
    /// The URL.
    #[error("{0}")]
    Url(String),
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
        let keys = keys(settings)?;
        let remote = settings.jwks_url.as_ref().map(|url| {
            Remote::new(url, settings.algorithm, settings.jwks_max_age_seconds).map_err(DeviceAuthError::Url)
        });
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
        let remote = remote.transpose()?;
        Ok(Self { settings: settings.clone(), keys: Current::new(keys), validation, remote })
    }

    /// Reads the files again. Keys at a URL stay.
    ///
    /// # Errors
    /// As [`JwtVerifier::load`]; then the keys stay as they are.
    pub fn reload(&self) -> Result<(), DeviceAuthError> {
        match keys(&self.settings)? {
            // They are asked for by `keep_fresh`.
            Keys::None => {}
            keys => self.keys.replace(keys),
        }
        Ok(())
    }

    /// The files that the keys are read from.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.settings.key_file, &self.settings.jwks_file].into_iter().flatten().map(AsRef::as_ref)
    }

    /// Asks for the keys at the URL once; true when they came, or there is no URL.
    pub async fn fetch(&self) -> bool {
        let Some(remote) = &self.remote else { return true };
        match remote.fetch().await {
            Ok(set) => {
                self.keys.replace(Keys::Set(set));
                true
            }
            Err(error) => {
                tracing::error!(
                    error,
                    "the JWK set of the app's sign-in cannot be read; the keys known so far stay"
                );
                false
            }
        }
    }

    /// Asks for the keys at the URL again and again, and when a JWT names a key that is not known.
    pub async fn keep_fresh(&self) {
        let Some(remote) = &self.remote else { return };
        loop {
            remote.until_due().await;
            self.fetch().await;
        }
    }

    /// The user (`sub`) of a token that is good now.
    ///
    /// # Errors
    /// [`SignInError::Refused`], or [`SignInError::KeysUnknown`] when the same token may be accepted in a moment.
    pub fn user(&self, token: &str) -> Result<String, SignInError> {
        const REFUSED: SignInError = SignInError::Refused;
        let header = jsonwebtoken::decode_header(token).map_err(|_| REFUSED)?;
        let keys = self.keys.get();
        let known = match &*keys {
            Keys::One(key) => Some(key),
            Keys::Set(set) => set.get(header.kid.as_ref().ok_or(REFUSED)?),
            Keys::None => None,
        };
        // Whoever makes up a key id has the set asked for again, but seldom.
        let is_wanted = || self.remote.as_ref().is_some_and(Remote::want);
        let unknown = || if is_wanted() { SignInError::KeysUnknown } else { REFUSED };
        let claims = jsonwebtoken::decode::<Claims>(token, known.ok_or_else(unknown)?, &self.validation);
        let user = claims.map_err(|_| REFUSED)?.claims.sub;
        if is_user(&user) { Ok(user) } else { Err(REFUSED) }
    }
}

fn keys(settings: &DeviceAuthSettings) -> Result<Keys, DeviceAuthError> {
    match (&settings.key_file, &settings.jwks_file, &settings.jwks_url) {
        (Some(path), None, None) => Ok(Keys::One(one_key(settings.algorithm, path)?)),
        (None, Some(path), None) => {
            let set = key_set(settings.algorithm, &read(path)?);
            set.map(Keys::Set).map_err(|needs| no_key(path, settings.algorithm, needs))
        }
        (None, None, Some(_)) if settings.algorithm == Algorithm::HS256 => Err(DeviceAuthError::SecretAtUrl),
        (None, None, Some(_)) => Ok(Keys::None),
        _ => Err(DeviceAuthError::Source),
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
