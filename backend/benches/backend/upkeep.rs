//! Purging and resealing many rows on SQLite: how long a small write waits meanwhile, and how much memory it takes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pushseal_backend::database::Database;
use pushseal_backend::outbox::purge;
use pushseal_backend::region::Regions;
use pushseal_backend::registry::{Authority, MasterKeys, Registration, register, reseal};
use serde_json::json;
use sqlx::AssertSqlSafe;

use crate::keys::{MASTER_KEY, base64url};

/// Writes every so often, as devices register.
const PAUSE: Duration = Duration::from_millis(5);

/// Expires so many messages, and puts half as many keys under another master key.
pub async fn measure(rows: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("pushseal.db").display().to_string();
    let database = Arc::new(Database::open(&path).await?);
    let numbers =
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})");
    for insert in [
        "INSERT INTO messages (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
         SELECT 'm-' || i, 's', NULL, 'h', '{}', '', 0, i FROM n",
        "INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, \
         updated_at) SELECT 'm-' || i, 'd', 6, 'cn', '', 'sent', '', 1, 0, 0 FROM n",
    ] {
        sqlx::query(AssertSqlSafe(format!("{numbers} {insert}"))).execute(&database.pool).await?;
    }
    let now_ms = pushseal_backend::clock::now_ms();
    let shared = Arc::clone(&database);
    let work = tokio::spawn(async move { purge(&shared, now_ms).await });
    let (waits, took) = waits_beside(&database, &work).await?;
    let purged = work.await??;
    println!(
        "purge:  {} rows in {took:.1?}, {} at most in a transaction; {waits}",
        purged.rows, purged.largest
    );
    copies_of_a_key(&database, rows / 2).await?;
    let new = base64url(&[9; 32]);
    let both = Arc::new(MasterKeys::parse(&format!("{new}\n{}", base64url(&MASTER_KEY)))?);
    let before = peak_kilobytes()?;
    let shared = (Arc::clone(&database), Arc::clone(&both));
    let work = tokio::spawn(async move { reseal(&shared.0, &shared.1).await });
    let (waits, took) = waits_beside(&database, &work).await?;
    let changed = work.await?;
    let grown = peak_kilobytes()?.saturating_sub(before);
    println!("reseal: {changed:?} in {took:.1?}, {grown} kB more at the peak; {waits}");
    Ok(())
}

/// A device with so many keys: all are bound to its id and their key id, so that one that was sealed serves for all.
async fn copies_of_a_key(database: &Database, copies: u32) -> Result<()> {
    let old = MasterKeys::parse(&base64url(&MASTER_KEY))?;
    let key = json!({"keyId": "k1", "key": base64url(&[1; 32])});
    let body = json!({"token": "t", "region": "cn", "bundle": "com.example.app", "keys": [key]});
    let registration = Registration::parse("a-1", serde_json::from_value(body)?)?;
    register(database, &old, &Regions::new(), Authority::DeviceKey, &registration, 1).await?;
    let copy = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) \
         INSERT INTO device_keys (device_id, position, key_id, sealed_key) \
         SELECT device_id, position + i, key_id, sealed_key FROM device_keys, n WHERE position = 0"
    );
    sqlx::query(AssertSqlSafe(copy)).execute(&database.pool).await?;
    Ok(())
}

/// Waits of a small durable write until the work has ended.
async fn waits_beside<T>(
    database: &Database,
    work: &tokio::task::JoinHandle<T>,
) -> Result<(String, Duration)> {
    let begin = Instant::now();
    let mut waits = Vec::new();
    while !work.is_finished() {
        let asked = Instant::now();
        let mut write = database.write().await?;
        sqlx::query("INSERT INTO receipt_nonces VALUES ($1, $2)")
            .bind(format!("w-{}-{}", begin.elapsed().as_nanos(), waits.len()))
            .bind(i64::MAX)
            .execute(&mut *write.inner)
            .await?;
        write.commit().await?;
        waits.push(asked.elapsed());
        tokio::time::sleep(PAUSE).await;
    }
    waits.sort_unstable();
    let at = |percent: usize| {
        waits.get(waits.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
    };
    let text = format!(
        "{} writes waited {:.1?} (p50), {:.1?} (p99), {:.1?} (most)",
        waits.len(),
        at(50),
        at(99),
        at(100)
    );
    Ok((text, begin.elapsed()))
}

fn peak_kilobytes() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
