//! A message on its way in: from a request to rows of the outbox, sealed for each device.

mod accept;
mod attachment;
mod compose;
mod request;
mod rows;
mod sizes;
mod status;
mod stored;

pub use accept::{AcceptError, Accepted, Desk, Sender, accept};
pub(crate) use compose::{options_of, tokens_per_request};
pub(crate) use request::MAX_RECEIVERS;
pub use request::{InvalidMessage, Kind, SendRequest, Target};
pub use sizes::{DeviceSize, Sizes, Way, sizes};
pub use status::{DeliveryStatus, MessageStatus, Receipt, status};
pub use stored::{StoredAttachment, attachment};
