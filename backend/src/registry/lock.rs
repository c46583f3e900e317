//! Writers of one device or token go one after the other.

use aws_lc_rs::digest::{SHA256, digest};
use sqlx::AnyConnection;

use super::device::Registration;
use crate::database::Engine;

/// Registrations with the same AAID or token go one after the other. On SQLite every writer does.
pub(super) async fn wait_for_registration(
    write: &mut AnyConnection,
    engine: Engine,
    registration: &Registration,
) -> Result<(), sqlx::Error> {
    if engine == Engine::Sqlite {
        return Ok(());
    }
    let mut locks = [lock_of("aaid", registration.aaid.as_str()), lock_of("token", &registration.token)];
    // In one order for everybody, or two could wait for each other.
    locks.sort_unstable();
    for lock in locks {
        lock_until_commit(write, lock).await?;
    }
    Ok(())
}

/// Waits until no other registration has this token under way. On SQLite every writer does.
pub(super) async fn wait_for_token(
    write: &mut AnyConnection,
    engine: Engine,
    token: &str,
) -> Result<(), sqlx::Error> {
    if engine == Engine::Sqlite { Ok(()) } else { lock_until_commit(write, lock_of("token", token)).await }
}

fn lock_of(kind: &str, name: &str) -> i64 {
    let hash = digest(&SHA256, format!("pushseal {kind} {name}").as_bytes());
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(hash.as_ref()).for_each(|(byte, of_hash)| *byte = *of_hash);
    i64::from_le_bytes(bytes)
}

async fn lock_until_commit(write: &mut AnyConnection, lock: i64) -> Result<(), sqlx::Error> {
    // Its answer is of a type that the driver for both databases does not know.
    let sql = "SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)";
    sqlx::query(sql).bind(lock).execute(write).await?;
    Ok(())
}
