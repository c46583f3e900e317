//! Reading the registry.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::device::{Device, DeviceKey};
use super::store::{RegistryError, place};
use super::vault::{MasterKeys, VaultError};
use crate::database::{Database, pieces, values};

/// A device and its current key. The key is looked up device by device: joined, PostgreSQL without statistics, as it is in a new
/// database, reads all devices for each key.
const DEVICE: &str = "SELECT d.id, d.bundle, d.region, LENGTH(d.token), \
     (SELECT k.key_id FROM device_keys k WHERE k.device_id = d.id AND k.position = 0), \
     (SELECT k.sealed_key FROM device_keys k WHERE k.device_id = d.id AND k.position = 0) FROM devices d";

/// The devices with these ids, as far as they are registered.
///
/// # Errors
/// When the database fails or a device's key cannot be decrypted.
pub async fn by_ids(
    database: &Database,
    vault: &MasterKeys,
    ids: &[String],
) -> Result<Vec<Device>, RegistryError> {
    let mut devices = Vec::with_capacity(ids.len());
    for piece in pieces(ids) {
        let sql = format!("{DEVICE} WHERE d.id IN {}", values(1, piece.len()));
        let query = piece.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(id));
        for row in query.fetch_all(&database.pool).await? {
            devices.push(device(vault, &row)?);
        }
    }
    Ok(devices)
}

/// All devices of a user.
///
/// # Errors
/// When the database fails or a device's key cannot be decrypted.
pub async fn by_user(
    database: &Database,
    vault: &MasterKeys,
    user: &str,
) -> Result<Vec<Device>, RegistryError> {
    let sql = format!("{DEVICE} WHERE d.user_id = $1 AND d.user_id <> '' ORDER BY d.id");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(user).fetch_all(&database.pool).await?;
    rows.iter().map(|row| device(vault, row)).collect()
}

fn device(vault: &MasterKeys, row: &AnyRow) -> Result<Device, RegistryError> {
    let id: String = row.try_get(0)?;
    let key_id: String = row.try_get(4)?;
    let sealed: String = row.try_get(5)?;
    let bytes = vault.open(&place(&id, &key_id), &sealed)?;
    let key = DeviceKey::new(&key_id, bytes).map_err(|_| VaultError::Damaged)?;
    Ok(Device {
        bundle: row.try_get(1)?,
        region: row.try_get(2)?,
        has_token: row.try_get::<i64, _>(3)? > 0,
        id,
        key,
    })
}

/// What can be told of a device without its secrets.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Its AAID.
    pub device_id: String,
    /// Whose it is, '' for nobody's.
    pub user: String,
    /// The app's bundle name.
    pub bundle: String,
    /// Where its data is processed.
    pub region: String,
    /// Whether messages can be sent to it.
    pub has_token: bool,
    /// Why its token died, '' while it lives.
    pub token_fault: String,
    /// First registration, milliseconds since 1970.
    pub registered_at: i64,
    /// Last change, milliseconds since 1970.
    pub updated_at: i64,
}

const STANDING: &str =
    "SELECT id, user_id, bundle, region, LENGTH(token), token_fault, registered_at, updated_at FROM devices";

/// One device's standing.
///
/// # Errors
/// When the database fails.
pub async fn standing(database: &Database, id: &str) -> Result<Option<Standing>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{STANDING} WHERE id = $1"));
    let row = sqlx::query(sql).bind(id).fetch_optional(&database.pool).await?;
    row.as_ref().map(to_standing).transpose()
}

/// The standing of the `limit` devices whose ids follow `after`, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(database: &Database, after: &str, limit: i64) -> Result<Vec<Standing>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{STANDING} WHERE id > $1 ORDER BY id LIMIT $2"));
    let rows = sqlx::query(sql).bind(after).bind(limit).fetch_all(&database.pool).await?;
    rows.iter().map(to_standing).collect()
}

fn to_standing(row: &AnyRow) -> Result<Standing, sqlx::Error> {
    Ok(Standing {
        device_id: row.try_get(0)?,
        user: row.try_get(1)?,
        bundle: row.try_get(2)?,
        region: row.try_get(3)?,
        has_token: row.try_get::<i64, _>(4)? > 0,
        token_fault: row.try_get(5)?,
        registered_at: row.try_get(6)?,
        updated_at: row.try_get(7)?,
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
        for (of, index) in [
            ("d.id IN ($1, $2)", "sqlite_autoindex_devices_1 (id=?)"),
            ("d.user_id = $1 AND d.user_id <> '' AND $2 = ''", "devices_by_user (user_id=?)"),
        ] {
            let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {DEVICE} WHERE {of}"));
            let rows = sqlx::query(sql).bind("a").bind("").fetch_all(&database.pool).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get(3).unwrap()).collect();
            assert!(plan.iter().all(|step| !step.starts_with("SCAN ")), "{plan:?}");
            let keys = "sqlite_autoindex_device_keys_1 (device_id=? AND position=?)";
            for (table, index) in [("d", index), ("k", keys)] {
                let step = format!("SEARCH {table} USING INDEX {index}");
                assert!(plan.contains(&step), "{step}: {plan:?}");
            }
        }
    }
}
