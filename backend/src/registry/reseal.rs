//! Rotation of the master key.

use sqlx::Row;

use super::store::{RegistryError, place};
use super::vault::MasterKeys;
use crate::database::Database;

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
