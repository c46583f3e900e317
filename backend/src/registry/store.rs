//! Changing the registry: each change is one transaction.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sqlx::{AnyConnection, Row};

use super::device::{DeviceId, Registration};
use super::vault::{MasterKeys, VaultError};
use crate::database::Database;
use crate::region::Regions;

// `token <> ''` is the condition of the index: without it SQLite reads every device.
const RELEASE: &str = "UPDATE devices SET token = '', token_fault = 'moved', updated_at = $3 \
     WHERE token = $1 AND token <> '' AND id <> $2";
const RETIRE: &str = "UPDATE devices SET token = '', token_fault = $2, updated_at = $3 \
     WHERE token = $1 AND token <> '' AND updated_at <= $4";
const FOLLOW: &str =
    "UPDATE deliveries SET region = $2 WHERE region = $3 AND state = 'queued' AND device_id = $1";

/// Why the registry refuses or fails.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The device belongs to someone else.
    #[error(
        "this device is registered for another user: delete it as that user, or register with the push token it has"
    )]
    AnotherUser,
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored key cannot be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Registers a device, or replaces what is known of it, in one step. Gives true when it was not known.
///
/// # Errors
/// [`RegistryError::AnotherUser`] when it has another user and another token.
pub async fn register(
    database: &Database,
    vault: &MasterKeys,
    regions: &Regions,
    registration: &Registration,
    now_ms: i64,
) -> Result<bool, RegistryError> {
    let mut write = database.write().await?;
    let before = claim_row(&mut write.inner, registration, now_ms).await?;
    release_token_elsewhere(&mut write.inner, registration, now_ms).await?;
    store_row(&mut write.inner, registration, now_ms).await?;
    store_keys(&mut write.inner, vault, registration).await?;
    if let Some(before) = &before {
        follow_region(&mut write.inner, regions, before, registration).await?;
    }
    write.commit().await?;
    Ok(before.is_none())
}

/// Makes the row if there is none, and checks whose it is if there is one. The row is locked from here on. Gives the
/// region that a known device had until now.
async fn claim_row(
    write: &mut AnyConnection,
    registration: &Registration,
    now_ms: i64,
) -> Result<Option<String>, RegistryError> {
    let inserted = sqlx::query(
        "INSERT INTO devices (id, user_id, bundle, region, token, token_fault, registered_at, updated_at) \
         VALUES ($1, $2, $3, $4, '', '', $5, $5) ON CONFLICT (id) DO NOTHING",
    )
    .bind(registration.device.as_str())
    .bind(registration.user.as_deref().unwrap_or(""))
    .bind(&registration.bundle)
    .bind(&registration.region)
    .bind(now_ms)
    .execute(&mut *write)
    .await?
    .rows_affected();
    if inserted > 0 {
        return Ok(None);
    }
    let row =
        sqlx::query("UPDATE devices SET updated_at = $2 WHERE id = $1 RETURNING user_id, token, region")
            .bind(registration.device.as_str())
            .bind(now_ms)
            .fetch_one(&mut *write)
            .await?;
    let owner: String = row.try_get(0)?;
    let token: String = row.try_get(1)?;
    // Who holds the push token holds the device: the next user on it may take it over.
    let same_device = verify_slices_are_equal(token.as_bytes(), registration.token.as_bytes()).is_ok();
    let same_user = owner.is_empty() || registration.user.as_deref() == Some(owner.as_str());
    if same_user || same_device { Ok(Some(row.try_get(2)?)) } else { Err(RegistryError::AnotherUser) }
}

/// A token names one installation. After "clear app data" the AAID is new and the token may be the old one.
async fn release_token_elsewhere(
    write: &mut AnyConnection,
    registration: &Registration,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(RELEASE)
        .bind(registration.token.as_str())
        .bind(registration.device.as_str())
        .bind(now_ms)
        .execute(&mut *write)
        .await?;
    Ok(())
}

async fn store_row(
    write: &mut AnyConnection,
    registration: &Registration,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE devices SET user_id = $2, bundle = $3, region = $4, token = $5, token_fault = '', updated_at = $6 \
         WHERE id = $1",
    )
    .bind(registration.device.as_str())
    .bind(registration.user.as_deref().unwrap_or(""))
    .bind(&registration.bundle)
    .bind(&registration.region)
    .bind(registration.token.as_str())
    .bind(now_ms)
    .execute(&mut *write)
    .await?;
    Ok(())
}

async fn store_keys(
    write: &mut AnyConnection,
    vault: &MasterKeys,
    registration: &Registration,
) -> Result<(), RegistryError> {
    sqlx::query("DELETE FROM device_keys WHERE device_id = $1")
        .bind(registration.device.as_str())
        .execute(&mut *write)
        .await?;
    for (position, key) in (0_i64..).zip(&registration.keys) {
        let sealed = vault.seal(&place(registration.device.as_str(), key.id.as_str()), &key.bytes)?;
        sqlx::query(
            "INSERT INTO device_keys (device_id, position, key_id, sealed_key) VALUES ($1, $2, $3, $4)",
        )
        .bind(registration.device.as_str())
        .bind(position)
        .bind(key.id.as_str())
        .bind(sealed)
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}

/// Messages that wait go where the device's data is processed now. Those composed for another API stay behind; the
/// outbox ends them.
async fn follow_region(
    write: &mut AnyConnection,
    regions: &Regions,
    before: &str,
    registration: &Registration,
) -> Result<(), sqlx::Error> {
    let api = |name: &str| regions.get(name).map(|region| region.api());
    let is_other_api = api(before).is_some_and(|api_before| api(&registration.region) != Some(api_before));
    if before == registration.region || is_other_api {
        return Ok(());
    }
    sqlx::query(FOLLOW)
        .bind(registration.device.as_str())
        .bind(&registration.region)
        .bind(before)
        .execute(&mut *write)
        .await?;
    Ok(())
}

/// Removes a device with its keys. It is no error when there is none. With a user, only that user's device.
///
/// # Errors
/// [`RegistryError::AnotherUser`] when it is someone else's.
pub async fn remove(database: &Database, device: &DeviceId, user: Option<&str>) -> Result<(), RegistryError> {
    let mut write = database.write().await?;
    let owner: Option<String> = sqlx::query_scalar("SELECT user_id FROM devices WHERE id = $1")
        .bind(device.as_str())
        .fetch_optional(&mut *write.inner)
        .await?;
    match (owner, user) {
        (None, _) => return Ok(()),
        (Some(owner), Some(user)) if owner != user => return Err(RegistryError::AnotherUser),
        _ => {}
    }
    for statement in ["DELETE FROM device_keys WHERE device_id = $1", "DELETE FROM devices WHERE id = $1"] {
        sqlx::query(statement).bind(device.as_str()).execute(&mut *write.inner).await?;
    }
    write.commit().await?;
    Ok(())
}

/// Takes a token out of use, unless the device has another one by now. Gives true when it was in use.
///
/// # Errors
/// When the database fails.
pub async fn retire_token(
    database: &Database,
    token: &str,
    fault: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let mut write = database.write().await?;
    let retired = retire_token_of(&mut write.inner, token, fault, i64::MAX, now_ms).await?;
    write.commit().await?;
    Ok(retired)
}

/// [`retire_token`] as a part of a transaction, and only if the device did not register after `known_at`.
pub(crate) async fn retire_token_of(
    write: &mut AnyConnection,
    token: &str,
    fault: &str,
    known_at: i64,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let updated =
        sqlx::query(RETIRE).bind(token).bind(fault).bind(now_ms).bind(known_at).execute(&mut *write).await?;
    Ok(updated.rows_affected() > 0)
}

/// Where a stored key belongs: the additional data of its encryption.
pub(super) fn place(device: &str, key_id: &str) -> String {
    format!("{device}/{key_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_registration_changes_elsewhere_is_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        for statement in [RELEASE, RETIRE, FOLLOW] {
            let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let query = sqlx::query(sql).bind("a").bind("b").bind("c");
            let query = if statement == RETIRE { query.bind(1_i64) } else { query };
            let plan = query.fetch_one(&database.pool).await.unwrap();
            let plan: String = plan.try_get(3).unwrap();
            assert!(plan.starts_with("SEARCH "), "{statement}: {plan}");
        }
    }
}
