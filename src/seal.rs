//! Sealing a message: the backend's half.

use crate::claims::{self, Claims};
use crate::error::Error;
use crate::jwe;
use crate::key::{IV_BYTES, Key, TAG_BYTES};
use zeroize::Zeroizing;

/// Seals a message for the device that holds `key`, as a compact JWE.
///
/// `iv` must be fresh random bytes for every message: two messages under one key and IV give both away.
///
/// # Errors
///
/// The error that [`open`](crate::open) would give for such a message, or [`Error::InvalidArgument`] when the data is not JSON.
pub fn seal(key: &Key, iv: [u8; IV_BYTES], claims: &Claims<'_>) -> Result<String, Error> {
    let plaintext = claims::write(claims)?;
    encrypt(key, iv, plaintext)
}

/// The length of what [`seal`] makes for a plaintext of so many bytes, to plan what fits a push message.
pub fn sealed_len(key: &Key, plaintext_bytes: usize) -> usize {
    let parts = [IV_BYTES, plaintext_bytes, TAG_BYTES].map(jwe::encoded_len);
    key.header().len() + 4 + parts.iter().sum::<usize>()
}

fn encrypt(key: &Key, iv: [u8; IV_BYTES], mut plaintext: Zeroizing<String>) -> Result<String, Error> {
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

/// Seals bytes that are not a message: for interoperability tests.
///
/// # Errors
///
/// [`Error::Internal`] only.
#[doc(hidden)]
pub fn seal_raw(key: &Key, iv: [u8; IV_BYTES], plaintext: &str) -> Result<String, Error> {
    encrypt(key, iv, Zeroizing::new(plaintext.to_owned()))
}
