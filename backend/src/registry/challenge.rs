//! Proof that messages to a token arrive at a device: a nonce, sealed for the device and sent to the token, comes back.
//!
//! Only who has the device's key *and* receives the token's messages can answer. What is stored is the nonce's hash.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::AnyConnection;

use super::error::RegistryError;
use super::lock::wait_for_token;
use super::ownership::Authority;
use super::remove::{MOVED, tell};
use crate::database::Database;

/// A challenge can be answered for this long: a phone that was switched off at the moment gets it later.
pub const CHALLENGE_MS: i64 = 86_400_000;
/// Each challenge is a push message to the token. So many go to one token in an hour, and so many for one user or device.
const WINDOW_MS: i64 = 3_600_000;
const MOST_FOR_TOKEN: i64 = 12;
const MOST_FOR_ASKER: i64 = 3;

const END_OTHERS: &str = "UPDATE devices SET token = '', token_fault = $5, updated_at = $4 \
     WHERE token = $1 AND token <> '' AND id <> $2 AND token_since <= $3 RETURNING id, user_id";

/// Notes a challenge to a device, as part of the transaction that sends it. False when there were enough of late.
///
/// # Errors
/// When the database fails.
pub(crate) async fn note_challenge(
    write: &mut AnyConnection,
    device_id: &str,
    nonce: &str,
    now_ms: i64,
) -> Result<bool, sqlx::Error> {
    let row: Option<(String, String)> =
        sqlx::query_as("SELECT user_id, token FROM devices WHERE id = $1 AND token <> ''")
            .bind(device_id)
            .fetch_optional(&mut *write)
            .await?;
    let Some((user, token)) = row else { return Ok(false) };
    let asker = if user.is_empty() { device_id } else { &user };
    let since = now_ms.saturating_sub(WINDOW_MS);
    let (for_token, for_asker): (i64, i64) = sqlx::query_as(
        "SELECT COUNT(*), COUNT(CASE WHEN asker = $2 THEN 1 END) FROM token_challenges WHERE token = $1 AND made_at > $3",
    )
    .bind(&token)
    .bind(asker)
    .bind(since)
    .fetch_one(&mut *write)
    .await?;
    if for_token >= MOST_FOR_TOKEN || for_asker >= MOST_FOR_ASKER {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO token_challenges (nonce_hash, device_id, asker, token, made_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(hash(nonce))
    .bind(device_id)
    .bind(asker)
    .bind(&token)
    .bind(now_ms)
    .execute(write)
    .await?;
    Ok(true)
}

/// Takes the answer to a challenge: the token is this device's, and every other device that had it when the challenge was
/// made loses it, of which the webhooks are told. Repeating it changes nothing.
///
/// # Errors
/// [`RegistryError::ProofRefused`] when the nonce is not of this device's challenge, or the device has another token by now.
pub async fn prove(
    database: &Database,
    authority: Authority<'_>,
    device_id: &str,
    nonce: &str,
    now_ms: i64,
) -> Result<(), RegistryError> {
    let mut write = database.write().await?;
    let device: Option<(String, String)> = sqlx::query_as("SELECT user_id, token FROM devices WHERE id = $1")
        .bind(device_id)
        .fetch_optional(&mut *write.inner)
        .await?;
    let (owner, token) = device.ok_or(RegistryError::ProofRefused)?;
    if token.is_empty() || authority.user().is_some_and(|user| user != owner) {
        return Err(RegistryError::ProofRefused);
    }
    wait_for_token(&mut write.inner, database.engine, &token).await?;
    let challenge: Option<(i64, i64)> = sqlx::query_as(
        "UPDATE token_challenges SET used = used + 1 WHERE nonce_hash = $1 AND device_id = $2 AND token = $3 AND made_at > $4 \
         RETURNING used, made_at",
    )
    .bind(hash(nonce))
    .bind(device_id)
    .bind(&token)
    .bind(now_ms.saturating_sub(CHALLENGE_MS))
    .fetch_optional(&mut *write.inner)
    .await?;
    let (used, made_at) = challenge.ok_or(RegistryError::ProofRefused)?;
    // An answer is good once: later the phone may be another user's.
    if used == 1 {
        let end = sqlx::query_as(END_OTHERS).bind(&token).bind(device_id).bind(made_at).bind(now_ms);
        let ended: Vec<(String, String)> = end.bind(MOVED).fetch_all(&mut *write.inner).await?;
        tell(&mut write.inner, &ended, MOVED).await?;
    }
    write.commit().await?;
    Ok(())
}

/// Forgets challenges that nobody can answer any more.
pub(super) async fn forget_challenges(database: &Database, now_ms: i64) -> Result<(), sqlx::Error> {
    let mut write = database.write().await?;
    sqlx::query("DELETE FROM token_challenges WHERE made_at <= $1")
        .bind(now_ms.saturating_sub(CHALLENGE_MS))
        .execute(&mut *write.inner)
        .await?;
    write.commit().await
}

/// Looked up by its hash, so that no comparison tells how much of a guess was right.
fn hash(nonce: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, nonce.as_bytes()))
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::*;

    #[tokio::test]
    async fn a_proofs_changes_are_found_by_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        let sql = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {END_OTHERS}"));
        let query = sqlx::query(sql).bind("t").bind("d").bind(1_i64).bind(1_i64).bind("f");
        let plan: String = query.fetch_one(&database.pool).await.unwrap().try_get(3).unwrap();
        assert!(plan.starts_with("SEARCH devices USING INDEX devices_by_token"), "{plan}");
    }
}
