//! Wycheproof, AES-GCM.
//!
//! Their AAD is never the header of a JWE, so tags are held against the primitives (`graviola` and `aes-gcm`, with our features). The
//! library itself then opens each ciphertext with a tag for its own header, and refuses the vector's tag, and refuses the
//! sizes of key, IV and tag that it does not use.

use super::jwe::{compact, decrypt, encrypt, header, hex, key};
use pushseal::low_level::open_raw;
use pushseal::{Error, Key, KeyId};
use serde_json::Value;

#[test]
fn every_case_is_accepted_or_refused_as_it_must_be() {
    let file = wycheproof::aead::TestName::AesGcm.json_data();
    let file: Value = serde_json::from_str(file).unwrap();
    let (mut accepted, mut refused, mut unsupported) = (0, 0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let size = |name: &str| group[name].as_u64().unwrap();
        let (key_bits, iv_bits, tag_bits) = (size("keySize"), size("ivSize"), size("tagSize"));
        for case in group["tests"].as_array().unwrap() {
            let part = |name: &str| hex(case[name].as_str().unwrap());
            if ![128, 256].contains(&key_bits) {
                assert!(Key::new(KeyId::new("k").unwrap(), &part("key")).is_err());
                unsupported += 1;
            } else if (iv_bits, tag_bits) != (96, 128) {
                let jwe = compact(&header(part("key").len()), &part("iv"), &part("ct"), &part("tag"));
                assert!(matches!(open_raw(&key(&part("key")), &jwe), Err(Error::Malformed(_))), "{case}");
                unsupported += 1;
            } else if case["result"] == "valid" {
                valid(&part);
                accepted += 1;
            } else {
                assert_eq!(case["result"], "invalid", "no case is left to taste");
                let opened = decrypt(&part("key"), &part("iv"), &part("aad"), &part("ct"), &part("tag"));
                assert_eq!(opened, None, "{case}");
                refuses_tag(&part);
                refused += 1;
            }
        }
    }
    println!(
        "report: Wycheproof AES-GCM: {accepted} accepted, {refused} refused, {unsupported} refused as unsupported, of {} expected",
        file["numberOfTests"]
    );
    assert_eq!(accepted + refused + unsupported, file["numberOfTests"].as_u64().unwrap());
    assert_eq!((accepted, refused, unsupported), (79, 54, 183));
}

fn valid(part: &impl Fn(&str) -> Vec<u8>) {
    let (bytes, iv, plaintext, ciphertext) = (part("key"), part("iv"), part("msg"), part("ct"));
    let opened = decrypt(&bytes, &iv, &part("aad"), &ciphertext, &part("tag"));
    assert_eq!(opened.as_ref(), Some(&plaintext));
    let header = header(bytes.len());
    let (encrypted, tag) = encrypt(&bytes, &iv, header.as_bytes(), &plaintext);
    assert_eq!(encrypted, ciphertext);
    assert_eq!(
        open_raw(&key(&bytes), &compact(&header, &iv, &ciphertext, &tag)).unwrap().to_vec(),
        plaintext
    );
    refuses_tag(part);
}

/// A tag over another AAD than the header is refused.
fn refuses_tag(part: &impl Fn(&str) -> Vec<u8>) {
    let jwe = compact(&header(part("key").len()), &part("iv"), &part("ct"), &part("tag"));
    assert_eq!(open_raw(&key(&part("key")), &jwe), Err(Error::DecryptionFailed));
}
