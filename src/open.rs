//! Opening a message: from the text that Push Kit hands over to checked content.

use crate::claims::{self, OpenedBody};
use crate::content::Content;
use crate::envelope::{self, Enclosed};
use crate::error::Error;
use crate::jwe::{self, Compact, header};
use crate::key::{Key, KeyId};
use crate::keyring::Keyring;
use crate::limits::{DEFAULT_LIFETIME_S, PAYLOAD_BYTES, PLAINTEXT_BYTES};
use crate::message::{DataMessage, OpenOptions, Opened};
use crate::reason::{Malformed, TooLarge, UnsafeJson, Unsupported};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt;
use zeroize::Zeroize;

/// Opens a message and gives it as its own copy.
///
/// `payload` is `PushPayload.data`, the `message` of a `t_push_message` row, or a bare compact JWE.
///
/// # Errors
///
/// - [`Error::NoKeyring`] and [`Error::UnknownKey`]: the key may come later, so keep the payload.
/// - [`Error::TooLarge`]: the payload, the header or the plaintext exceeds its limit.
/// - [`Error::Malformed`]: the text is neither a sealed message nor JSON, or a claim is wrong.
/// - [`Error::Unsupported`]: the header asks for what the library refuses, or differs from the registered key.
/// - [`Error::DecryptionFailed`]: the message was changed, or sealed with another key of this id.
/// - [`Error::Expired`] and [`Error::WrongAudience`]: the message is authentic, but not for this time or app.
/// - [`Error::NotSealed`]: the payload is empty, or in the clear and `options` do not allow that.
/// - [`Error::UnsafeJson`]: two parsers could read the plaintext or the envelope differently.
///
/// # Example: a device opens what its backend sealed
///
/// ```
/// use pushseal::{Claims, Key, KeyId, Keyring, Nonce, OpenOptions, open, seal};
///
/// let key = || Key::new(KeyId::new("k1")?, &[7; 32]);
/// let sealed = seal(&key()?, Nonce::generate(getrandom::fill)?, &Claims::new(1_700_000_000, r#"{"a":1}"#))?;
///
/// let message = open(&Keyring::new(vec![key()?])?, &sealed, &OpenOptions::new(1_700_000_001_000))?;
/// assert_eq!(message.content.data(), Some(r#"{"a":1}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn open(keyring: &Keyring, payload: &str, options: &OpenOptions<'_>) -> Result<DataMessage, Error> {
    Opener::default().open(keyring, payload, options).map(Opened::into_message)
}

/// Opens message after message in one buffer.
#[derive(Default)]
pub struct Opener {
    /// As long as the longest plaintext so far. It is replaced, not grown, which would leave a copy behind.
    buffer: Vec<u8>,
    /// How much of it holds a plaintext.
    used: usize,
}

impl Opener {
    /// Opens one message. The plaintext stays in the buffer until the next call, [`wipe`](Self::wipe) or drop.
    ///
    /// # Errors
    ///
    /// As [`open`].
    pub fn open<'a>(
        &'a mut self,
        keyring: &'a Keyring,
        payload: &'a str,
        options: &OpenOptions<'_>,
    ) -> Result<Opened<'a>, Error> {
        self.wipe();
        if payload.len() > PAYLOAD_BYTES {
            return Err(Error::TooLarge(TooLarge::Payload));
        }
        match envelope::unwrap(payload)? {
            Enclosed::Sealed(text) => self.open_sealed(keyring, &text, options),
            Enclosed::Plain(text) if options.allow_plaintext => Ok(plain(text, options)),
            Enclosed::Plain(_) => Err(Error::NotSealed),
        }
    }

    fn open_sealed<'a>(
        &'a mut self,
        keyring: &'a Keyring,
        text: &str,
        options: &OpenOptions<'_>,
    ) -> Result<Opened<'a>, Error> {
        let known =
            keyring.by_prefix(text).and_then(|(key, rest)| Some((key, Compact::after(key.header(), rest)?)));
        let (key, jwe) = match known {
            Some((key, jwe)) => (Some(key), jwe),
            None => (None, Compact::parse(text)?),
        };
        // Before the key is looked for: what is no JWE is not kept for a key that may come.
        self.decode(&jwe)?;
        let key = match key {
            Some(key) => key,
            None => find_key(keyring, jwe.header)?,
        };
        let plaintext = self.decrypt(key, &jwe)?;
        let claims = claims::parse(plaintext)?;
        check_time(&claims, options)?;
        check_audience(&claims, options)?;
        Ok(Opened {
            id: claims.id.unwrap_or_else(|| derived_id(key, &jwe)),
            key_id: key.id().as_str(),
            issued_at_ms: claims.issued_at * 1000,
            expires_at_ms: claims.expires_at * 1000,
            sealed: true,
            content: match claims.body {
                OpenedBody::Data(text) => Content::Data(Cow::Borrowed(text)),
                OpenedBody::Reference(reference) => Content::Reference(reference),
            },
        })
    }

    /// Decodes the ciphertext into the buffer.
    fn decode(&mut self, jwe: &Compact<'_>) -> Result<(), Error> {
        if jwe.ciphertext_len > PLAINTEXT_BYTES {
            return Err(Error::TooLarge(TooLarge::Plaintext));
        }
        if self.buffer.len() < jwe.ciphertext_len {
            // The old one is wiped. A step of this kind zeroes no 8 KiB for a message of 100 bytes.
            self.buffer = vec![0; jwe.ciphertext_len.next_multiple_of(512)];
        }
        let buffer = self.buffer.get_mut(..jwe.ciphertext_len).ok_or(Error::Internal)?;
        self.used = buffer.len();
        jwe.decode_ciphertext(buffer)
    }

    /// Decrypts what the buffer holds and gives the plaintext as text.
    fn decrypt(&mut self, key: &Key, jwe: &Compact<'_>) -> Result<&str, Error> {
        let buffer = self.buffer.get_mut(..self.used).ok_or(Error::Internal)?;
        key.cipher().decrypt(&jwe.iv, jwe.header.as_bytes(), buffer, &jwe.tag)?;
        simdutf8::basic::from_utf8(buffer).map_err(|_| Error::UnsafeJson(UnsafeJson::NotUtf8))
    }

    /// Wipes the plaintext of the last message.
    pub fn wipe(&mut self) {
        match self.buffer.get_mut(..self.used) {
            Some(plaintext) => plaintext.zeroize(),
            // `used` is never more than there is; if it were, nothing may stay behind.
            None => self.buffer.zeroize(),
        }
        self.used = 0;
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.wipe();
    }
}

// The buffer may hold plaintext.
impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener").finish_non_exhaustive()
    }
}

/// The key that the header names, if the header fits what is registered for it.
fn find_key<'a>(keyring: &'a Keyring, header: &str) -> Result<&'a Key, Error> {
    let header = header::decode(header)?;
    // The rule of registered ids: a header that breaks it names a key that can never come.
    let id = KeyId::new(&header.key_id).map_err(|_| Error::Malformed(Malformed::KeyId))?;
    let key = keyring.key(id.as_str())?;
    if key.encryption() == header.encryption {
        Ok(key)
    } else {
        Err(Error::Unsupported(Unsupported::EncryptionMismatch))
    }
}

fn check_time(claims: &claims::Opened<'_>, options: &OpenOptions<'_>) -> Result<(), Error> {
    let end_ms = claims.expires_at.saturating_add(u64::from(options.clock_skew_s)).saturating_mul(1000);
    if options.now_ms < end_ms { Ok(()) } else { Err(Error::Expired) }
}

fn check_audience(claims: &claims::Opened<'_>, options: &OpenOptions<'_>) -> Result<(), Error> {
    let meant = |audience: &str| options.audience.is_empty() || audience == options.audience;
    match claims.audience {
        Some(audience) if !audience.read(meant) => Err(Error::WrongAudience),
        _ => Ok(()),
    }
}

/// Key id, IV and tag name a message uniquely: no sender uses an IV twice with one key.
fn derived_id(key: &Key, jwe: &Compact<'_>) -> Cow<'static, str> {
    Cow::Owned([key.id().as_str(), jwe.iv_text, jwe.tag_text].join("."))
}

/// A message in the clear. Its id is the hash of its text, so the same text counts as the same message.
fn plain<'a>(text: Cow<'a, str>, options: &OpenOptions<'_>) -> Opened<'a> {
    let mut id = String::from("plain.");
    jwe::encode(&Sha256::digest(text.as_bytes()), &mut id);
    Opened {
        id: Cow::Owned(id),
        key_id: "",
        issued_at_ms: options.now_ms,
        expires_at_ms: options.now_ms.saturating_add(DEFAULT_LIFETIME_S * 1000),
        sealed: false,
        content: Content::Data(text),
    }
}
