//! Whether the database takes writes: a full disk, a read-only file or a standby answers every question and keeps nothing.

use super::Database;
use crate::random;

/// Longer than the room that is left in pages which are there already.
const FILLER: usize = 16 * 1024;
/// Of a process that died between the two statements.
const LEFT_OVER_MS: i64 = 3_600_000;

impl Database {
    /// Writes some kilobytes durably and deletes them.
    ///
    /// # Errors
    /// When the database does not take them.
    pub async fn probe(&self, now_ms: i64) -> Result<(), sqlx::Error> {
        let id = random::id().map_err(|error| sqlx::Error::Encode(error.into()))?;
        let mut write = self.write().await?;
        sqlx::query("INSERT INTO write_probes (id, made_at, filler) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(now_ms)
            .bind("x".repeat(FILLER))
            .execute(&mut *write.inner)
            .await?;
        write.commit().await?;
        let mut write = self.write().await?;
        sqlx::query("DELETE FROM write_probes WHERE id = $1 OR made_at < $2")
            .bind(&id)
            .bind(now_ms.saturating_sub(LEFT_OVER_MS))
            .execute(&mut *write.inner)
            .await?;
        write.commit().await
    }
}
