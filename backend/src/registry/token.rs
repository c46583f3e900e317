//! Push tokens that became invalid, and devices that were seen.

use sqlx::AnyConnection;

use crate::database::Database;
use crate::webhook::device_ended;

/// `seen_at` is exact to a day, so that a device costs one write a day at most.
const SEEN_EXACT_MS: i64 = 86_400_000;

// `token <> ''` is the condition of the index: without it SQLite reads every device.
const RETIRE: &str = "UPDATE devices SET token = '', token_fault = $2, updated_at = $3 \
     WHERE token = $1 AND token <> '' AND updated_at <= $4 AND region = $5 RETURNING id, user_id";
const SEEN: &str = "UPDATE devices SET seen_at = $2 WHERE token = $1 AND token <> '' AND seen_at < $3";

/// Takes a token that Push Kit calls invalid in `region` out of use there, unless the device has another one by now: other
/// regions have other projects, which the answer does not speak of. Gives true when it was in use.
///
/// # Errors
/// When the database fails.
pub async fn retire_token(
    database: &Database,
    region: &str,
    token: &str,
    fault: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let mut write = database.write().await?;
    let retired = retire_token_of(&mut write.inner, region, token, fault, i64::MAX, now_ms).await?;
    write.commit().await?;
    Ok(retired)
}

/// [`retire_token`] as a part of a transaction, and only if the device did not register after `known_at`.
pub(crate) async fn retire_token_of(
    write: &mut AnyConnection,
    region: &str,
    token: &str,
    fault: &str,
    known_at: i64,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let query = sqlx::query_as(RETIRE).bind(token).bind(fault).bind(now_ms).bind(known_at).bind(region);
    let retired: Vec<(String, String)> = query.fetch_all(&mut *write).await?;
    for (device, user) in &retired {
        device_ended(write, device, user, fault, now_ms).await?;
    }
    Ok(!retired.is_empty())
}

/// Notes that a push message reached the device with this token.
///
/// # Errors
/// When the database fails.
pub(crate) async fn seen(write: &mut AnyConnection, token: &str, now_ms: i64) -> Result<(), sqlx::Error> {
    let before = now_ms.saturating_sub(SEEN_EXACT_MS);
    sqlx::query(SEEN).bind(token).bind(now_ms).bind(before).execute(write).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row};

    use super::*;

    #[tokio::test]
    async fn devices_are_found_by_their_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        for (statement, parameters) in [(RETIRE, 5), (SEEN, 3)] {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let query = (0..parameters).fold(sqlx::query(sql), |query, _| query.bind("a"));
            let plan: String = query.fetch_one(&database.pool).await.unwrap().try_get(3).unwrap();
            assert!(plan.starts_with("SEARCH devices USING INDEX devices_by_token"), "{statement}: {plan}");
        }
    }
}
