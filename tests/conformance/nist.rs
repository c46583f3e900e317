//! NIST's CAVP vectors for GCM (`gcmEncryptExtIV128.rsp`, `gcmEncryptExtIV256.rsp`) with 96-bit IV and 128-bit tag.
//!
//! The package `aes-gcm` carries them in its own tests, as Rust text, and that text is read here: the primitive that ships is
//! held against them with the features that ship, and the library opens each ciphertext under its own header.

use super::jwe::{compact, decrypt, encrypt, header, hex, key};
use super::packages;
use pushseal::low_level::open_raw;
use std::fs;

#[test]
fn every_vector_encrypts_and_decrypts() {
    let mut ran = [0, 0];
    for (n, bits) in [128, 256].into_iter().enumerate() {
        let path = packages::sources("aes-gcm", "0.11.").join(format!("tests/aes{bits}gcm.rs"));
        for vector in vectors(&fs::read_to_string(path).unwrap()) {
            let [bytes, iv, plaintext, aad, ciphertext, tag] = vector;
            assert_eq!((bytes.len() * 8, iv.len(), tag.len()), (bits, 12, 16));
            assert_eq!(encrypt(&bytes, &iv, &aad, &plaintext), (ciphertext.clone(), tag.clone()));
            assert_eq!(decrypt(&bytes, &iv, &aad, &ciphertext, &tag).as_ref(), Some(&plaintext));
            let header = header(bytes.len());
            let (_, own) = encrypt(&bytes, &iv, header.as_bytes(), &plaintext);
            assert_eq!(
                open_raw(&key(&bytes), &compact(&header, &iv, &ciphertext, &own)).unwrap().to_vec(),
                plaintext
            );
            assert!(open_raw(&key(&bytes), &compact(&header, &iv, &ciphertext, &tag)).is_err());
            ran[n] += 1;
        }
    }
    println!(
        "report: NIST GCM: {} of AES-128 and {} of AES-256 accepted, as many with a foreign tag refused, of 375 each expected",
        ran[0], ran[1]
    );
    assert_eq!(ran, [375, 375]);
}

/// Key, nonce, plaintext, AAD, ciphertext and tag of each `TestVector` in the text.
fn vectors(source: &str) -> Vec<[Vec<u8>; 6]> {
    let fields = ["key", "nonce", "plaintext", "aad", "ciphertext", "tag"];
    source
        .split("TestVector {")
        .skip(1)
        .map(|vector| {
            fields.map(|name| {
                let start = vector.find(&format!(" {name}:")).unwrap();
                hex(vector[start..].split('"').nth(1).unwrap())
            })
        })
        .collect()
}
