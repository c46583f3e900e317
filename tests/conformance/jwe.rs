//! Builds compact JWEs around the parts of a vector.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use graviola::aead::AesGcm;
use pushseal::{Key, KeyId};

pub(crate) fn key(bytes: &[u8]) -> Key {
    Key::new(KeyId::new("k").unwrap(), bytes).unwrap()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

/// The protected header for a key of so many bytes, in base64url.
pub(crate) fn header(key_bytes: usize) -> String {
    let enc = if key_bytes == 16 { "A128GCM" } else { "A256GCM" };
    BASE64URL.encode(format!(r#"{{"alg":"dir","enc":"{enc}","kid":"k"}}"#))
}

pub(crate) fn compact(header: &str, iv: &[u8], ciphertext: &[u8], tag: &[u8]) -> String {
    let [iv, ciphertext, tag] = [iv, ciphertext, tag].map(|part| BASE64URL.encode(part));
    [header, "", &iv, &ciphertext, &tag].join(".")
}

/// The primitive itself, both codes of it, for what only it can show: decrypts, with any AAD.
pub(crate) fn decrypt(key: &[u8], iv: &[u8], aad: &[u8], ciphertext: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = ciphertext.to_vec();
    let iv: &[u8; 12] = iv.try_into().unwrap();
    let opened = match key.len() {
        16 => Aes128Gcm::new_from_slice(key).unwrap().decrypt_inout_detached(
            iv.into(),
            aad,
            buffer.as_mut_slice().into(),
            tag.try_into().unwrap(),
        ),
        _ => Aes256Gcm::new_from_slice(key).unwrap().decrypt_inout_detached(
            iv.into(),
            aad,
            buffer.as_mut_slice().into(),
            tag.try_into().unwrap(),
        ),
    }
    .ok()
    .map(|()| buffer);
    assert_eq!(graviola_decrypt(key, iv, aad, ciphertext, tag), opened, "the two codes agree");
    opened
}

/// The same by the code for processors with AES instructions.
fn graviola_decrypt(key: &[u8], iv: &[u8; 12], aad: &[u8], ciphertext: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let mut buffer = ciphertext.to_vec();
    AesGcm::new(key).decrypt(iv, aad, &mut buffer, tag).ok()?;
    Some(buffer)
}

/// The primitive itself: encrypts, with any AAD.
pub(crate) fn encrypt(key: &[u8], iv: &[u8], aad: &[u8], plaintext: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut buffer = plaintext.to_vec();
    let iv: &[u8; 12] = iv.try_into().unwrap();
    let tag = match key.len() {
        16 => Aes128Gcm::new_from_slice(key).unwrap().encrypt_inout_detached(
            iv.into(),
            aad,
            buffer.as_mut_slice().into(),
        ),
        _ => Aes256Gcm::new_from_slice(key).unwrap().encrypt_inout_detached(
            iv.into(),
            aad,
            buffer.as_mut_slice().into(),
        ),
    }
    .unwrap();
    let (mut other, mut other_tag) = (plaintext.to_vec(), [0; 16]);
    AesGcm::new(key).encrypt(iv, aad, &mut other, &mut other_tag);
    assert_eq!((&other, &other_tag[..]), (&buffer, &tag[..]), "the two codes agree");
    (buffer, tag.to_vec())
}
