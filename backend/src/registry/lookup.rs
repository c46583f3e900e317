//! The devices that a message is for, with the keys to seal with.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::device::{Device, DeviceKey};
use super::error::RegistryError;
use super::keys::additional_data;
use super::vault::{MasterKeys, VaultError};
use crate::database::{Database, Engine};

/// A device and its current key. The key is looked up device by device: joined, PostgreSQL without statistics, as it is in a new
/// database, reads all devices for each key.
const DEVICE: &str = "SELECT d.id, d.bundle, d.region, LENGTH(d.token), \
     (SELECT k.key_id FROM device_keys k WHERE k.device_id = d.id AND k.position = 0), \
     (SELECT k.sealed_key FROM device_keys k WHERE k.device_id = d.id AND k.position = 0) FROM devices d";

/// The devices with these ids, as far as they are registered. One query, however many ids there are.
///
/// # Errors
/// [`RegistryError::TooManyDevices`] when there are more than `most`. Otherwise when the database fails or a device's key cannot be decrypted.
pub async fn by_ids(
    database: &Database,
    vault: &MasterKeys,
    ids: &[String],
    most: usize,
) -> Result<Vec<Device>, RegistryError> {
    devices(database, vault, "d.id", ids, most).await
}

/// All devices of these users. One query, however many users there are.
///
/// # Errors
/// [`RegistryError::TooManyDevices`] when there are more than `most`. Otherwise when the database fails or a device's key cannot be decrypted.
pub async fn by_users(
    database: &Database,
    vault: &MasterKeys,
    users: &[String],
    most: usize,
) -> Result<Vec<Device>, RegistryError> {
    // The second part is the condition of the index.
    devices(database, vault, "d.user_id <> '' AND d.user_id", users, most).await
}

async fn devices(
    database: &Database,
    vault: &MasterKeys,
    column: &str,
    names: &[String],
    most: usize,
) -> Result<Vec<Device>, RegistryError> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let sql = AssertSqlSafe(statement(database.engine, column));
    let names = serde_json::to_string(names).map_err(|error| sqlx::Error::Encode(error.into()))?;
    // One more than are taken tells that there are too many.
    let limit = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
    let rows = sqlx::query(sql).bind(names).bind(limit).fetch_all(&database.pool).await?;
    if rows.len() > most {
        return Err(RegistryError::TooManyDevices(most));
    }
    rows.iter().map(|row| device(vault, row)).collect()
}

/// The names are one parameter, as a JSON array: one statement that stays prepared serves any number of them.
fn statement(engine: Engine, column: &str) -> String {
    let names = match engine {
        Engine::Sqlite => "IN (SELECT value FROM json_each($1))",
        Engine::Postgres => {
            "= ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(CAST($1 AS TEXT) AS JSONB))))"
        }
    };
    format!("{DEVICE} WHERE {column} {names} LIMIT $2")
}

fn device(vault: &MasterKeys, row: &AnyRow) -> Result<Device, RegistryError> {
    let id: String = row.try_get(0)?;
    let key_id: String = row.try_get(4)?;
    let sealed: String = row.try_get(5)?;
    let bytes = vault.open(&additional_data(&id, &key_id), &sealed)?;
    let key = DeviceKey::new(&key_id, bytes).map_err(|_| VaultError::Damaged)?;
    Ok(Device {
        bundle: row.try_get(1)?,
        region: row.try_get(2)?,
        has_token: row.try_get::<i64, _>(3)? > 0,
        id,
        key,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn devices_and_their_keys_are_found_by_indexes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        for (column, index) in [
            ("d.id", "sqlite_autoindex_devices_1 (id=?)"),
            ("d.user_id <> '' AND d.user_id", "devices_by_user (user_id=?)"),
        ] {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement(Engine::Sqlite, column)));
            let rows = sqlx::query(sql).bind("[\"a\"]").bind(1_i64).fetch_all(&database.pool).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get(3).unwrap()).collect();
            // The names themselves are read one after the other.
            let of_tables = plan.iter().filter(|step| !step.contains("json_each"));
            assert!(of_tables.clone().all(|step| !step.starts_with("SCAN ")), "{plan:?}");
            let keys = "sqlite_autoindex_device_keys_1 (device_id=? AND position=?)";
            for (table, index) in [("d", index), ("k", keys)] {
                let step = format!("SEARCH {table} USING INDEX {index}");
                assert!(plan.contains(&step), "{step}: {plan:?}");
            }
        }
    }
}
