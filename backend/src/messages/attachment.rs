//! The claim check: data that does not fit waits here, encrypted, and the sealed message says where and how.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::AnyConnection;
use zeroize::Zeroizing;

use super::accept::AcceptError;
use super::request::SendRequest;
use crate::database::Database;
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
        sqlx::query("INSERT INTO attachments (id, message_id, content, expires_at) VALUES ($1, $2, $3, $4)")
            .bind(self.reference.id())
            .bind(message_id)
            .bind(URL_SAFE_NO_PAD.encode(&self.ciphertext))
            .bind(now_ms.saturating_add(lifetime_ms))
            .execute(&mut *write)
            .await?;
        Ok(())
    }
}

/// The ciphertext of an attachment that has not expired. With a user, only of a message to one of their devices.
///
/// # Errors
/// When the database fails.
pub async fn attachment(
    database: &Database,
    id: &str,
    user: Option<&str>,
    now_ms: i64,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let content: Option<String> = sqlx::query_scalar(
        "SELECT a.content FROM attachments a WHERE a.id = $1 AND a.expires_at > $2 AND ($3 = '' OR EXISTS (\
            SELECT 1 FROM deliveries y JOIN devices d ON d.id = y.device_id \
            WHERE y.message_id = a.message_id AND d.user_id = $3))",
    )
    .bind(id)
    .bind(now_ms)
    .bind(user.unwrap_or(""))
    .fetch_optional(&database.pool)
    .await?;
    let decode =
        |text: String| URL_SAFE_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()));
    content.map(decode).transpose()
}
