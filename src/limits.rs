//! Every limit of the format, written once and quoted from here.
//!
//! `docs/wire-format.md` explains them; a test compares the two.

/// Longest payload that [`open`](crate::open) reads, in bytes of UTF-8. Push Kit carries at most 4096 bytes; rows written by
/// older relays and escaped envelopes get some room.
pub const PAYLOAD_BYTES: usize = 16 * 1024;

/// Longest plaintext of a sealed message, in bytes of JSON text.
pub const PLAINTEXT_BYTES: usize = 8 * 1024;

/// Deepest nesting of JSON; the outermost object counts as one.
pub const JSON_DEPTH: u32 = 32;

/// Largest integer that JSON may hold: 2^53 − 1, beyond which ArkTS numbers are no longer exact.
pub const SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Longest protected header, in bytes before base64url.
pub const HEADER_BYTES: usize = 512;

/// Longest key id (`kid`), in characters.
pub const KEY_ID_CHARS: usize = 16;

/// Keys that a keyring may hold.
pub const KEYRING_KEYS: usize = 16;

/// Longest message id (`jti`), in bytes.
pub const MESSAGE_ID_BYTES: usize = 64;

/// Longest id of an attachment, in bytes.
pub const ATTACHMENT_ID_BYTES: usize = 64;

/// Largest attachment, in bytes of ciphertext.
pub const ATTACHMENT_BYTES: usize = 4 * 1024 * 1024;

/// Seconds that a message lives when it states no `exp`: 15 days, Push Kit's longest `ttl`.
pub const DEFAULT_LIFETIME_S: u64 = 15 * 24 * 60 * 60;

/// Most payloads that one call of the native `openMessages` takes.
pub const BATCH_PAYLOADS: usize = 100_000;

/// Days after which a registration that did not change is sent again all the same, so that a backend that lost it recovers.
pub const REGISTRATION_REFRESH_DAYS: u64 = 7;
