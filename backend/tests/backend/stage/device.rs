//! What a device does: it registers, and opens what comes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(crate) fn registration(token: &str, region: &str, keys: &[(&str, &[u8])]) -> Value {
    let keys: Vec<_> =
        keys.iter().map(|(id, key)| json!({"keyId": id, "key": URL_SAFE_NO_PAD.encode(key)})).collect();
    json!({"token": token, "region": region, "bundle": "com.example.app", "keys": keys})
}

/// Registers a device at a program; gives its id.
pub(crate) async fn register_at(url: &str, aaid: &str, body: &Value) -> String {
    let put = reqwest::Client::new().put(format!("{url}/v1/devices/{aaid}")).body(body.to_string());
    let answer = put.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    answer["deviceId"].as_str().unwrap().to_owned()
}

/// Opens a payload as the device does.
pub(crate) fn open(key: &[u8], payload: &str) -> Result<pushseal::DataMessage, pushseal::Error> {
    let key = pushseal::Key::new(pushseal::KeyId::new("k1").unwrap(), key).unwrap();
    let keyring = pushseal::Keyring::new(vec![key]).unwrap();
    let now_ms = u64::try_from(pushseal_backend::clock::now_ms()).unwrap();
    let options = pushseal::OpenOptions::new(now_ms).audience("com.example.app").clock_skew_s(60);
    pushseal::open(&keyring, payload, &options)
}

pub(crate) fn data_of(message: &pushseal::DataMessage) -> Value {
    match &message.content {
        pushseal::Content::Data(text) => serde_json::from_str(text).unwrap(),
        pushseal::Content::Reference(_) => panic!("a reference, not data"),
    }
}
