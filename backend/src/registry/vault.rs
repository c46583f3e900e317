//! Encryption of device keys at rest: AES-256-GCM under a master key that is not in the database.
//!
//! The master-key file has one key a line (32 bytes, base64url); the first one encrypts, all of them decrypt. To
//! rotate: put a new key on top, restart, run `pushseal master-key reseal`, remove the old line.

use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::{Zeroize, Zeroizing};

const NONCE_BYTES: usize = 12;
const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 6;

/// The master keys in use.
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

struct MasterKey {
    id: String,
    key: RandomizedNonceKey,
}

impl std::fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKeys(current {}, {} previous)", self.current.id, self.previous.len())
    }
}

/// Why a master key or a stored value cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file cannot be read.
    #[error("the master-key file {path} cannot be read: {source}. {}", advice(.source))]
    Unreadable {
        /// The file as configured.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is no key.
    #[error(
        "a master key is 32 bytes in base64url without padding, one a line; `pushseal master-key new` makes one"
    )]
    NotAKey,
    /// The stored value was encrypted under a key that is not configured.
    #[error("a stored key is under another master key: add its line to the master-key file")]
    UnknownMasterKey,
    /// The stored value does not decrypt.
    #[error("a stored key does not decrypt: the database was changed by something else")]
    Damaged,
    /// The cryptographic library failed.
    #[error("a key cannot be encrypted")]
    Failed,
}

/// A new key opens nothing that is stored: it is the advice only where there is none.
fn advice(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::NotFound => {
            "Name the right file, or for a new database make a key: `pushseal master-key new`"
        }
        std::io::ErrorKind::PermissionDenied => "Let this user read it, and nobody else",
        _ => "It has to be a file with one key a line",
    }
}

impl MasterKeys {
    /// Reads a master-key file.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] or [`VaultError::NotAKey`].
    pub fn load(path: &Path) -> Result<Self, VaultError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| VaultError::Unreadable { path: path.display().to_string(), source })?;
        Self::parse(&Zeroizing::new(text))
    }

    /// Parses lines of keys; empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// [`VaultError::NotAKey`] when there is none or one is not in its form.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut keys = lines.map(MasterKey::parse);
        let current = keys.next().ok_or(VaultError::NotAKey)??;
        Ok(Self { current, previous: keys.collect::<Result<_, _>>()? })
    }

    /// Encrypts a secret. `place` says what it is, such as a device and key id: the value opens nowhere else.
    pub(crate) fn seal(&self, place: &str, secret: &[u8]) -> Result<String, VaultError> {
        let mut buffer = Zeroizing::new(secret.to_vec());
        let nonce = self
            .current
            .key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut *buffer)
            .map_err(|_| VaultError::Failed)?;
        let mut value = nonce.as_ref().to_vec();
        value.extend_from_slice(&buffer);
        Ok(format!("{}.{}", self.current.id, URL_SAFE_NO_PAD.encode(value)))
    }

    /// Decrypts what [`MasterKeys::seal`] made for the same place.
    pub(crate) fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let (id, value) = sealed.split_once('.').ok_or(VaultError::Damaged)?;
        let mut keys = std::iter::once(&self.current).chain(&self.previous);
        let master = keys.find(|key| key.id == id).ok_or(VaultError::UnknownMasterKey)?;
        let value = URL_SAFE_NO_PAD.decode(value).map_err(|_| VaultError::Damaged)?;
        let (nonce, ciphertext) = value.split_at_checked(NONCE_BYTES).ok_or(VaultError::Damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Damaged)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let length = master
            .key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut buffer)
            .map_err(|_| VaultError::Damaged)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }

    /// What stands before the dot in a value under the current key.
    pub fn current_id(&self) -> &str {
        &self.current.id
    }

    /// True when one of these keys opens values with this id.
    pub(super) fn knows(&self, id: &str) -> bool {
        std::iter::once(&self.current).chain(&self.previous).any(|key| key.id == id)
    }

    /// True when the value is under the current master key.
    pub(super) fn is_current(&self, sealed: &str) -> bool {
        sealed.split_once('.').is_some_and(|(id, _)| id == self.current.id)
    }
}

impl MasterKey {
    fn parse(line: &str) -> Result<Self, VaultError> {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        let written = URL_SAFE_NO_PAD.decode_slice(line, &mut *bytes).map_err(|_| VaultError::NotAKey)?;
        if written != KEY_BYTES {
            return Err(VaultError::NotAKey);
        }
        let mut named = Zeroizing::new(b"pushseal master key\0".to_vec());
        named.extend_from_slice(&*bytes);
        let mut id =
            URL_SAFE_NO_PAD.encode(digest(&SHA256, &named).as_ref().get(..ID_BYTES).unwrap_or_default());
        let key = RandomizedNonceKey::new(&AES_256_GCM, &*bytes).map_err(|_| VaultError::NotAKey);
        if key.is_err() {
            id.zeroize();
        }
        Ok(Self { id, key: key? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const NEW: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";

    #[test]
    fn a_key_opens_in_its_place_only() {
        let master = MasterKeys::parse(OLD).unwrap();
        let sealed = master.seal("device/k1", &[7; 32]).unwrap();
        assert_eq!(*master.open("device/k1", &sealed).unwrap(), [7; 32]);
        assert!(matches!(master.open("device/k2", &sealed), Err(VaultError::Damaged)));
        assert!(!sealed.contains(&URL_SAFE_NO_PAD.encode([7; 32])));
    }

    #[test]
    fn two_seals_of_one_key_differ() {
        let master = MasterKeys::parse(OLD).unwrap();
        assert_ne!(master.seal("d/k", &[7; 32]).unwrap(), master.seal("d/k", &[7; 32]).unwrap());
    }

    #[test]
    fn an_older_master_key_still_opens_and_is_told_apart() {
        let sealed = MasterKeys::parse(OLD).unwrap().seal("d/k", &[1; 16]).unwrap();
        let both = MasterKeys::parse(&format!("# rotated\n{NEW}\n\n{OLD}\n")).unwrap();
        assert_eq!(*both.open("d/k", &sealed).unwrap(), [1; 16]);
        assert!(!both.is_current(&sealed));
        let only_new = MasterKeys::parse(NEW).unwrap();
        assert!(matches!(only_new.open("d/k", &sealed), Err(VaultError::UnknownMasterKey)));
    }

    #[test]
    fn damage_is_seen() {
        let master = MasterKeys::parse(OLD).unwrap();
        let sealed = master.seal("d/k", &[1; 16]).unwrap();
        for at in 0..sealed.len() {
            let mut text = sealed.clone().into_bytes();
            text[at] = if text[at] == b'A' { b'B' } else { b'A' };
            assert!(master.open("d/k", &String::from_utf8(text).unwrap()).is_err(), "at {at}");
            assert!(master.open("d/k", &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "# none", "short", &OLD[1..], &format!("{OLD}="), &format!("{OLD}\nx")] {
            assert!(matches!(MasterKeys::parse(text), Err(VaultError::NotAKey)), "{text:?}");
        }
        assert!(!format!("{:?}", MasterKeys::parse(OLD).unwrap()).contains(OLD));
    }
}
