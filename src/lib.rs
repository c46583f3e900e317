#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]
#![warn(clippy::must_use_candidate)]

mod attachment;
mod cipher;
mod claims;
mod content;
mod diagnostics;
mod envelope;
mod error;
pub mod hilog;
mod json;
mod jwe;
mod key;
mod keyring;
pub mod limits;
#[cfg(feature = "low-level")]
pub mod low_level;
mod message;
mod nonce;
mod open;
pub mod reason;
mod seal;
mod token;

pub use attachment::{ATTACHMENT_KEY_BYTES, Reference, SALT_BYTES, open_attachment, seal_attachment};
pub use claims::Claims;
pub use content::Content;
pub use diagnostics::{hardware_aes, self_test};
pub use error::{Advice, Error, ErrorKind};
pub use json::{Field, check_json, field};
pub use key::{Encryption, IV_BYTES, Key, KeyId, TAG_BYTES};
pub use keyring::Keyring;
pub use message::{DataMessage, OpenOptions, Opened};
pub use nonce::Nonce;
pub use open::{Opener, open};
pub use seal::{seal, sealed_len};
pub use token::{Registration, SyncReason, plan};
