//! The shapes of the API, from which the typings are generated. `read` and `write` convert them property by property; the
//! tests compare these declarations with what really comes out.

#[cfg(not(ark))]
use napi_derive::napi;
#[cfg(ark)]
use napi_derive_ohos::napi;

/// A device key and its id.
#[napi(object, object_to_js = false)]
pub struct KeyEntry {
    /// `kid`: 1 to 16 printable ASCII characters.
    pub key_id: String,
    /// 32 bytes (A256GCM) or 16 bytes (A128GCM).
    #[napi(ts_type = "Uint8Array")]
    pub key: Vec<u8>,
}

/// How to open.
#[napi(object, object_to_js = false)]
pub struct OpenOptions {
    /// The device's time, in milliseconds since 1970.
    pub now: f64,
    /// The app's bundle name; '' accepts messages for any.
    pub audience: String,
    /// Whether JSON that is not sealed is accepted.
    pub allow_plaintext: bool,
    /// How far the device's clock may run ahead, in seconds.
    pub clock_skew: f64,
}

/// A claim check for content that waits as an attachment at the backend.
#[napi(object)]
pub struct Reference {
    /// The attachment's id: letters, digits, '-' and '_'.
    pub id: String,
    /// The ciphertext's size in bytes.
    pub size: f64,
    /// The ciphertext's SHA-256 in base64url.
    pub sha256: String,
    /// The attachment's key in base64url. A secret.
    pub key: String,
}

/// An opened message.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct DataMessage {
    /// The same message has the same id on every path.
    pub id: String,
    /// The key it was sealed with; '' when it was not sealed.
    pub key_id: String,
    /// In milliseconds since 1970.
    pub issued_at: f64,
    /// In milliseconds since 1970.
    pub expires_at: f64,
    /// Whether it was sealed.
    pub sealed: bool,
    /// JSON text; '' with a reference.
    pub data: String,
    /// Where the content is, when it is not in `data`.
    pub reference: Option<Reference>,
}

/// What became of one payload of a batch.
#[napi(object, object_from_js = false, use_nullable = true)]
pub struct OpenOutcome {
    /// The message, when it opened.
    pub message: Option<DataMessage>,
    /// 0, or the error's code.
    pub code: f64,
    /// '', or the error's name.
    pub name: String,
}

/// What the backend has to know of this installation.
#[napi(object, object_to_js = false)]
pub struct Registration {
    /// The push token; '' for none.
    pub token: String,
    /// The AAID.
    pub aaid: String,
    /// The current key's id.
    pub key_id: String,
    /// The device's region.
    pub region: String,
    /// The app's account; '' for none.
    pub account: String,
    /// When the backend accepted it, in milliseconds since 1970; 0 while it has not.
    pub synced_at: f64,
}

/// Whether to send the registration, and why.
#[napi(object, object_from_js = false)]
pub struct SyncPlan {
    /// Whether it has to be sent.
    pub register: bool,
    /// 'never', 'token', 'aaid', 'key', 'region', 'account', 'refresh', or 'current'.
    pub reason: String,
}

/// What this library is and whether it works here.
#[napi(object, object_from_js = false)]
pub struct Diagnostics {
    /// The library's version.
    pub version: String,
    /// Whether the processor's AES instructions are used.
    pub hardware_aes: bool,
    /// Whether a known message opened as it must.
    pub self_test: bool,
}
