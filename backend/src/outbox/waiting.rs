//! How much waits, for those who watch.

use sqlx::Row;

use crate::database::Database;

/// The queue at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Deliveries without a final state.
    pub deliveries: i64,
    /// Seconds since the oldest message among them was taken.
    pub oldest_s: i64,
    /// Seconds since the longest overdue of them was due: above a few, the workers do not keep up.
    pub overdue_s: i64,
}

/// Looks at the queue. It reads every row that waits.
///
/// # Errors
/// When the database fails.
pub async fn waiting(database: &Database, now_ms: i64) -> Result<Waiting, sqlx::Error> {
    let row = sqlx::query(
        "SELECT COUNT(*), MIN(m.created_at), MIN(y.due_at) FROM deliveries y JOIN messages m ON m.id = y.message_id \
         WHERE y.state = 'queued'",
    )
    .fetch_one(&database.pool)
    .await?;
    let since = |at: Option<i64>| at.map_or(0, |at| now_ms.saturating_sub(at).max(0).div_euclid(1000));
    Ok(Waiting {
        deliveries: row.try_get(0)?,
        oldest_s: since(row.try_get(1)?),
        overdue_s: since(row.try_get(2)?),
    })
}
