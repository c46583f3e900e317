//! Opens and seals push data messages for HarmonyOS: compact JWE in, checked JSON out.
//!
//! The crate is pure: no I/O, no clock, no randomness, no FFI. [`open`] is what the device does, [`seal`] what the backend
//! does; [`plan`] decides when a push token has to be sent again; attachments carry what does not fit a push message.
//! `docs/wire-format.md` is the format's normative text.

// Allowed in one module, `json::block`, which says why.
#![deny(unsafe_code)]

#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "aarch64", target_feature = "neon")
)))]
compile_error!("pushseal is for x86_64 and aarch64 with their vector instructions, as graviola is");

mod attachment;
mod cipher;
mod claims;
mod diagnostics;
mod envelope;
mod error;
pub mod hilog;
mod json;
mod jwe;
mod key;
mod keyring;
pub mod limits;
mod message;
mod open;
mod seal;
mod token;

pub use attachment::{ATTACHMENT_KEY_BYTES, Reference, SALT_BYTES, open_attachment, seal_attachment};
pub use claims::{Body, Claims};
pub use diagnostics::{hardware_aes, self_test};
pub use error::{Advice, Error};
pub use json::{Field, field};
pub use key::{Encryption, IV_BYTES, Key, KeyId, TAG_BYTES};
pub use keyring::Keyring;
pub use message::{Content, DataMessage, OpenOptions};
pub use open::{Opened, Opener, check_json, open, open_raw};
pub use seal::{seal, seal_raw, sealed_len};
pub use token::{Registration, SyncReason, plan};
