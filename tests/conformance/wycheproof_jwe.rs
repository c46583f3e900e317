//! Wycheproof, JSON Web Encryption and the JWE part of JSON Web Crypto.
//!
//! Nearly all use an algorithm that the format does not have, and those are refused whether they are valid or not. What is
//! left is direct encryption, which is opened.

use super::packages;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use pushseal::low_level::open_raw;
use pushseal::{Error, Key, KeyId};
use serde_json::Value;
use std::fs;

#[test]
fn every_case_is_accepted_or_refused_as_it_must_be() {
    let folder = packages::sources("wycheproof-ng-kdf-jose", "0.3.").join("src/data");
    let (mut accepted, mut refused, mut unsupported) = (Vec::new(), 0, 0);
    for name in ["json_web_encryption_test.json", "json_web_crypto_test.json"] {
        let file: Value = serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
        for group in file["testGroups"].as_array().unwrap() {
            for case in group["tests"].as_array().unwrap().iter().filter(|case| !case["jwe"].is_null()) {
                // Cases in the JSON serialization are objects; an attacker can only send their text.
                let jwe = case["jwe"].as_str().map_or_else(|| case["jwe"].to_string(), str::to_owned);
                let results: Vec<_> = keys(group).iter().map(|key| open_raw(key, &jwe)).collect();
                let ours = case["result"] == "valid" && header(&jwe)["alg"] == "dir";
                for result in &results {
                    match result {
                        Ok(plaintext) => {
                            assert!(ours, "opened: {case}");
                            let expected = case["pt"].as_str().unwrap();
                            assert_eq!(**plaintext, super::jwe::hex(expected), "{case}");
                        }
                        Err(error) => assert!(!ours && *error != Error::Internal, "{error}: {case}"),
                    }
                }
                match (ours, case["result"].as_str().unwrap()) {
                    (true, _) => accepted.push(case["comment"].as_str().unwrap().to_owned()),
                    (false, "invalid") => refused += 1,
                    (false, _) => unsupported += 1,
                }
            }
        }
    }
    println!(
        "report: Wycheproof JWE: {} accepted, {refused} refused, {unsupported} refused as unsupported, of 173 expected",
        accepted.len()
    );
    assert_eq!(accepted, ["Figure136"]);
    assert_eq!((refused, unsupported), (106, 66));
}

fn header(jwe: &str) -> Value {
    let text = jwe.split('.').next().unwrap_or_default();
    BASE64URL.decode(text).ok().and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
}

/// The symmetric key of the group where it has one that we can hold, else keys of both sizes.
fn keys(group: &Value) -> Vec<Key> {
    let key = |bytes: &[u8]| Key::new(KeyId::new("k").unwrap(), bytes).ok();
    let named = group["private"]["k"].as_str().and_then(|text| key(&BASE64URL.decode(text).unwrap()));
    named.map_or_else(|| vec![key(&[1; 16]).unwrap(), key(&[1; 32]).unwrap()], |key| vec![key])
}
