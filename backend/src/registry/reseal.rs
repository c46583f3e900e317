//! Rotation of the master key, and whether the database is under the ones that are there.

use sqlx::Row;

use super::store::{RegistryError, place};
use super::vault::MasterKeys;
use crate::database::Database;

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

/// Encrypts every stored key that is under an older master key anew. Gives how many there were.
///
/// # Errors
/// When the database fails or a key cannot be decrypted; then nothing has changed.
pub async fn reseal(database: &Database, vault: &MasterKeys) -> Result<u64, RegistryError> {
    let mut write = database.write().await?;
    let rows = sqlx::query("SELECT device_id, position, key_id, sealed_key FROM device_keys")
        .fetch_all(&mut *write.inner)
        .await?;
    let mut changed = 0;
    for row in rows {
        let device: String = row.try_get(0)?;
        let position: i64 = row.try_get(1)?;
        let key_id: String = row.try_get(2)?;
        let sealed: String = row.try_get(3)?;
        if vault.is_current(&sealed) {
            continue;
        }
        let place = place(&device, &key_id);
        let anew = vault.seal(&place, &vault.open(&place, &sealed)?)?;
        // The app may have registered a new key since the rows were read.
        changed += sqlx::query(
            "UPDATE device_keys SET sealed_key = $3 WHERE device_id = $1 AND position = $2 AND sealed_key = $4",
        )
        .bind(&device)
        .bind(position)
        .bind(anew)
        .bind(&sealed)
        .execute(&mut *write.inner)
        .await?
        .rows_affected();
    }
    write.commit().await?;
    Ok(changed)
}
