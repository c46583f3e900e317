//! Receipts: what Push Kit reports after it took a message, signed by a secret of the console.
//!
//! Source: Huawei, "Push Kit: message receipts" (push-msg-receipt, push-api-msg-receipt).

mod body;
mod result;
mod signature;

pub use body::{Batch, MAX_RECEIPTS, NotReceipts, Receipt};
pub use result::{is_dead, meaning};
pub use signature::{Callback, ReceiptKey, SecretTooShort};
