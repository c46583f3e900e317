//! Every call of the core crate that makes or opens a message.

use pushseal::{DataMessage, Key, Keyring, Nonce, OpenOptions};

use crate::random::{self, NoRandomness};
use crate::registry::DeviceKey;

pub use pushseal::{Claims, Content, Reference};

/// Why a message cannot be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealingError {
    /// The core refuses it; see its code.
    #[error("{0}")]
    Refused(pushseal::Error),
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl From<pushseal::Error> for SealingError {
    fn from(error: pushseal::Error) -> Self {
        Self::Refused(error)
    }
}

/// Seals a message for the device with this key, as a compact JWE with a fresh IV.
///
/// # Errors
/// [`SealingError::Refused`] when the claims are not what a device accepts.
pub fn seal(key: &DeviceKey, claims: &Claims<'_>) -> Result<String, SealingError> {
    let key = Key::new(key.id.clone(), &key.bytes)?;
    Ok(pushseal::seal(&key, Nonce::generate(random::fill)?, claims)?)
}

/// Characters of the compact JWE for so many bytes of plaintext, for telling by how much a message is too large.
pub fn sealed_length(key: &DeviceKey, plaintext: usize) -> usize {
    Key::new(key.id.clone(), &key.bytes).map_or(plaintext, |key| pushseal::sealed_len(&key, plaintext))
}

/// Checks that data is JSON which a device accepts, by sealing's own rules.
///
/// # Errors
/// The core's error, with the rule that is broken.
pub fn check_json(data: &str) -> Result<(), pushseal::Error> {
    pushseal::check_json(data.as_bytes())
}

/// Makes a keyring of device keys, the current one first.
///
/// # Errors
/// The core's error when two have the same id.
pub fn keyring(keys: &[DeviceKey]) -> Result<Keyring, pushseal::Error> {
    Keyring::new(keys.iter().map(|key| Key::new(key.id.clone(), &key.bytes)).collect::<Result<_, _>>()?)
}

/// Opens one payload, as a device does.
///
/// # Errors
/// The core's error, which holds nothing of the payload.
pub fn open(
    keyring: &Keyring,
    payload: &str,
    options: &OpenOptions<'_>,
) -> Result<DataMessage, pushseal::Error> {
    pushseal::open(keyring, payload, options)
}

/// Claims of a message with data.
pub fn data_claims<'a>(
    issued_at: u64,
    expires_at: Option<u64>,
    id: Option<&'a str>,
    audience: Option<&'a str>,
    data: &'a str,
) -> Claims<'a> {
    Claims::new(issued_at, data).expires_at(expires_at).id(id).audience(audience)
}
