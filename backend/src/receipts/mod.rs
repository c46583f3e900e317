//! What Push Kit reports after it took a message: the result on the device, signed by a secret of the console
//! ("Push Kit, message receipts").

mod result;
mod signature;
mod store;

pub use result::{is_dead, meaning};
pub use signature::{Callback, ReceiptKey, SecretTooShort};
pub use store::{NONCE_KEPT_MS, ReceiptBody, Stored, store};
