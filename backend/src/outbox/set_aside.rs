//! Rows that cannot be read: they become final with a code of their own, so that they hold back no other.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::database::Database;
use crate::webhook::{Ended, messages_ended};

/// The code of a delivery whose row cannot be read.
const CODE: &str = "row_unreadable";
/// The payload stays, for whoever looks for the cause.
const BY_KEY: &str = "UPDATE deliveries SET state = 'failed', code = $4, updated_at = $5 \
     WHERE message_id = $1 AND device_id = $2 AND push_type = $3 AND state = 'queued'";
const BY_ROWID: &str = "UPDATE deliveries SET state = 'failed', code = $2, updated_at = $3 WHERE rowid = $1";
/// The rows that the claim before would have taken.
const DUE: &str = "SELECT rowid FROM deliveries WHERE state = 'queued' AND due_at <= $1 AND region = $2 \
     AND ($3 = '' OR message_id = $3) ORDER BY due_at LIMIT $4";
/// Everything that a claim reads as text.
const TEXTS: &str = "SELECT code, payload, (SELECT m.options FROM messages m WHERE m.id = message_id), \
     (SELECT m.shared_payload FROM messages m WHERE m.id = message_id), \
     (SELECT d.token FROM devices d WHERE d.id = device_id), \
     (SELECT d.region FROM devices d WHERE d.id = device_id) FROM deliveries WHERE rowid = $1";
const NAMES: &str = "SELECT message_id, device_id, push_type FROM deliveries WHERE rowid = $1";

/// A row that could not be read.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// '' when not even that can be read.
    pub(super) message_id: String,
    pub(super) device_id: String,
    /// What is wrong with it. It names a column and no content.
    pub(super) reason: String,
}

impl Unreadable {
    fn ended(&self, push_type: i64) -> Ended<'_> {
        Ended {
            message_id: &self.message_id,
            device_id: &self.device_id,
            push_type,
            state: "failed",
            code: CODE,
        }
    }
}

/// Sets a claimed row aside that is not what a delivery looks like.
///
/// # Errors
/// When the database fails.
pub(super) async fn unreadable_row(
    database: &Database,
    write: &mut AnyConnection,
    row: &AnyRow,
    error: &sqlx::Error,
    now_ms: i64,
) -> Result<Unreadable, sqlx::Error> {
    let text = |column| row.try_get::<String, usize>(column).unwrap_or_default();
    let found = Unreadable { message_id: text(0), device_id: text(1), reason: error.to_string() };
    sqlx::query(BY_KEY)
        .bind(&found.message_id)
        .bind(&found.device_id)
        .bind(row.try_get::<i64, usize>(2).unwrap_or(-1))
        .bind(CODE)
        .bind(now_ms)
        .execute(&mut *write)
        .await?;
    let push_type = row.try_get(2).unwrap_or(-1);
    messages_ended(database, write, &[found.ended(push_type)], now_ms).await?;
    Ok(found)
}

/// SQLite: sets those due rows aside whose text is not UTF-8. The library refuses a whole answer that has one, so they
/// are looked for row by row.
///
/// # Errors
/// When the database fails.
pub(super) async fn unreadable_text(
    database: &Database,
    region: &str,
    message_id: &str,
    limit: i64,
    now_ms: i64,
) -> Result<Vec<Unreadable>, sqlx::Error> {
    let mut write = database.write().await?;
    let due: Vec<i64> = sqlx::query_scalar(DUE)
        .bind(now_ms)
        .bind(region)
        .bind(message_id)
        .bind(limit)
        .fetch_all(&mut *write.inner)
        .await?;
    let mut found = Vec::new();
    for rowid in due {
        let Err(error) = sqlx::query(TEXTS).bind(rowid).fetch_one(&mut *write.inner).await else { continue };
        if !is_of_a_row(&error) {
            return Err(error);
        }
        let names =
            sqlx::query_as::<_, (String, String, i64)>(NAMES).bind(rowid).fetch_one(&mut *write.inner).await;
        let (message_id, device_id, push_type) = names.unwrap_or_default();
        sqlx::query(BY_ROWID).bind(rowid).bind(CODE).bind(now_ms).execute(&mut *write.inner).await?;
        let unreadable = Unreadable { message_id, device_id, reason: error.to_string() };
        messages_ended(database, &mut write.inner, &[unreadable.ended(push_type)], now_ms).await?;
        found.push(unreadable);
    }
    write.commit().await?;
    Ok(found)
}

/// True when the database works, and a row of it does not.
pub(super) fn is_of_a_row(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. })
}
