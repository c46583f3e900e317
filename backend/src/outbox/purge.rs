//! Deleting: rows that nobody can ask for any more, in small transactions, so that nobody waits for a large one.

use std::time::Instant;

use sqlx::{AssertSqlSafe, Row};

use crate::database::{Database, pieces, values};
use crate::receipts::NONCE_KEPT_MS;
use crate::webhook::{Ended, first_position, messages_ended};

/// A message's states can be asked for this long after its end.
const KEPT_MS: i64 = 7 * 86_400_000;
/// So long after a message's end nobody claims its deliveries: their region is not in the configuration any more.
const ABANDONED_MS: i64 = 3_600_000;
/// Rows that one transaction changes. It takes some milliseconds, and the next one waits as long.
const BATCH: i64 = 256;
/// A webhook that took no events for so long gets the newer ones alone.
const EVENTS_KEPT_MS: i64 = 3 * 86_400_000;
/// An attachment has up to 4 MiB.
const ATTACHMENTS: i64 = 4;

const OLD_ATTACHMENTS: &str = "DELETE FROM attachments WHERE id IN \
     (SELECT id FROM attachments WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
const OLD_NONCES: &str = "DELETE FROM receipt_nonces WHERE nonce IN \
     (SELECT nonce FROM receipt_nonces WHERE seen_at <= $1 ORDER BY seen_at LIMIT $2)";
const ABANDONED: &str = "UPDATE deliveries SET state = 'expired', code = 'ttl_over', payload = '', updated_at = $3 \
     WHERE (message_id, device_id, push_type) IN (\
        SELECT message_id, device_id, push_type FROM deliveries WHERE state = 'queued' AND due_at <= $1 \
        AND (SELECT m.expires_at FROM messages m WHERE m.id = message_id) <= $1 LIMIT $2) \
     RETURNING message_id, device_id, push_type";
const OLD_EVENTS: &str = "DELETE FROM webhook_events WHERE (webhook, position) IN \
     (SELECT webhook, position FROM webhook_events WHERE position <= $1 ORDER BY position LIMIT $2)";
/// A delivery that is still queued gets its last state first; an attachment may outlive its message's ttl.
const OLD_MESSAGES: &str = "SELECT id, expires_at FROM messages WHERE expires_at <= $1 \
     AND (expires_at > $2 OR (expires_at = $2 AND id > $3)) \
     AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.message_id = messages.id AND y.state = 'queued') \
     AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = messages.id) \
     ORDER BY expires_at, id LIMIT $4";
const DELIVERIES_OF: &str = "DELETE FROM deliveries WHERE (message_id, device_id, push_type) IN (\
     SELECT message_id, device_id, push_type FROM deliveries WHERE message_id IN ";

/// How much was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Rows that were deleted or became final.
    pub rows: u64,
    /// Transactions that it took.
    pub batches: u64,
    /// Rows of the largest transaction.
    pub largest: u64,
}

impl Purged {
    fn add(&mut self, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
        self.batches = self.batches.saturating_add(1);
        self.largest = self.largest.max(rows);
    }
}

/// Deletes expired attachments, nonces of receipts, and messages a week after their end with all that belongs to them.
///
/// # Errors
/// When the database fails; then the rest is left for the next time.
pub async fn purge(database: &Database, now_ms: i64) -> Result<Purged, sqlx::Error> {
    let mut purged = Purged::default();
    delete_old(database, OLD_ATTACHMENTS, now_ms, ATTACHMENTS, &mut purged).await?;
    delete_old(database, OLD_NONCES, now_ms.saturating_sub(NONCE_KEPT_MS), BATCH, &mut purged).await?;
    let before = first_position(now_ms.saturating_sub(EVENTS_KEPT_MS));
    let lost = delete_old(database, OLD_EVENTS, before, BATCH, &mut purged).await?;
    if lost > 0 {
        tracing::error!(events = lost, "a webhook took no events for three days: the oldest are deleted");
    }
    expire_abandoned(database, now_ms, &mut purged).await?;
    messages(database, now_ms.saturating_sub(KEPT_MS), &mut purged).await?;
    Ok(purged)
}

/// Deletes until there is no older row. Gives how many there were.
async fn delete_old(
    database: &Database,
    statement: &'static str,
    before: i64,
    limit: i64,
    purged: &mut Purged,
) -> Result<u64, sqlx::Error> {
    let mut deleted = 0_u64;
    loop {
        let begin = Instant::now();
        let mut write = database.write().await?;
        let query = sqlx::query(statement).bind(before).bind(limit);
        let rows = query.execute(&mut *write.inner).await?.rows_affected();
        write.commit().await?;
        purged.add(rows);
        deleted = deleted.saturating_add(rows);
        if rows < limit.unsigned_abs() {
            return Ok(deleted);
        }
        tokio::time::sleep(begin.elapsed()).await;
    }
}

async fn expire_abandoned(database: &Database, now_ms: i64, purged: &mut Purged) -> Result<(), sqlx::Error> {
    loop {
        let begin = Instant::now();
        let mut write = database.write().await?;
        let rows: Vec<(String, String, i64)> = sqlx::query_as(ABANDONED)
            .bind(now_ms.saturating_sub(ABANDONED_MS))
            .bind(BATCH)
            .bind(now_ms)
            .fetch_all(&mut *write.inner)
            .await?;
        let ended: Vec<Ended<'_>> = rows
            .iter()
            .map(|(message_id, device_id, push_type)| Ended {
                message_id,
                device_id,
                push_type: *push_type,
                state: "expired",
                code: "ttl_over",
            })
            .collect();
        messages_ended(database, &mut write.inner, &ended, now_ms).await?;
        write.commit().await?;
        let expired = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        purged.add(expired);
        if expired < BATCH.unsigned_abs() {
            return Ok(());
        }
        tokio::time::sleep(begin.elapsed()).await;
    }
}

/// They are looked for beside the writers, each once.
async fn messages(database: &Database, before: i64, purged: &mut Purged) -> Result<(), sqlx::Error> {
    let mut after = (i64::MIN, String::new());
    loop {
        let rows = sqlx::query(OLD_MESSAGES)
            .bind(before)
            .bind(after.0)
            .bind(&after.1)
            .bind(BATCH)
            .fetch_all(&database.pool)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.try_get(1)?, last.try_get(0)?);
        let ids: Vec<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        for ids in pieces(&ids) {
            deliveries(database, ids, purged).await?;
            let begin = Instant::now();
            purged.add(delete(database, "DELETE FROM messages WHERE id IN ", ids, "").await?);
            tokio::time::sleep(begin.elapsed()).await;
        }
    }
}

/// A message may have a thousand, and with the message they would go at once.
async fn deliveries(database: &Database, ids: &[String], purged: &mut Purged) -> Result<(), sqlx::Error> {
    let limit = format!(" LIMIT {BATCH})");
    loop {
        let begin = Instant::now();
        let rows = delete(database, DELIVERIES_OF, ids, &limit).await?;
        purged.add(rows);
        if rows < BATCH.unsigned_abs() {
            return Ok(());
        }
        tokio::time::sleep(begin.elapsed()).await;
    }
}

async fn delete(database: &Database, sql: &str, ids: &[String], end: &str) -> Result<u64, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{sql}{}{end}", values(1, ids.len())));
    let mut write = database.write().await?;
    let query = ids.iter().fold(sqlx::query(sql), |query, id| query.bind(id));
    let rows = query.execute(&mut *write.inner).await?.rows_affected();
    write.commit().await?;
    Ok(rows)
}
#[cfg(test)]
mod tests {
    use super::*;

    async fn left(database: &Database, table: &'static str) -> i64 {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap()
    }

    async fn insert(database: &Database, sql: &'static str, id: &str, time: i64) {
        sqlx::query(sql).bind(id).bind(time).execute(&database.pool).await.unwrap();
    }

    #[tokio::test]
    async fn only_expired_rows_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        let now_ms = KEPT_MS + 2_000;
        for (id, state, expires_at, due_at) in [
            ("old", "sent", 1_000, 0),
            ("under-way", "queued", 1_000, now_ms - 1_000),
            ("abandoned", "queued", 1_000, 0),
            ("given-up", "queued", now_ms - ABANDONED_MS, now_ms - ABANDONED_MS),
            ("new", "sent", KEPT_MS, 0),
        ] {
            insert(
                &database,
                "INSERT INTO messages \
                     (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
                     VALUES ($1, 's', NULL, 'h', '{}', '', 0, $2)",
                id,
                expires_at,
            )
            .await;
            sqlx::query(
                "INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, \
                     due_at, updated_at, request_id, receipt_result, receipt_at) VALUES ($1, 'd', 6, 'cn', 'p', $2, '', 0, $3, 0, '', NULL, 0)",
            )
            .bind(id)
            .bind(state)
            .bind(due_at)
            .execute(&database.pool)
            .await
            .unwrap();
        }
        for (id, expires_at) in [("short", 1_500), ("long", i64::MAX)] {
            insert(&database, "INSERT INTO attachments VALUES ($1, 'new', '', $2, 0)", id, expires_at).await;
        }
        for (nonce, seen_at) in [("past", 0), ("near", KEPT_MS)] {
            insert(&database, "INSERT INTO receipt_nonces VALUES ($1, $2)", nonce, seen_at).await;
        }
        let purged = purge(&database, now_ms).await.unwrap();
        assert_eq!((purged.rows, purged.largest), (8, 2), "{purged:?}");
        assert_eq!(left(&database, "messages").await, 3);
        let states = "SELECT message_id, state, payload FROM deliveries ORDER BY message_id";
        let states: Vec<(String, String, String)> =
            sqlx::query_as(states).fetch_all(&database.pool).await.unwrap();
        let row =
            |id: &str, state: &str, payload: &str| (id.to_owned(), state.to_owned(), payload.to_owned());
        let expected =
            [row("given-up", "expired", ""), row("new", "sent", "p"), row("under-way", "queued", "p")];
        assert_eq!(states, expected);
        assert_eq!(left(&database, "attachments").await, 1);
        assert_eq!(left(&database, "receipt_nonces").await, 1);
    }
}
