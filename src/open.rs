//! Opening a message: from the text that Push Kit hands over to checked content.

use crate::attachment::Reference;
use crate::claims::{self, OpenedBody};
use crate::envelope::{self, Enclosed};
use crate::error::Error;
use crate::json;
use crate::jwe::{self, Compact, header};
use crate::key::{Key, KeyId};
use crate::keyring::Keyring;
use crate::limits::{DEFAULT_LIFETIME_S, PAYLOAD_BYTES, PLAINTEXT_BYTES};
use crate::message::{Content, DataMessage, OpenOptions};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use zeroize::{Zeroize, Zeroizing};

/// Opens a message and gives it as its own copy.
///
/// `payload` is `PushPayload.data`, the `message` of a `t_push_message` row, or a bare compact JWE.
///
/// # Errors
///
/// Every [`Error`] but the last two; [`Error::advice`] tells whether to keep the ciphertext.
///
/// # Example: a device opens what its backend sealed
///
/// ```
/// use pushseal::{Body, Claims, Content, Key, KeyId, Keyring, OpenOptions, open, seal};
///
/// let key = || Key::new(KeyId::new("k1")?, &[7; 32]);
/// let claims = Claims { issued_at: 1_700_000_000, expires_at: None, id: None, audience: None, body: Body::Data(r#"{"a":1}"#) };
/// let sealed = seal(&key()?, [1; 12], &claims)?; // a fresh random IV for every message
///
/// let options = OpenOptions { now_ms: 1_700_000_001_000, ..OpenOptions::default() };
/// let message = open(&Keyring::new(vec![key()?])?, &sealed, &options)?;
/// assert_eq!(message.content, Content::Data(r#"{"a":1}"#.into()));
/// # Ok::<(), pushseal::Error>(())
/// ```
pub fn open(keyring: &Keyring, payload: &str, options: &OpenOptions<'_>) -> Result<DataMessage, Error> {
    Opener::default().open(keyring, payload, options).map(Opened::into_message)
}

/// Opens message after message in one buffer.
#[derive(Default)]
pub struct Opener {
    /// As long as the longest plaintext, once it is used. It never grows, which would leave a copy behind.
    buffer: Vec<u8>,
    /// How much of it holds a plaintext.
    used: usize,
}

/// An opened message whose parts lie where they were found.
pub struct Opened<'a> {
    /// See [`DataMessage::id`].
    pub id: Cow<'a, str>,
    /// See [`DataMessage::key_id`].
    pub key_id: &'a str,
    /// See [`DataMessage::issued_at_ms`].
    pub issued_at_ms: u64,
    /// See [`DataMessage::expires_at_ms`].
    pub expires_at_ms: u64,
    /// See [`DataMessage::sealed`].
    pub sealed: bool,
    /// The JSON text of the content, or the claim check for it.
    pub body: Result<Cow<'a, str>, Reference>,
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
            return Err(Error::TooLarge("a payload has at most 16384 bytes"));
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
        let jwe = Compact::parse(text)?;
        self.decode(&jwe)?;
        let key = find_key(keyring, jwe.header)?;
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
            body: match claims.body {
                OpenedBody::Data(text) => Ok(Cow::Borrowed(text)),
                OpenedBody::Reference(reference) => Err(reference),
            },
        })
    }

    /// Decodes the ciphertext into the buffer: what is no JWE is not kept for a key that may come.
    fn decode(&mut self, jwe: &Compact<'_>) -> Result<(), Error> {
        if self.buffer.is_empty() {
            self.buffer = vec![0; PLAINTEXT_BYTES];
        }
        let Some(buffer) = self.buffer.get_mut(..jwe.ciphertext_len) else {
            return Err(Error::TooLarge("a plaintext has at most 8192 bytes; use an attachment"));
        };
        self.used = buffer.len();
        jwe.decode_ciphertext(buffer)
    }

    /// Decrypts what the buffer holds and gives the plaintext as text.
    fn decrypt(&mut self, key: &Key, jwe: &Compact<'_>) -> Result<&str, Error> {
        let buffer = self.buffer.get_mut(..self.used).unwrap_or_default();
        key.cipher().decrypt(&jwe.iv, jwe.header.as_bytes(), buffer, &jwe.tag)?;
        simdutf8::basic::from_utf8(buffer).map_err(|_| Error::UnsafeJson("the plaintext is not UTF-8"))
    }

    /// Wipes the plaintext of the last message.
    pub fn wipe(&mut self) {
        self.buffer.get_mut(..self.used).unwrap_or_default().zeroize();
        self.used = 0;
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Opened<'_> {
    /// The message with its own copy of everything.
    pub fn into_message(self) -> DataMessage {
        DataMessage {
            id: self.id.into_owned(),
            key_id: self.key_id.to_owned(),
            issued_at_ms: self.issued_at_ms,
            expires_at_ms: self.expires_at_ms,
            sealed: self.sealed,
            content: match self.body {
                Ok(text) => Content::Data(text.into_owned()),
                Err(reference) => Content::Reference(reference),
            },
        }
    }
}

/// The key that the header names, if the header fits what is registered for it.
fn find_key<'a>(keyring: &'a Keyring, header: &str) -> Result<&'a Key, Error> {
    if let Some(key) = keyring.by_header(header) {
        return Ok(key);
    }
    let header = header::decode(header)?;
    // The rule of registered ids: a header that breaks it names a key that can never come.
    let id = KeyId::new(&header.key_id)
        .map_err(|_| Error::Malformed("kid is not 1 to 16 printable ASCII characters without \" and \\"))?;
    let key = keyring.key(id.as_str())?;
    if key.encryption() == header.encryption {
        Ok(key)
    } else {
        Err(Error::Unsupported("an enc that differs from the registered key's"))
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
        body: Ok(text),
    }
}

/// Decrypts a compact JWE without reading its plaintext as a message, whatever its `kid` and length: for tests of
/// interoperability.
///
/// # Errors
///
/// As [`open`], without the errors of keyring, claims and JSON.
#[doc(hidden)]
pub fn open_raw(key: &Key, jwe: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let jwe = Compact::parse(jwe)?;
    if header::decode(jwe.header)?.encryption != key.encryption() {
        return Err(Error::Unsupported("an enc that differs from the key's"));
    }
    let mut buffer = Zeroizing::new(vec![0; jwe.ciphertext_len]);
    jwe.decode_ciphertext(&mut buffer)?;
    key.cipher().decrypt(&jwe.iv, jwe.header.as_bytes(), &mut buffer, &jwe.tag)?;
    Ok(buffer)
}

/// Checks JSON text by the rules that bind plaintexts (`docs/json.md`); for content that travels as an attachment.
///
/// # Errors
///
/// [`Error::Malformed`] or [`Error::UnsafeJson`].
pub fn check_json(text: &[u8]) -> Result<(), Error> {
    let text = simdutf8::basic::from_utf8(text).map_err(|_| Error::UnsafeJson("not UTF-8"))?;
    json::scan(text, |_, _| ()).map(|_| ())
}
