//! Registering a device: one transaction.

use sqlx::AnyConnection;

use super::device::Registration;
use super::error::RegistryError;
use super::keys;
use super::lock;
use super::ownership::{self, Authority, Plan};
use super::remove::{MOVED, REPLACED, remove_rows, tell};
use super::vault::{MasterKeys, VaultError};
use crate::database::Database;
use crate::random;
use crate::region::Regions;

/// A user's devices. One more ends the one that was not seen for the longest time.
pub const MAX_DEVICES_OF_USER: i64 = 32;
/// Registrations of one device at the same time wait for each other; a deadlock with another writer is tried again.
const ATTEMPTS: u32 = 3;

// `token <> ''` is the condition of the index: without it SQLite reads every device.
const END_TOKEN: &str = "UPDATE devices SET token = '', token_fault = $4, updated_at = $3 \
     WHERE token = $1 AND token <> '' AND id = $2 RETURNING id, user_id";
const END_OWN_TOKENS: &str = "UPDATE devices SET token = '', token_fault = $5, updated_at = $4 \
     WHERE token = $1 AND token <> '' AND id <> $2 AND user_id = $3 RETURNING id, user_id";
const IS_SHARED: &str = "SELECT COUNT(*) FROM devices WHERE token = $1 AND token <> '' AND id <> $2";
const FOLLOW: &str =
    "UPDATE deliveries SET region = $2 WHERE region = $3 AND state = 'queued' AND device_id = $1";

/// A device that was registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// The backend's id for it: messages are addressed to this.
    pub device_id: String,
    /// False when it was known.
    pub is_new: bool,
    /// Another device has the same token, and nothing proves yet that it is here.
    pub shares_token: bool,
}

/// Registers a device, or replaces what is known of it, in one step. What belongs to others stays as it is, unless the
/// request has the current key of their device.
///
/// # Errors
/// [`RegistryError::Conflict`] when other requests for the same device or token are in the way again and again.
pub async fn register(
    database: &Database,
    vault: &MasterKeys,
    regions: &Regions,
    authority: Authority<'_>,
    registration: &Registration,
    now_ms: i64,
) -> Result<Registered, RegistryError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match register_once(database, vault, regions, authority, registration, now_ms).await {
            Err(RegistryError::Conflict) if attempt < ATTEMPTS => {}
            ended => return ended,
        }
    }
}

async fn register_once(
    database: &Database,
    vault: &MasterKeys,
    regions: &Regions,
    authority: Authority<'_>,
    registration: &Registration,
    now_ms: i64,
) -> Result<Registered, RegistryError> {
    let mut write = database.write().await?;
    let user = registration.user.as_deref().unwrap_or("");
    lock::wait_for_registration(&mut write.inner, database.engine, registration).await?;
    let known =
        ownership::with_aaid(&mut write.inner, &registration.aaid, &registration.keys, authority).await?;
    let Plan { update, remove } = ownership::plan(known, authority, user, |device| {
        keys::include(&registration.keys, vault, &device.id, &device.key)
    });
    remove_rows(&mut write.inner, &remove, REPLACED).await?;
    let device_id = match &update {
        Some(device) => {
            update_row(&mut write.inner, &device.id, registration, now_ms).await?;
            follow_region(&mut write.inner, regions, &device.id, &device.region, registration).await?;
            device.id.clone()
        }
        None => {
            make_room(&mut write.inner, authority).await?;
            insert_row(&mut write.inner, registration, now_ms).await?
        }
    };
    keys::store(&mut write.inner, vault, &device_id, &registration.keys).await?;
    let shares_token =
        end_token_elsewhere(&mut write.inner, vault, authority, registration, &device_id, now_ms).await?;
    write.commit().await?;
    Ok(Registered { device_id, is_new: update.is_none(), shares_token })
}

async fn insert_row(
    write: &mut AnyConnection,
    registration: &Registration,
    now_ms: i64,
) -> Result<String, RegistryError> {
    let id = random::id().map_err(|_| VaultError::Failed)?;
    sqlx::query(
        "INSERT INTO devices (id, aaid, user_id, bundle, region, token, token_fault, token_since, registered_at, updated_at, seen_at) \
         VALUES ($1, $2, $3, $4, $5, $6, '', $7, $7, $7, $7)",
    )
    .bind(&id)
    .bind(registration.aaid.as_str())
    .bind(registration.user.as_deref().unwrap_or(""))
    .bind(&registration.bundle)
    .bind(&registration.region)
    .bind(registration.token.as_str())
    .bind(now_ms)
    .execute(write)
    .await?;
    Ok(id)
}

async fn update_row(
    write: &mut AnyConnection,
    id: &str,
    registration: &Registration,
    now_ms: i64,
) -> Result<(), RegistryError> {
    let updated = sqlx::query(
        "UPDATE devices SET aaid = $2, user_id = $3, bundle = $4, region = $5, token = $6, token_fault = '', \
         token_since = CASE WHEN token = $6 THEN token_since ELSE $7 END, updated_at = $7, seen_at = $7 WHERE id = $1",
    )
    .bind(id)
    .bind(registration.aaid.as_str())
    .bind(registration.user.as_deref().unwrap_or(""))
    .bind(&registration.bundle)
    .bind(&registration.region)
    .bind(registration.token.as_str())
    .bind(now_ms)
    .execute(write)
    .await?;
    // Deleted since it was read: it is a new one then.
    if updated.rows_affected() == 0 { Err(RegistryError::Conflict) } else { Ok(()) }
}

/// A user with too many devices loses the one that was not seen for the longest time. Where nobody signs in a name is
/// no proof, so that it ends nothing.
async fn make_room(write: &mut AnyConnection, authority: Authority<'_>) -> Result<(), sqlx::Error> {
    let Some(user) = authority.user() else { return Ok(()) };
    let of_user = "SELECT COUNT(*) FROM devices WHERE user_id = $1 AND user_id <> ''";
    let count: i64 = sqlx::query_scalar(of_user).bind(user).fetch_one(&mut *write).await?;
    let surplus = count.saturating_sub(MAX_DEVICES_OF_USER).saturating_add(1);
    if surplus <= 0 {
        return Ok(());
    }
    let sql = "SELECT id FROM devices WHERE user_id = $1 AND user_id <> '' ORDER BY seen_at, id LIMIT $2";
    let oldest: Vec<String> = sqlx::query_scalar(sql).bind(user).bind(surplus).fetch_all(&mut *write).await?;
    remove_rows(write, &oldest, REPLACED).await?;
    Ok(())
}

/// A token names one installation, so the user's other device that had it is the same one, after "clear app data"; and so
/// is a device whose key the request has. Any other keeps it until a proof comes. Gives whether there is one. The webhooks
/// are told of each device that lost the token.
async fn end_token_elsewhere(
    write: &mut AnyConnection,
    vault: &MasterKeys,
    authority: Authority<'_>,
    registration: &Registration,
    device_id: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let token = registration.token.as_str();
    let mut ended: Vec<(String, String)> = Vec::new();
    if let Some(user) = authority.user() {
        let end = sqlx::query_as(END_OWN_TOKENS).bind(token).bind(device_id).bind(user).bind(now_ms);
        ended.extend(end.bind(MOVED).fetch_all(&mut *write).await?);
    }
    for other in ownership::with_token(write, token, &registration.keys, device_id).await? {
        if keys::include(&registration.keys, vault, &other.id, &other.key) {
            let end = sqlx::query_as(END_TOKEN).bind(token).bind(&other.id).bind(now_ms).bind(MOVED);
            ended.extend(end.fetch_all(&mut *write).await?);
        }
    }
    tell(write, &ended, MOVED).await?;
    let others: i64 = sqlx::query_scalar(IS_SHARED).bind(token).bind(device_id).fetch_one(write).await?;
    Ok(others > 0)
}

/// Messages that wait go where the device's data is processed now. Those composed for another API stay behind; the
/// outbox ends them.
async fn follow_region(
    write: &mut AnyConnection,
    regions: &Regions,
    device_id: &str,
    before: &str,
    registration: &Registration,
) -> Result<(), sqlx::Error> {
    let api = |name: &str| regions.get(name).map(|region| region.api());
    let is_other_api = api(before).is_some_and(|api_before| api(&registration.region) != Some(api_before));
    if before == registration.region || is_other_api {
        return Ok(());
    }
    sqlx::query(FOLLOW).bind(device_id).bind(&registration.region).bind(before).execute(write).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    #[tokio::test]
    async fn a_registrations_changes_elsewhere_are_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        for (statement, parameters) in [(END_TOKEN, 4), (END_OWN_TOKENS, 5), (IS_SHARED, 2), (FOLLOW, 3)] {
            let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let query = (0..parameters).fold(sqlx::query(sql), |query, _| query.bind("a"));
            let plan: String = query.fetch_one(&database.pool).await.unwrap().try_get(3).unwrap();
            assert!(plan.starts_with("SEARCH "), "{statement}: {plan}");
        }
    }
}
