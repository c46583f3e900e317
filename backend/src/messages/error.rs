//! Why a message is not taken.

use push_kit::TooLarge;

use super::check::{InvalidMessage, MAX_DEVICES};
use crate::random::NoRandomness;
use crate::registry::RegistryError;

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The request contradicts itself.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// None of the receivers is registered.
    #[error("none of the receivers is registered")]
    NoReceiver,
    /// The API key is for other regions.
    #[error("this API key is limited to other regions than those of the receivers")]
    RegionNotAllowed,
    /// The users in it have too many devices.
    #[error("to reaches more than {MAX_DEVICES} devices: send to fewer users in each request")]
    TooManyDevices,
    /// It does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The data is JSON that devices refuse.
    #[error("data is not what a device accepts: {0}")]
    Data(pushseal::Error),
    /// The id or idempotency key was used for another message.
    #[error("this id or Idempotency-Key was used for another message: choose a new one")]
    Conflict,
    /// The registry failed.
    #[error(transparent)]
    Registry(RegistryError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl From<RegistryError> for AcceptError {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::TooManyDevices(_) => Self::TooManyDevices,
            error => Self::Registry(error),
        }
    }
}
