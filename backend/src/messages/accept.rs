//! Taking a message: after this returns it is durable and will be sent, or it was refused and nothing is kept.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Row;

use super::compose::Composer;
use super::context::{Context, Sender};
use super::error::AcceptError;
use super::payloads::fit;
use super::receivers::receivers;
use super::request::SendRequest;
use super::rows::{insert_deliveries, insert_message};
use crate::clock;
use crate::database::Database;
use crate::random;
use crate::webhook::messages_ended;

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub message_id: String,
    /// True when this request had been taken before.
    pub repeated: bool,
}

/// Takes a message. `body` is the request as it was sent, for telling a repetition from another message.
///
/// # Errors
/// [`AcceptError`]; then nothing was stored.
pub async fn accept(
    context: Context<'_>,
    sender: Sender<'_>,
    request: &SendRequest,
    body: &[u8],
) -> Result<Accepted, AcceptError> {
    request.check()?;
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, body));
    if let Some(earlier) = earlier(context.database, sender, request, &hash).await? {
        return Ok(earlier);
    }
    let message_id = request.id.clone().map_or_else(random::id, Ok)?;
    let now_ms = clock::now_ms();
    let receivers = receivers(context, request).await?;
    let composer = Composer { request, message_id: &message_id };
    let (attachment, (shared, deliveries)) = fit(context, &composer, &receivers, now_ms)?;
    let mut write = context.database.write().await?;
    if insert_message(&mut write.inner, sender, &composer, &hash, &shared, now_ms).await? {
        if let Some(attachment) = &attachment {
            attachment.insert(&mut write.inner, &message_id, request, now_ms).await?;
        }
        insert_deliveries(&mut write.inner, &message_id, &deliveries, now_ms).await?;
        let ended: Vec<_> = deliveries.iter().filter_map(|delivery| delivery.ended(&message_id)).collect();
        messages_ended(context.database, &mut write.inner, &ended, now_ms).await?;
        write.commit().await?;
        return Ok(Accepted { message_id, repeated: false });
    }
    write.rollback().await?;
    // Another request with the same id or key was faster.
    earlier(context.database, sender, request, &hash).await?.ok_or(AcceptError::Conflict)
}

/// The message that an earlier request with this id or key made.
async fn earlier(
    database: &Database,
    sender: Sender<'_>,
    request: &SendRequest,
    hash: &str,
) -> Result<Option<Accepted>, AcceptError> {
    if sender.idempotency_key.is_none() && request.id.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT id, sender, request_hash FROM messages WHERE (sender = $1 AND idempotency_key = $2) OR id = $3",
    )
    .bind(sender.name)
    .bind(sender.idempotency_key.map(str::to_owned))
    .bind(request.id.clone())
    .fetch_optional(&database.pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let by: String = row.try_get(1)?;
    let known: String = row.try_get(2)?;
    if by != sender.name || known != hash {
        return Err(AcceptError::Conflict);
    }
    Ok(Some(Accepted { message_id: row.try_get(0)?, repeated: true }))
}
