//! Forgetting: what nobody can ask for any more is deleted.

use crate::database::Database;
use crate::receipts::NONCE_KEPT_MS;

/// A message's states can be asked for this long after its end.
const KEPT_MS: i64 = 7 * 86_400_000;
/// So long after a message's end nobody claims its deliveries: their region is not in the configuration any more.
const ABANDONED_MS: i64 = 3_600_000;

/// Deletes expired attachments, nonces of receipts, and messages a week after their end with all that belongs to them.
pub(super) async fn purge(database: &Database, now_ms: i64) -> Result<(), sqlx::Error> {
    let mut write = database.write().await?;
    sqlx::query("DELETE FROM attachments WHERE expires_at <= $1")
        .bind(now_ms)
        .execute(&mut *write.inner)
        .await?;
    sqlx::query("DELETE FROM receipt_nonces WHERE seen_at <= $1")
        .bind(now_ms.saturating_sub(NONCE_KEPT_MS))
        .execute(&mut *write.inner)
        .await?;
    sqlx::query(
        "UPDATE deliveries SET state = 'expired', code = 'ttl_over', payload = '', updated_at = $2 \
         WHERE state = 'queued' AND due_at <= $1 \
         AND (SELECT m.expires_at FROM messages m WHERE m.id = message_id) <= $1",
    )
    .bind(now_ms.saturating_sub(ABANDONED_MS))
    .bind(now_ms)
    .execute(&mut *write.inner)
    .await?;
    // A delivery that is still queued gets its last state first; an attachment may outlive its message's ttl.
    sqlx::query(
        "DELETE FROM messages WHERE expires_at <= $1 \
         AND NOT EXISTS (SELECT 1 FROM deliveries y WHERE y.message_id = messages.id AND y.state = 'queued') \
         AND NOT EXISTS (SELECT 1 FROM attachments a WHERE a.message_id = messages.id)",
    )
    .bind(now_ms.saturating_sub(KEPT_MS))
    .execute(&mut *write.inner)
    .await?;
    write.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn left(database: &Database, table: &'static str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap()
    }

    async fn insert(database: &Database, sql: &'static str, id: &str, time: i64) {
        sqlx::query(sql).bind(id).bind(time).execute(&database.pool).await.unwrap();
    }

    #[tokio::test]
    async fn only_what_is_over_is_forgotten() {
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
                "INSERT INTO messages VALUES ($1, 's', NULL, 'h', '{}', '', 0, $2)",
                id,
                expires_at,
            )
            .await;
            sqlx::query(
                "INSERT INTO deliveries VALUES ($1, 'd', 6, 'cn', 'p', $2, '', 0, $3, 0, '', NULL, 0)",
            )
            .bind(id)
            .bind(state)
            .bind(due_at)
            .execute(&database.pool)
            .await
            .unwrap();
        }
        for (id, expires_at) in [("short", 1_500), ("long", i64::MAX)] {
            insert(&database, "INSERT INTO attachments VALUES ($1, 'new', '', $2)", id, expires_at).await;
        }
        for (nonce, seen_at) in [("past", 0), ("near", KEPT_MS)] {
            insert(&database, "INSERT INTO receipt_nonces VALUES ($1, $2)", nonce, seen_at).await;
        }
        purge(&database, now_ms).await.unwrap();
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
