//! The rows of a message: itself, and one for each device and push type.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::compose::Composer;
use super::context::Sender;
use crate::database::{pieces, values};
use crate::webhook::Ended;
use push_kit::PushType;

/// One row of the outbox to be.
pub(super) struct Delivery {
    pub(super) device: String,
    pub(super) push_type: PushType,
    pub(super) region: String,
    pub(super) payload: String,
    /// Why it cannot be sent at all, '' when it can.
    pub(super) fault: &'static str,
}

impl Delivery {
    /// Its end, when it cannot be sent at all.
    pub(super) fn ended<'a>(&'a self, message_id: &'a str) -> Option<Ended<'a>> {
        let (device_id, push_type) = (self.device.as_str(), self.push_type.number());
        let ended = Ended { message_id, device_id, push_type, state: "failed", code: self.fault };
        (!self.fault.is_empty()).then_some(ended)
    }
}

/// False when there is a message with this id or idempotency key.
pub(super) async fn insert_message(
    write: &mut AnyConnection,
    sender: Sender<'_>,
    composer: &Composer<'_>,
    hash: &str,
    shared: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let options = serde_json::to_string(&composer.request.options())
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let lifetime_ms = i64::from(composer.request.ttl_s()).saturating_mul(1000);
    let inserted = sqlx::query(
        "INSERT INTO messages \
         (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at, notify_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(composer.message_id)
    .bind(sender.name)
    .bind(sender.idempotency_key.map(str::to_owned))
    .bind(hash)
    .bind(options)
    .bind(shared)
    .bind(now_ms)
    .bind(now_ms.saturating_add(lifetime_ms))
    .bind(composer.notify_id().map(i64::from))
    .execute(&mut *write)
    .await?;
    Ok(inserted.rows_affected() > 0)
}

/// Queues deliveries, or records why they cannot be sent.
pub(super) async fn insert_deliveries(
    write: &mut AnyConnection,
    message_id: &str,
    deliveries: &[Delivery],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    for piece in pieces(deliveries) {
        let sql = format!(
            "INSERT INTO deliveries \
             (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, updated_at) \
             VALUES {}",
            values(piece.len(), 10)
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for delivery in piece {
            insert = insert
                .bind(message_id)
                .bind(&delivery.device)
                .bind(delivery.push_type.number())
                .bind(&delivery.region)
                .bind(&delivery.payload)
                .bind(if delivery.fault.is_empty() { "queued" } else { "failed" })
                .bind(delivery.fault)
                .bind(0_i64)
                .bind(now_ms)
                .bind(now_ms);
        }
        insert.execute(&mut *write).await?;
    }
    Ok(())
}
