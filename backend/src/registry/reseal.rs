//! Rotation of the master key, and whether the database is under the ones that are there.

use std::time::Instant;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::RegistryError;
use super::keys::additional_data;
use super::vault::MasterKeys;
use crate::database::Database;

/// Keys that are read and changed at once: some milliseconds of writing, some hundred kilobytes.
const BATCH: i64 = 256;
const NEXT: &str = "SELECT device_id, position, key_id, sealed_key FROM device_keys \
     WHERE device_id > $1 OR (device_id = $1 AND position > $2) ORDER BY device_id, position LIMIT $3";
const UPDATE: &str =
    "UPDATE device_keys SET sealed_key = $3 WHERE device_id = $1 AND position = $2 AND sealed_key = $4";

/// How many stored keys there are, and how many of them no configured master key opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnderMasterKeys {
    /// All of them.
    pub all: i64,
    /// Those that are under another master key.
    pub unknown: i64,
}

/// Looks under which master keys the stored keys are. It reads each of them, but decrypts none.
///
/// # Errors
/// When the database fails.
pub async fn under_master_keys(
    database: &Database,
    vault: &MasterKeys,
) -> Result<UnderMasterKeys, sqlx::Error> {
    let sql = "SELECT SUBSTR(sealed_key, 1, 8) AS id, COUNT(*) FROM device_keys GROUP BY id";
    let groups: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(&database.pool).await?;
    let mut under = UnderMasterKeys::default();
    for (id, count) in groups {
        under.all = under.all.saturating_add(count);
        if !vault.knows(&id) {
            under.unknown = under.unknown.saturating_add(count);
        }
    }
    Ok(under)
}

/// Encrypts every stored key that is under an older master key anew, some hundred in a transaction. Gives how many there
/// were. What was done before an error stays; the next run goes on with the rest.
///
/// # Errors
/// When the database fails or a key cannot be decrypted.
pub async fn reseal(database: &Database, vault: &MasterKeys) -> Result<u64, RegistryError> {
    let mut changed = 0_u64;
    let mut after = (String::new(), -1_i64);
    loop {
        let rows =
            sqlx::query(NEXT).bind(&after.0).bind(after.1).bind(BATCH).fetch_all(&database.pool).await?;
        let Some(last) = rows.last() else { return Ok(changed) };
        after = (last.try_get(0)?, last.try_get(1)?);
        let begin = Instant::now();
        let of_batch = reseal_rows(database, vault, &rows).await?;
        changed = changed.saturating_add(of_batch);
        if of_batch > 0 {
            // Whoever registers meanwhile gets a turn.
            tokio::time::sleep(begin.elapsed()).await;
        }
    }
}

async fn reseal_rows(database: &Database, vault: &MasterKeys, rows: &[AnyRow]) -> Result<u64, RegistryError> {
    let mut anew = Vec::new();
    for row in rows {
        let device: String = row.try_get(0)?;
        let position: i64 = row.try_get(1)?;
        let key_id: String = row.try_get(2)?;
        let sealed: String = row.try_get(3)?;
        if !vault.is_current(&sealed) {
            let place = additional_data(&device, &key_id);
            anew.push((device, position, vault.seal(&place, &vault.open(&place, &sealed)?)?, sealed));
        }
    }
    if anew.is_empty() {
        return Ok(0);
    }
    let mut write = database.write().await?;
    let mut changed = 0_u64;
    for (device, position, new, old) in &anew {
        // The app may have registered a new key since the rows were read.
        let updated = sqlx::query(UPDATE)
            .bind(device)
            .bind(position)
            .bind(new)
            .bind(old)
            .execute(&mut *write.inner)
            .await?;
        changed = changed.saturating_add(updated.rows_affected());
    }
    write.commit().await?;
    Ok(changed)
}
