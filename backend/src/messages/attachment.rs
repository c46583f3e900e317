//! The claim check: data that does not fit waits here, encrypted, and the sealed message says where and how.

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::AnyConnection;
use zeroize::Zeroizing;

use super::error::AcceptError;
use super::request::SendRequest;
use super::stored;
use crate::random;
use crate::sealing::{self, Reference};
use push_kit::TooLarge;

/// A message without `exp` is good for 15 days on the device, and so is its attachment.
const LIFETIME_MS: i64 = 15 * 86_400_000;

/// Ciphertext and the reference that opens it.
pub(super) struct Attachment {
    pub(super) reference: Reference,
    ciphertext: Vec<u8>,
}

impl Attachment {
    /// Encrypts data under a fresh key.
    pub(super) fn seal(data: &str) -> Result<Self, AcceptError> {
        sealing::check_json(data).map_err(AcceptError::Data)?;
        let key = Zeroizing::new(random::bytes()?);
        let ciphertext = pushseal::seal_attachment(data.as_bytes(), &key, random::bytes()?)
            .map_err(|_| TooLarge { size: data.len() })?;
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &ciphertext).as_ref());
        let size = u32::try_from(ciphertext.len()).map_err(|_| TooLarge { size: data.len() })?;
        let reference = Reference::new(&random::id()?, size, hash, *key).map_err(AcceptError::Data)?;
        Ok(Self { reference, ciphertext })
    }

    /// Stores the ciphertext with its message.
    pub(super) async fn insert(
        &self,
        write: &mut AnyConnection,
        message_id: &str,
        request: &SendRequest,
        now_ms: i64,
    ) -> Result<(), sqlx::Error> {
        let lifetime_ms = request.ttl.map_or(LIFETIME_MS, |ttl| i64::from(ttl).saturating_mul(1000));
        let expires_at = now_ms.saturating_add(lifetime_ms);
        stored::insert(write, self.reference.id(), message_id, &self.ciphertext, expires_at).await
    }
}
