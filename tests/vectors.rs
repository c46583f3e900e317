//! The vectors that Rust, Node and ArkTS share: `tests/vectors/open.json`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

use pushseal::{Content, DataMessage, Error, Key, KeyId, Keyring, OpenOptions, Reference, open};
use serde_json::{Value, json};

/// Makes a key with the code of one kind of processor.
type Make = fn(KeyId, &[u8]) -> Result<Key, Error>;

fn keyring(keys: &Value, make: Make) -> Keyring {
    let key = |entry: &Value| {
        let hex = entry["key"].as_str().unwrap();
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
        make(KeyId::new(entry["keyId"].as_str().unwrap()).unwrap(), &bytes).unwrap()
    };
    Keyring::new(keys.as_array().unwrap().iter().map(key).collect()).unwrap()
}

fn options(options: &Value) -> OpenOptions<'_> {
    OpenOptions::new(options["now"].as_u64().unwrap())
        .audience(options["audience"].as_str().unwrap())
        .allow_plaintext(options["allowPlaintext"].as_bool().unwrap())
        .clock_skew_s(u32::try_from(options["clockSkew"].as_u64().unwrap()).unwrap())
}

fn shown(reference: &Reference) -> Value {
    let (hash, key) = (reference.sha256_text(), reference.key_text());
    json!({"id": reference.id(), "size": reference.size(), "sha256": hash, "key": *key})
}

fn outcome(result: Result<DataMessage, Error>) -> Value {
    match result {
        Ok(message) => {
            let (data, reference) = match &message.content {
                Content::Data(text) => (&**text, Value::Null),
                Content::Reference(reference) => ("", shown(reference)),
            };
            json!({"message": {
                "id": message.id, "keyId": message.key_id, "issuedAt": message.issued_at_ms, "expiresAt": message.expires_at_ms,
                "sealed": message.sealed, "data": data, "reference": reference,
            }})
        }
        Err(error) => json!({"code": error.code(), "name": error.name()}),
    }
}

#[test]
fn every_vector_has_its_outcome() {
    every_vector(Key::new);
}

#[test]
fn and_on_a_processor_without_aes() {
    every_vector(Key::on_any_processor);
}

fn every_vector(make: Make) {
    let file: Value = serde_json::from_str(include_str!("vectors/open.json")).unwrap();
    let cases = file["cases"].as_array().unwrap();
    let mut ran = (0, 0);
    for case in cases {
        let payload = case["payload"].as_str().unwrap();
        let result = open(&keyring(&case["keys"], make), payload, &options(&case["options"]));
        if result.is_ok() {
            ran.0 += 1
        } else {
            ran.1 += 1
        }
        assert_eq!(outcome(result), case["expected"], "{}", case["name"]);
    }
    println!(
        "report: vectors of the wire format: {} accepted, {} refused, of {} expected",
        ran.0, ran.1, file["count"]
    );
    assert_eq!(ran.0 + ran.1, usize::try_from(file["count"].as_u64().unwrap()).unwrap());
    assert!(ran.0 >= 25 && ran.1 >= 80, "{ran:?}");
}
