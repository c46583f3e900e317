//! The events in the database: which are to be sent, and what became of it.

use sqlx::{AssertSqlSafe, Row};

use crate::database::{Database, pieces, values};

/// Longer than one request with its timeouts.
const LEASE_MS: i64 = 60_000;
const FIRST_WAIT_MS: i64 = 1_000;
const LONGEST_WAIT_MS: i64 = 15 * 60_000;
/// Events of one request.
const MOST: i64 = 200;

const CLAIM: &str = "UPDATE webhooks SET lease_until = $3 WHERE name = $1 AND lease_until <= $2 AND due_at <= $2 \
     RETURNING attempts, upto";
const EVENTS: &str = "SELECT position, kind, message_id, device_id, user_id, push_type, code, happened_at \
     FROM webhook_events WHERE webhook = $1 AND position <= $2 ORDER BY position LIMIT $3";

/// A stored event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) position: i64,
    pub(super) kind: String,
    pub(super) message_id: String,
    pub(super) device_id: String,
    pub(super) user: String,
    pub(super) push_type: i64,
    pub(super) code: String,
    pub(super) happened_at: i64,
}

/// Events that this process alone may send for now.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// Requests that failed before this one.
    attempts: i64,
}

/// Makes the table name these webhooks and no other. The events of one that is gone are deleted.
///
/// # Errors
/// When the database fails.
pub(super) async fn configure(database: &Database, names: &[String]) -> Result<(), sqlx::Error> {
    let mut write = database.write().await?;
    let known: Vec<String> =
        sqlx::query_scalar("SELECT name FROM webhooks").fetch_all(&mut *write.inner).await?;
    for gone in known.iter().filter(|name| !names.contains(name)) {
        sqlx::query("DELETE FROM webhooks WHERE name = $1").bind(gone).execute(&mut *write.inner).await?;
    }
    for name in names {
        let add = "INSERT INTO webhooks (name, lease_until, due_at, attempts, upto) VALUES ($1, 0, 0, 0, 0) \
                   ON CONFLICT DO NOTHING";
        sqlx::query(add).bind(name).execute(&mut *write.inner).await?;
    }
    write.commit().await?;
    database.keep_events(!names.is_empty());
    Ok(())
}

/// Takes the oldest events of a webhook; nothing when there is none, another process has them, or it is too early to try
/// again. A request that failed is tried again with the same events.
///
/// # Errors
/// When the database fails.
pub(super) async fn claim(
    database: &Database,
    name: &str,
    now_ms: i64,
) -> Result<Option<Batch>, sqlx::Error> {
    // Most looks find nothing, and need no turn to write.
    let any = "SELECT position FROM webhook_events WHERE webhook = $1 LIMIT 1";
    if sqlx::query(any).bind(name).fetch_optional(&database.pool).await?.is_none() {
        return Ok(None);
    }
    let mut write = database.write().await?;
    let claimed = sqlx::query(CLAIM)
        .bind(name)
        .bind(now_ms)
        .bind(now_ms.saturating_add(LEASE_MS))
        .fetch_optional(&mut *write.inner)
        .await?;
    write.commit().await?;
    let Some(claimed) = claimed else { return Ok(None) };
    let (attempts, upto): (i64, i64) = (claimed.try_get(0)?, claimed.try_get(1)?);
    let mut events = Vec::new();
    if upto > 0 {
        events = read(database, name, upto).await?;
    }
    if events.is_empty() {
        events = read(database, name, i64::MAX).await?;
    }
    Ok(Some(Batch { events, attempts }))
}

async fn read(database: &Database, name: &str, upto: i64) -> Result<Vec<Event>, sqlx::Error> {
    let rows = sqlx::query(EVENTS).bind(name).bind(upto).bind(MOST).fetch_all(&database.pool).await?;
    let event = |row: &sqlx::any::AnyRow| {
        Ok(Event {
            position: row.try_get(0)?,
            kind: row.try_get(1)?,
            message_id: row.try_get(2)?,
            device_id: row.try_get(3)?,
            user: row.try_get(4)?,
            push_type: row.try_get(5)?,
            code: row.try_get(6)?,
            happened_at: row.try_get(7)?,
        })
    };
    rows.iter().map(event).collect()
}

/// The server has the events: they are deleted.
///
/// # Errors
/// When the database fails; then they are sent again when the lease ends.
pub(super) async fn taken(database: &Database, name: &str, batch: &Batch) -> Result<(), sqlx::Error> {
    let mut write = database.write().await?;
    for piece in pieces(&batch.events) {
        let places = values(1, piece.len().saturating_add(1)).replacen("$1, ", "", 1);
        let sql = format!("DELETE FROM webhook_events WHERE webhook = $1 AND position IN {places}");
        let delete = sqlx::query(AssertSqlSafe(sql)).bind(name);
        let delete = piece.iter().fold(delete, |delete, event| delete.bind(event.position));
        delete.execute(&mut *write.inner).await?;
    }
    sqlx::query("UPDATE webhooks SET lease_until = 0, due_at = 0, attempts = 0, upto = 0 WHERE name = $1")
        .bind(name)
        .execute(&mut *write.inner)
        .await?;
    write.commit().await
}

/// The server did not take them: the same ones are sent again. Gives the milliseconds until then.
///
/// # Errors
/// When the database fails; then they are sent again when the lease ends.
pub(super) async fn refused(
    database: &Database,
    name: &str,
    batch: &Batch,
    now_ms: i64,
) -> Result<i64, sqlx::Error> {
    let doublings = u32::try_from(batch.attempts).unwrap_or(20).min(20);
    let wait_ms = FIRST_WAIT_MS.saturating_mul(1_i64 << doublings).min(LONGEST_WAIT_MS);
    let mut write = database.write().await?;
    sqlx::query("UPDATE webhooks SET lease_until = 0, due_at = $2, attempts = $3, upto = $4 WHERE name = $1")
        .bind(name)
        .bind(now_ms.saturating_add(wait_ms))
        .bind(batch.attempts.saturating_add(1))
        .bind(batch.events.last().map_or(0, |event| event.position))
        .execute(&mut *write.inner)
        .await?;
    write.commit().await?;
    Ok(wait_ms)
}
