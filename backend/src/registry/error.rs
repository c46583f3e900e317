//! Why the registry refuses or fails.

use super::vault::VaultError;

/// Why the registry refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// A device's key is needed where nobody signs in, and another one or none came.
    #[error(
        "this device's own key is needed where nobody signs in: Authorization: Bearer KEY, as it was registered"
    )]
    NotProven,
    /// The nonce is not of a challenge that this device can answer now.
    #[error(
        "this nonce proves nothing now: the device has another token, or the challenge expired. Register again"
    )]
    ProofRefused,
    /// Other registrations of the same device or token came in between, again and again.
    #[error("this device or token is being registered by another request: send the same again")]
    Conflict,
    /// More devices than the caller takes.
    #[error("more than {0} devices")]
    TooManyDevices(usize),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// A stored key cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<sqlx::Error> for RegistryError {
    fn from(error: sqlx::Error) -> Self {
        if is_conflict(&error) { Self::Conflict } else { Self::Database(error) }
    }
}

/// PostgreSQL ended the transaction because of another one: a serialization failure, or a deadlock.
fn is_conflict(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
