//! Taking a message back: deliveries that wait are stopped, and notifications that Push Kit took are revoked there.

use push_kit::{MAX_REVOKE_TOKENS, Outcome, PushClient, PushType, Revoke, Sent};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Row};

use super::context::Context;
use crate::clock;
use crate::database::{Database, pieces};
use crate::region::Region;

/// The code of a delivery that was taken back.
const REVOKED: &str = "revoked";

/// `DELETE /v1/messages/{id}`: deliveries by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// Not sent yet; they will not be.
    pub stopped: u64,
    /// Sent; Push Kit takes the notification back unless the user tapped it.
    pub revoked: u64,
    /// Sent, and not revocable: no notification, an invalid token, or a region without `client_id`.
    pub kept: u64,
}

/// Why a message could not be taken back whole. What was stopped or revoked stays so.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// The sender has no such message.
    #[error("there is no message with this id")]
    NoSuchMessage,
    /// Push Kit cannot now.
    #[error("Push Kit does not revoke now ({0}): send the same request again later")]
    Later(String),
    /// Push Kit refuses.
    #[error(
        "Push Kit does not revoke ({0}): check client_id of the region and the app's rights in the console"
    )]
    Refused(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// A delivery that Push Kit took.
struct Delivered {
    device: String,
    push_type: i64,
    region: String,
    token: String,
}

/// Takes a sender's message back.
///
/// # Errors
/// [`RevokeError`]. The same call again does what is left.
pub async fn revoke(
    context: Context<'_>,
    client: &PushClient,
    sender: &str,
    id: &str,
) -> Result<Revoked, RevokeError> {
    let notify_id = notify_id(context.database, sender, id).await?.ok_or(RevokeError::NoSuchMessage)?;
    let mut revoked = Revoked { stopped: stop(context.database, id).await?, ..Revoked::default() };
    let delivered = delivered(context.database, id).await?;
    for region in context.regions.values() {
        for push_type in [PushType::Alert, PushType::Extension] {
            let here: Vec<&Delivered> = delivered
                .iter()
                .filter(|one| one.region == region.name && one.push_type == push_type.number())
                .collect();
            let Some(notify_id) = notify_id.filter(|_| region.endpoint.can_revoke()) else { continue };
            for piece in here.chunks(MAX_REVOKE_TOKENS) {
                let sent = call(client, region, push_type, notify_id, piece).await;
                let done = taken_back(&sent, piece)?;
                note(context.database, id, push_type, &done).await?;
                revoked.revoked = revoked.revoked.saturating_add(u64::try_from(done.len()).unwrap_or(0));
            }
        }
    }
    let all = u64::try_from(delivered.len()).unwrap_or(0);
    revoked.kept = all.saturating_sub(revoked.revoked);
    Ok(revoked)
}

/// Nothing when the sender has no such message; the inner nothing when it shows no notification.
async fn notify_id(database: &Database, sender: &str, id: &str) -> Result<Option<Option<u32>>, sqlx::Error> {
    let row = sqlx::query("SELECT notify_id FROM messages WHERE id = $1 AND sender = $2")
        .bind(id)
        .bind(sender)
        .fetch_optional(&database.pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let notify_id: Option<i64> = row.try_get(0)?;
    Ok(Some(notify_id.and_then(|id| u32::try_from(id).ok())))
}

/// A request that is under way may still arrive: its result is not noted any more.
async fn stop(database: &Database, id: &str) -> Result<u64, sqlx::Error> {
    let mut write = database.write().await?;
    let stopped = sqlx::query(
        "UPDATE deliveries SET state = 'failed', code = $3, payload = '', updated_at = $2 \
         WHERE message_id = $1 AND state = 'queued'",
    )
    .bind(id)
    .bind(clock::now_ms())
    .bind(REVOKED)
    .execute(&mut *write.inner)
    .await?
    .rows_affected();
    write.commit().await?;
    Ok(stopped)
}

async fn delivered(database: &Database, id: &str) -> Result<Vec<Delivered>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT y.device_id, y.push_type, y.region, \
            COALESCE((SELECT d.token FROM devices d WHERE d.id = y.device_id AND d.region = y.region), '') \
         FROM deliveries y WHERE y.message_id = $1 AND y.state = 'sent' AND y.code <> $2",
    )
    .bind(id)
    .bind(REVOKED)
    .fetch_all(&database.pool)
    .await?;
    let delivered = rows.iter().map(|row| {
        Ok(Delivered {
            device: row.try_get(0)?,
            push_type: row.try_get(1)?,
            region: row.try_get(2)?,
            token: row.try_get(3)?,
        })
    });
    delivered.collect()
}

async fn call(
    client: &PushClient,
    region: &Region,
    push_type: PushType,
    notify_id: u32,
    piece: &[&Delivered],
) -> Sent {
    let tokens: Vec<&str> =
        piece.iter().map(|one| one.token.as_str()).filter(|token| !token.is_empty()).collect();
    if tokens.is_empty() {
        return Sent::new(Outcome::AllRefused(Vec::new()), "");
    }
    region.endpoint.revoke(client, Revoke { push_type, notify_id, tokens: &tokens }).await
}

/// The devices whose notification Push Kit takes back.
fn taken_back<'a>(sent: &Sent, piece: &[&'a Delivered]) -> Result<Vec<&'a str>, RevokeError> {
    let code = || sent.code.clone();
    match &sent.outcome {
        Outcome::Sent | Outcome::PartlySent(_) => {}
        Outcome::AllRefused(_) => return Ok(Vec::new()),
        Outcome::Retry | Outcome::Internal | Outcome::NotUnderstood => {
            return Err(RevokeError::Later(code()));
        }
        Outcome::Renew | Outcome::Split | Outcome::Misconfigured | Outcome::Permanent => {
            return Err(RevokeError::Refused(code()));
        }
    }
    let is_refused = |token: &str| token.is_empty() || sent.refused().iter().any(|one| one.token == token);
    Ok(piece.iter().filter(|one| !is_refused(&one.token)).map(|one| one.device.as_str()).collect())
}

async fn note(
    database: &Database,
    id: &str,
    push_type: PushType,
    devices: &[&str],
) -> Result<(), sqlx::Error> {
    let mut write = database.write().await?;
    for piece in pieces(devices) {
        let sql = format!(
            "UPDATE deliveries SET code = $1, updated_at = $2 \
             WHERE message_id = $3 AND push_type = $4 AND device_id IN {}",
            values_from(5, piece.len())
        );
        let mut update = sqlx::query(AssertSqlSafe(sql))
            .bind(REVOKED)
            .bind(clock::now_ms())
            .bind(id)
            .bind(push_type.number());
        for device in piece {
            update = update.bind(*device);
        }
        update.execute(&mut *write.inner).await?;
    }
    write.commit().await
}

/// `($5, $6, …)`.
fn values_from(first: usize, count: usize) -> String {
    let names: Vec<String> = (first..first.saturating_add(count)).map(|n| format!("${n}")).collect();
    format!("({})", names.join(", "))
}
