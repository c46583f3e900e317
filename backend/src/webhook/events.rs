//! Storing events, each in the transaction that it tells of.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::position::position;
use crate::database::{Database, pieces, values};

/// A delivery that has its last state.
#[derive(Clone, Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) message_id: &'a str,
    pub(crate) device_id: &'a str,
    pub(crate) push_type: i64,
    /// `sent`, `failed` or `expired`.
    pub(crate) state: &'a str,
    pub(crate) code: &'a str,
}

const COLUMNS: &str = "INSERT INTO webhook_events \
     (webhook, position, kind, message_id, device_id, user_id, push_type, code, happened_at)";
/// Only of a delivery that has this state since then: the result of a lost lease changed nothing.
const OF_MESSAGES: &str = "SELECT w.name, r.position, 'message.' || r.state, r.message_id, r.device_id, \
     COALESCE((SELECT d.user_id FROM devices d WHERE d.id = r.device_id), ''), r.push_type, r.code, r.at \
     FROM r JOIN messages m ON m.id = r.message_id JOIN webhooks w ON w.name = m.sender \
     JOIN deliveries y ON y.message_id = r.message_id AND y.device_id = r.device_id AND y.push_type = r.push_type \
     AND y.state = r.state AND y.updated_at = r.at";
const OF_RECEIPT: &str = "SELECT w.name, $1, 'message.receipt', y.message_id, y.device_id, \
     COALESCE((SELECT d.user_id FROM devices d WHERE d.id = y.device_id), ''), y.push_type, $2, $3 \
     FROM deliveries y JOIN messages m ON m.id = y.message_id JOIN webhooks w ON w.name = m.sender \
     WHERE y.request_id = $4 AND y.request_id <> '' AND (y.device_id = $5 OR \
        (SELECT COUNT(*) FROM deliveries o WHERE o.request_id = $4 AND o.request_id <> '') = 1)";
const OF_DEVICE: &str = "SELECT w.name, $1, 'device.ended', '', $2, $3, -1, $4, $5 FROM webhooks w";

/// Stores what became of deliveries at `now_ms`, for the webhook of their message's sender.
///
/// # Errors
/// When the database fails.
pub(crate) async fn messages_ended(
    database: &Database,
    write: &mut AnyConnection,
    ended: &[Ended<'_>],
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    if !database.has_webhooks() {
        return Ok(());
    }
    for piece in pieces(ended) {
        let sql = format!(
            "WITH r (position, message_id, device_id, push_type, state, code, at) AS (VALUES {}) {}",
            values(piece.len(), 7),
            format_args!("{COLUMNS} {OF_MESSAGES}")
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for one in piece {
            insert = insert
                .bind(position(now_ms))
                .bind(one.message_id)
                .bind(one.device_id)
                .bind(one.push_type)
                .bind(one.state)
                .bind(one.code)
                .bind(now_ms);
        }
        insert.execute(&mut *write).await?;
    }
    Ok(())
}

/// Stores a result that Push Kit reported for the delivery of a request to a device.
///
/// # Errors
/// When the database fails.
pub(crate) async fn receipt(
    database: &Database,
    write: &mut AnyConnection,
    request_id: &str,
    device_id: &str,
    result: i64,
    at_ms: i64,
) -> Result<(), sqlx::Error> {
    if !database.has_webhooks() {
        return Ok(());
    }
    sqlx::query(AssertSqlSafe(format!("{COLUMNS} {OF_RECEIPT}")))
        .bind(position(crate::clock::now_ms()))
        .bind(result.to_string())
        .bind(at_ms)
        .bind(request_id)
        .bind(device_id)
        .execute(&mut *write)
        .await?;
    Ok(())
}

/// Stores that a device gets no more messages, for every webhook: its token is invalid, or it was removed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn device_ended(
    write: &mut AnyConnection,
    device_id: &str,
    user: &str,
    reason: &str,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(AssertSqlSafe(format!("{COLUMNS} {OF_DEVICE}")))
        .bind(position(now_ms))
        .bind(device_id)
        .bind(user)
        .bind(reason)
        .bind(now_ms)
        .execute(&mut *write)
        .await?;
    Ok(())
}
