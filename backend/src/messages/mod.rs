//! A message on its way in: from a request to rows of the outbox, sealed for each device.

mod accept;
mod attachment;
mod challenge;
mod compose;
mod context;
mod error;
mod payloads;
mod receivers;
mod request;
mod rows;
mod sizes;
mod status;
mod stored;

pub use accept::{Accepted, accept};
pub use challenge::{CHALLENGE_ID, send_challenge};
pub(crate) use compose::{options_of, tokens_per_request};
pub use context::{Context, Sender};
pub use error::AcceptError;
pub(crate) use request::MAX_RECEIVERS;
pub use request::{InvalidMessage, Kind, SendRequest, Target};
pub use sizes::{DeviceSize, Sizes, Transport, sizes};
pub use status::{DeliveryStatus, MessageStatus, Receipt, status};
pub use stored::{StoredAttachment, attachment};
