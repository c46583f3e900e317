//! Removing devices that are not used any more, now and then.

use std::sync::Arc;
use std::time::Duration;

use super::challenge::forget_challenges;
use super::remove::remove_unseen;
use crate::clock;
use crate::database::Database;

const EVERY: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 86_400_000;

/// Cleans up now and every hour, until it is aborted.
pub async fn clean_up_hourly(database: Arc<Database>, unseen_days: u32) {
    loop {
        match clean_up(&database, unseen_days, clock::now_ms()).await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(removed, unseen_days, "devices that were not seen were removed"),
            Err(error) => {
                tracing::error!(%error, "devices that were not seen could not be removed; trying again")
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Removes devices that were not seen for so many days, none for 0, and challenges that expired. Gives how many devices
/// there were.
///
/// # Errors
/// When the database fails; what was removed by then stays so.
pub async fn clean_up(database: &Database, unseen_days: u32, now_ms: i64) -> Result<u64, sqlx::Error> {
    forget_challenges(database, now_ms).await?;
    if unseen_days == 0 {
        return Ok(0);
    }
    let before_ms = now_ms.saturating_sub(i64::from(unseen_days).saturating_mul(DAY_MS));
    remove_unseen(database, before_ms).await
}
