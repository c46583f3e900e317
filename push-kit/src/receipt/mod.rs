//! Receipts: what Push Kit reports after it took a message, signed by a secret of the console ("Push Kit, message receipts").

mod result;
mod signature;

pub use result::{is_dead, meaning};
pub use signature::{Callback, ReceiptKey, SecretTooShort};
