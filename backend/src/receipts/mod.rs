//! Storing what Push Kit reports after it took a message.

mod store;

pub use store::{NONCE_KEPT_MS, Stored, store};
