//! Sealing a message: the backend's half.

use crate::claims::{self, Claims};
use crate::error::Error;
use crate::jwe;
use crate::key::{IV_BYTES, Key, TAG_BYTES};
use crate::nonce::Nonce;
use zeroize::Zeroizing;

/// Seals a message for the device that holds `key`, as a compact JWE.
///
/// What is sealed opens: the claims and the data are checked by the rules of [`open`](crate::open).
///
/// # Errors
///
/// - [`Error::InvalidArgument`]: the data is not JSON text.
/// - [`Error::UnsafeJson`]: two parsers could read the data differently.
/// - [`Error::Malformed`]: a claim is wrong, such as `exp` that is not later than `iat`.
/// - [`Error::TooLarge`]: the plaintext is longer than [`PLAINTEXT_BYTES`](crate::limits::PLAINTEXT_BYTES).
///
/// # Example: a backend seals for one device
///
/// ```
/// use pushseal::{Claims, Key, KeyId, Nonce, seal};
///
/// let key = Key::new(KeyId::new("k1")?, &[7; 32])?; // what the device registered
/// let claims = Claims::new(1_700_000_000, r#"{"text":"Your parcel is on its way"}"#)
///     .id("message-0001")
///     .audience("com.example.app")
///     .expires_at(1_700_086_400);
/// let sealed = seal(&key, Nonce::generate(getrandom::fill)?, &claims)?;
/// assert!(sealed.starts_with("ey"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn seal(key: &Key, nonce: Nonce, claims: &Claims<'_>) -> Result<String, Error> {
    let plaintext = claims::write(claims)?;
    encrypt(key, nonce, plaintext)
}

/// The length of what [`seal`] makes for a plaintext of so many bytes, to plan what fits a push message.
#[must_use]
pub fn sealed_len(key: &Key, plaintext_bytes: usize) -> usize {
    let parts = [IV_BYTES, plaintext_bytes, TAG_BYTES].map(jwe::encoded_len);
    key.header().len() + 4 + parts.iter().sum::<usize>()
}

pub(crate) fn encrypt(key: &Key, nonce: Nonce, mut plaintext: Zeroizing<String>) -> Result<String, Error> {
    let iv = nonce.into_bytes();
    let mut buffer = Zeroizing::new(std::mem::take(&mut *plaintext).into_bytes());
    let tag = key.cipher().encrypt(&iv, key.header().as_bytes(), &mut buffer)?;
    let mut text = String::with_capacity(sealed_len(key, buffer.len()));
    text.push_str(key.header());
    text.push_str("..");
    jwe::encode(&iv, &mut text);
    text.push('.');
    jwe::encode(&buffer, &mut text);
    text.push('.');
    jwe::encode(&tag, &mut text);
    Ok(text)
}
