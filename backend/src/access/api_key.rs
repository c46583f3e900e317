//! API keys. Only their hashes are kept. A key has 256 random bits, so that a plain SHA-256 is enough.
//!
//! The file has one key a line: name, scopes separated by commas, SHA-256 in base64url, and then, if it is limited,
//! `expires=` with a time (RFC 3339) and `regions=` with names separated by commas.

use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::grant::{KeyLimits, Scope};
use crate::random::{self, NoRandomness};

const MIN_KEY: usize = 32;
const MAX_KEY: usize = 256;
/// Makes a key recognisable to people and to secret scanners.
const PREFIX: &str = "psk_";

/// The keys that are accepted.
#[derive(Debug, Default, Clone)]
pub struct ApiKeys {
    keys: Vec<Arc<ApiKey>>,
}

/// A key that is accepted, without the key itself.
pub struct ApiKey {
    name: String,
    scopes: Vec<Scope>,
    limits: KeyLimits,
    hash: [u8; SHA256_OUTPUT_LEN],
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApiKey({})", self.name)
    }
}

/// A key that was just made. It is shown once.
pub struct NewApiKey {
    /// What the sender puts after `Bearer`.
    pub key: Zeroizing<String>,
    /// The line for the API-key file.
    pub line: String,
}

/// What is wrong with API keys. No variant holds a key.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// The file cannot be read.
    #[error("the API-key file {path} cannot be read: {source}")]
    Unreadable {
        /// The file as configured.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not in its form.
    #[error(
        "line {0} of the API-key file is not `name scopes hash`, perhaps with `expires=2027-01-31T00:00:00Z` and `regions=cn,de` \
         (`pushseal api-key new --name NAME` prints such a line)"
    )]
    Line(usize),
    /// A name appears twice.
    #[error("the API-key file names {0:?} twice")]
    Twice(String),
    /// The name is not in its form.
    #[error("an API key's name is 1 to 64 letters, digits, '-', '_' or '.'")]
    Name,
    /// The key from the environment is too short or too long.
    #[error("PUSHSEAL_API_KEY must have {MIN_KEY} to {MAX_KEY} characters; `pushseal api-key new` makes one")]
    Weak,
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl ApiKeys {
    /// Reads an API-key file and adds its keys.
    ///
    /// # Errors
    /// [`ApiKeyError`] with the line that is wrong.
    pub fn load(&mut self, path: &Path) -> Result<(), ApiKeyError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ApiKeyError::Unreadable { path: path.display().to_string(), source })?;
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = ApiKey::parse(line).ok_or(ApiKeyError::Line(number))?;
            if self.keys.iter().any(|known| known.name == key.name) {
                return Err(ApiKeyError::Twice(key.name));
            }
            self.keys.push(Arc::new(key));
        }
        Ok(())
    }

    /// Adds one key with every scope under the name `env`.
    ///
    /// # Errors
    /// [`ApiKeyError::Weak`] when it is too short to be secret.
    pub fn add_from_environment(&mut self, key: &str) -> Result<(), ApiKeyError> {
        if !(MIN_KEY..=MAX_KEY).contains(&key.len()) {
            return Err(ApiKeyError::Weak);
        }
        let (name, scopes) = ("env".to_owned(), vec![Scope::Send, Scope::Read]);
        self.keys.push(Arc::new(ApiKey { name, scopes, limits: KeyLimits::default(), hash: hash(key) }));
        Ok(())
    }

    /// True when nobody can send.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many there are, expired ones too.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &ApiKey> {
        self.keys.iter().map(Arc::as_ref)
    }

    /// A key, if it is one of ours and has not expired. Every key is compared, in constant time.
    pub fn find(&self, key: &str, now_ms: i64) -> Option<&Arc<ApiKey>> {
        if key.len() > MAX_KEY {
            return None;
        }
        let hash = hash(key);
        let mut found = None;
        for known in &self.keys {
            if verify_slices_are_equal(&known.hash, &hash).is_ok() {
                found = Some(known);
            }
        }
        found.filter(|key| key.limits.expires.is_none_or(|end| now_ms < end.as_millisecond()))
    }
}

impl NewApiKey {
    /// Makes a key.
    ///
    /// # Errors
    /// [`ApiKeyError::Name`], or no random bytes.
    pub fn generate(name: &str, scopes: &[Scope]) -> Result<Self, ApiKeyError> {
        Self::generate_limited(name, scopes, &KeyLimits::default())
    }

    /// Makes a key that expires, or is for some regions alone.
    ///
    /// # Errors
    /// As [`NewApiKey::generate`].
    pub fn generate_limited(name: &str, scopes: &[Scope], limits: &KeyLimits) -> Result<Self, ApiKeyError> {
        if !is_name(name) {
            return Err(ApiKeyError::Name);
        }
        let secret = Zeroizing::new(random::bytes::<32>()?);
        let key = Zeroizing::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret.as_slice())));
        let scopes: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
        let mut line = format!("{name} {} {}", scopes.join(","), URL_SAFE_NO_PAD.encode(hash(&key)));
        if let Some(end) = limits.expires {
            line.push_str(&format!(" expires={end}"));
        }
        if !limits.regions.is_empty() {
            line.push_str(&format!(" regions={}", limits.regions.join(",")));
        }
        Ok(Self { key, line })
    }
}

impl ApiKey {
    /// The sender's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it may be used for this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Where it ends.
    pub const fn limits(&self) -> &KeyLimits {
        &self.limits
    }

    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.split_whitespace();
        let (name, scopes, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let limits = KeyLimits::parse(parts)?;
        if !is_name(name) {
            return None;
        }
        let scopes = scopes.split(',').map(Scope::parse).collect::<Option<Vec<_>>>()?;
        let hash = URL_SAFE_NO_PAD.decode(hash).ok()?.try_into().ok()?;
        Some(Self { name: name.to_owned(), scopes, limits, hash })
    }
}

fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    !name.is_empty() && name.len() <= 64 && plain
}

fn hash(key: &str) -> [u8; SHA256_OUTPUT_LEN] {
    let mut hash = [0; SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest(&SHA256, key.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn file(text: &str) -> Result<ApiKeys, ApiKeyError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, text).unwrap();
        let mut keys = ApiKeys::default();
        keys.load(&path).map(|()| keys)
    }

    #[test]
    fn a_new_key_is_found_by_its_line_with_its_scopes_only() {
        let new = NewApiKey::generate("shop", &[Scope::Send]).unwrap();
        let keys = file(&format!("# ours\n\n{}\n", new.line)).unwrap();
        let found = keys.find(&new.key, 0).unwrap();
        assert_eq!((found.name(), found.may(Scope::Send), found.may(Scope::Read)), ("shop", true, false));
        assert!(keys.find(&new.key[1..], 0).is_none() && keys.find("", 0).is_none());
        assert!(!new.line.contains(&new.key[PREFIX.len()..]));
        assert!(!format!("{keys:?}").contains(&*new.key));
    }

    #[test]
    fn a_key_ends_at_its_time_and_names_its_regions() {
        let end: Timestamp = "2027-01-31T00:00:00Z".parse().unwrap();
        let limits = KeyLimits { expires: Some(end), regions: vec!["cn".to_owned(), "de".to_owned()] };
        let new = NewApiKey::generate_limited("shop", &[Scope::Send], &limits).unwrap();
        assert!(new.line.ends_with(" expires=2027-01-31T00:00:00Z regions=cn,de"), "{}", new.line);
        let keys = file(&new.line).unwrap();
        let end_ms = end.as_millisecond();
        assert_eq!(keys.find(&new.key, end_ms - 1).unwrap().limits(), &limits);
        assert!(keys.find(&new.key, end_ms).is_none() && keys.find(&new.key, i64::MAX).is_none());
        let plain = NewApiKey::generate("a", &[Scope::Read]).unwrap().line;
        for limit in [
            "expires=2027-01-31",
            "expires=",
            "regions=",
            "regions=cn,",
            "region=cn",
            "cn",
            "regions=a regions=b",
        ] {
            assert!(matches!(file(&format!("{plain} {limit}")), Err(ApiKeyError::Line(1))), "{limit}");
        }
    }

    #[test]
    fn a_wrong_line_is_named() {
        for line in ["x", "x send", "x send short", "x none AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(matches!(file(&format!("\n{line}")), Err(ApiKeyError::Line(2))), "{line}");
        }
        let line = NewApiKey::generate("a", &[Scope::Read]).unwrap().line;
        assert!(matches!(file(&format!("{line}\n{line}")), Err(ApiKeyError::Twice(_))));
    }

    #[test]
    fn a_short_key_from_the_environment_is_refused() {
        let mut keys = ApiKeys::default();
        assert!(matches!(keys.add_from_environment("secret"), Err(ApiKeyError::Weak)));
        keys.add_from_environment(&"k".repeat(32)).unwrap();
        assert_eq!(keys.find(&"k".repeat(32), i64::MAX).map(|key| key.name()), Some("env"));
    }
}
