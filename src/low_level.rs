//! Single steps of opening and sealing, for tests of interoperability. They check less than a message needs.

use crate::error::Error;
use crate::jwe::{Compact, header};
use crate::key::Key;
use crate::nonce::Nonce;
use crate::reason::Unsupported;
use crate::seal::encrypt;
use zeroize::Zeroizing;

/// Decrypts a compact JWE without reading its plaintext as a message, whatever its `kid` and length.
///
/// # Errors
///
/// As [`open`](crate::open), without the errors of keyring, claims and JSON.
pub fn open_raw(key: &Key, jwe: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let jwe = Compact::parse(jwe)?;
    if header::decode(jwe.header)?.encryption != key.encryption() {
        return Err(Error::Unsupported(Unsupported::EncryptionMismatch));
    }
    let mut buffer = Zeroizing::new(vec![0; jwe.ciphertext_len]);
    jwe.decode_ciphertext(&mut buffer)?;
    key.cipher().decrypt(&jwe.iv, jwe.header.as_bytes(), &mut buffer, &jwe.tag)?;
    Ok(buffer)
}

/// Seals text that need not be a message.
///
/// # Errors
///
/// [`Error::Internal`] only.
pub fn seal_raw(key: &Key, nonce: Nonce, plaintext: &str) -> Result<String, Error> {
    encrypt(key, nonce, Zeroizing::new(plaintext.to_owned()))
}
