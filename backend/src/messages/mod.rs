//! A message on its way in: from a request to rows of the outbox, sealed for each device.

mod accept;
mod attachment;
mod challenge;
mod check;
mod compose;
mod context;
mod error;
mod payloads;
mod receivers;
mod request;
mod revoke;
mod rows;
mod sizes;
mod status;
mod stored;

pub use accept::{Accepted, accept};
pub use challenge::{CHALLENGE_ID, send_challenge};
pub use check::InvalidMessage;
pub(crate) use check::MAX_RECEIVERS;
pub use context::{Context, Sender};
pub use error::AcceptError;
pub use request::{Kind, SendRequest, Target};
pub use revoke::{RevokeError, Revoked, revoke};
pub use sizes::{DeviceSize, Sizes, Transport, sizes};
pub use status::{DeliveryStatus, MessageStatus, Receipt, status};
pub use stored::{StoredAttachment, attachment};
