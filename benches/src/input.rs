//! The messages that are measured, as `tests/node/bench/messages.mjs` wrote them.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Input {
    /// 32 bytes in hexadecimal.
    pub key: String,
    #[serde(rename = "keyId")]
    pub key_id: String,
    pub options: Options,
    pub messages: Vec<Message>,
}

#[derive(Deserialize)]
pub struct Options {
    /// Milliseconds since 1970.
    pub now: u64,
    pub audience: String,
}

#[derive(Deserialize)]
pub struct Message {
    pub name: String,
    pub id: String,
    /// Seconds since 1970.
    #[serde(rename = "issuedAt")]
    pub issued_at: u64,
    /// The app's data as JSON text.
    pub data: String,
    /// The sealed message in Push Kit's envelope.
    pub payload: String,
}

impl Input {
    pub fn key(&self) -> Option<[u8; 32]> {
        let digits = self.key.as_bytes().chunks_exact(2).map(std::str::from_utf8);
        let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair.ok()?, 16).ok()).collect();
        bytes?.try_into().ok()
    }
}
