//! Device keys: who may open a message, and with which algorithm.

use crate::cipher::Cipher;
use crate::error::Error;
use crate::jwe::header;
use crate::limits::KEY_ID_CHARS;
use crate::reason::InvalidArgument;
use std::fmt;

/// Bytes of the initialisation vector (RFC 7518 §5.3).
pub const IV_BYTES: usize = 12;
/// Bytes of the authentication tag (RFC 7518 §5.3).
pub const TAG_BYTES: usize = 16;

/// Content encryption (`enc`, RFC 7518 §5.3). It follows from the registered key's length, never from a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encryption {
    /// AES-128 in GCM, 16-byte key.
    A128Gcm,
    /// AES-256 in GCM, 32-byte key.
    A256Gcm,
}

impl Encryption {
    /// The registered `enc` value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }
}

/// A key id (`kid`): 1 to 16 printable ASCII characters other than `"` and `\`, so that no header has to escape it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct KeyId(Box<str>);

impl KeyId {
    /// Checks and keeps an id.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for an empty, longer or unprintable id.
    pub fn new(id: &str) -> Result<Self, Error> {
        let printable = id.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if id.is_empty() || id.len() > KEY_ID_CHARS || !printable {
            return Err(Error::InvalidArgument(InvalidArgument::KeyId));
        }
        Ok(Self(id.into()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}

/// One device key, expanded once and wiped when dropped.
pub struct Key {
    id: KeyId,
    cipher: Cipher,
    header: Box<str>,
}

impl Key {
    /// Expands a key: 16 bytes make A128GCM, 32 bytes A256GCM. The caller wipes its own copy.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for any other length.
    pub fn new(id: KeyId, bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self::with(id, Cipher::new(bytes)?))
    }

    /// The same key for the code that needs no special instructions, which some processors lack: for tests.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    #[cfg(feature = "low-level")]
    pub fn on_any_processor(id: KeyId, bytes: &[u8]) -> Result<Self, Error> {
        Ok(Self::with(id, Cipher::on_any_processor(bytes)?))
    }

    fn with(id: KeyId, cipher: Cipher) -> Self {
        let mut key = Self { id, cipher, header: Box::default() };
        key.header = header::encode(&key).into();
        key
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// The algorithm that the key stands for.
    #[must_use]
    pub fn encryption(&self) -> Encryption {
        self.cipher.encryption()
    }

    /// The protected header of a message that [`seal`](crate::seal) makes with this key, in base64url.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// What encrypts and decrypts with it.
    pub(crate) fn cipher(&self) -> &Cipher {
        &self.cipher
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .field("encryption", &self.encryption())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_printable() {
        for good in ["a", "k-2026.1_~", "0123456789abcdef"] {
            assert_eq!(KeyId::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "0123456789abcdefg", "a b", "a\"", "a\\", "ключ", "a\n"] {
            assert!(matches!(KeyId::new(bad), Err(Error::InvalidArgument(_))), "{bad:?}");
        }
    }

    #[test]
    fn a_key_has_16_or_32_bytes() {
        for len in 0..=64 {
            let key = Key::new(KeyId::new("k").unwrap(), &vec![1; len]);
            assert_eq!(key.is_ok(), len == 16 || len == 32, "{len}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Key::new(KeyId::new("k1").unwrap(), &[0xA5; 32]).unwrap();
        assert_eq!(format!("{key:?}"), "Key { id: KeyId(k1), encryption: A256Gcm, .. }");
    }
}
