//! Removing devices, with their keys.

use sqlx::{AnyConnection, AssertSqlSafe};

use super::device::{Aaid, DeviceKey};
use super::error::RegistryError;
use super::keys;
use super::ownership::{self, Authority};
use super::vault::MasterKeys;
use crate::clock;
use crate::database::{Database, pieces, values};
use crate::webhook::device_ended;

/// The reasons that a webhook is told.
pub(super) const REMOVED: &str = "removed";
pub(super) const REPLACED: &str = "replaced";
/// Another device has the token now.
pub(super) const MOVED: &str = "moved";
const UNSEEN_DEVICE: &str = "unseen";
/// Devices that one transaction removes: others write in between.
const BATCH: i64 = 500;
const UNSEEN: &str = "SELECT id FROM devices WHERE seen_at < $1 AND updated_at < $1 LIMIT $2";

/// Removes the device with this AAID: a signed-in user's own, or where nobody signs in the one whose current key this is.
/// It is no error when there is none.
///
/// # Errors
/// [`RegistryError::NotProven`] when nobody signs in, there is a device with this AAID, and this is not its key.
pub async fn remove(
    database: &Database,
    vault: &MasterKeys,
    authority: Authority<'_>,
    aaid: &Aaid,
    key: Option<DeviceKey>,
) -> Result<(), RegistryError> {
    let keys: Vec<DeviceKey> = key.into_iter().collect();
    let mut write = database.write().await?;
    let known = ownership::with_aaid(&mut write.inner, aaid, &keys, authority).await?;
    let may_go = known.iter().filter(|device| match authority {
        Authority::User(user) => device.user == user,
        Authority::DeviceKey => keys::include(&keys, vault, &device.id, &device.key),
    });
    let ids: Vec<String> = may_go.map(|device| device.id.clone()).collect();
    if authority == Authority::DeviceKey && ids.is_empty() {
        let there: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM devices WHERE aaid = $1")
            .bind(aaid.as_str())
            .fetch_one(&mut *write.inner)
            .await?;
        return if there == 0 { Ok(()) } else { Err(RegistryError::NotProven) };
    }
    remove_rows(&mut write.inner, &ids, REMOVED).await?;
    write.commit().await?;
    Ok(())
}

/// Removes the device with this id, whoever's it is: for the operator. Gives false when there is none.
///
/// # Errors
/// When the database fails.
pub async fn remove_by_id(database: &Database, id: &str) -> Result<bool, sqlx::Error> {
    let mut write = database.write().await?;
    let removed = remove_rows(&mut write.inner, &[id.to_owned()], REMOVED).await?;
    write.commit().await?;
    Ok(removed > 0)
}

/// Removes devices that were not seen since `before_ms`, in transactions of a few hundred. Gives how many there were.
///
/// # Errors
/// When the database fails; what was removed by then stays so.
pub(super) async fn remove_unseen(database: &Database, before_ms: i64) -> Result<u64, sqlx::Error> {
    let mut removed = 0_u64;
    loop {
        let mut write = database.write().await?;
        let ids: Vec<String> =
            sqlx::query_scalar(UNSEEN).bind(before_ms).bind(BATCH).fetch_all(&mut *write.inner).await?;
        for piece in pieces(&ids) {
            // One that was seen since it was read stays.
            let time = piece.len().saturating_add(1);
            let list = values(1, piece.len());
            let sql = format!(
                "DELETE FROM devices WHERE id IN {list} AND seen_at < ${time} AND updated_at < ${time} \
                 RETURNING id, user_id"
            );
            let delete = piece.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), |query, id| query.bind(id));
            let gone: Vec<(String, String)> = delete.bind(before_ms).fetch_all(&mut *write.inner).await?;
            removed = removed.saturating_add(tell(&mut write.inner, &gone, UNSEEN_DEVICE).await?);
        }
        write.commit().await?;
        if i64::try_from(ids.len()).unwrap_or(BATCH) < BATCH {
            return Ok(removed);
        }
    }
}

/// Removes rows as part of a transaction, and stores an event with the reason for each. Gives how many there were.
pub(super) async fn remove_rows(
    write: &mut AnyConnection,
    ids: &[String],
    reason: &str,
) -> Result<u64, sqlx::Error> {
    let mut removed = 0_u64;
    for piece in pieces(ids) {
        let list = values(1, piece.len());
        let sql = format!("DELETE FROM device_keys WHERE device_id IN {list}");
        let delete = piece.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
        delete.execute(&mut *write).await?;
        let sql = format!("DELETE FROM devices WHERE id IN {list} RETURNING id, user_id");
        let delete = piece.iter().fold(sqlx::query_as(AssertSqlSafe(sql)), |query, id| query.bind(id));
        let gone: Vec<(String, String)> = delete.fetch_all(&mut *write).await?;
        removed = removed.saturating_add(tell(write, &gone, reason).await?);
    }
    Ok(removed)
}

/// Stores an event for each device and its user. Gives how many there are.
pub(super) async fn tell(
    write: &mut AnyConnection,
    gone: &[(String, String)],
    reason: &str,
) -> Result<u64, sqlx::Error> {
    let now_ms = clock::now_ms();
    for (device, user) in gone {
        device_ended(write, device, user, reason, now_ms).await?;
    }
    Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    #[tokio::test]
    async fn devices_that_were_not_seen_are_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {UNSEEN}"));
        let plan = sqlx::query(sql).bind(1_i64).bind(1_i64).fetch_one(&database.pool).await.unwrap();
        let plan: String = plan.try_get(3).unwrap();
        assert_eq!(plan, "SEARCH devices USING INDEX devices_by_seen (seen_at<?)");
    }
}
