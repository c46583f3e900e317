//! Filling the registry: most devices by one statement, those that get messages through the interface.

use anyhow::{Context, Result};
use pushseal_backend::database::Database;
use pushseal_backend::registry::MasterKeys;
use serde_json::json;

use crate::keys::{BUNDLE, DEVICE_KEY_ID, MASTER_KEY, base64url, device_key};
use crate::load::Load;

/// An odd number: multiplying by it spreads ids over 32 bits, no two alike, as AAIDs are spread.
const SPREAD: u64 = 2_654_435_761;

/// Adds devices that get no messages; their stored keys are of the right length and open for nobody.
pub async fn fill(database: &str, devices: u32) -> Result<()> {
    let database = Database::open(database).await?;
    // The program starts only on keys that are under its own master key.
    let master = MasterKeys::parse(&base64url(&MASTER_KEY))?;
    let id = format!("'d-' || ((i * {SPREAD}) % 4294967296)");
    let numbers = "WITH RECURSIVE n(i) AS (SELECT $1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)";
    let statements = [
        format!(
            "INSERT INTO devices (id, aaid, user_id, bundle, region, token, token_fault, registered_at, updated_at, seen_at) \
             {numbers} SELECT {id}, {id}, {id}, '{BUNDLE}', 'cn', {id} || '{}', '', 0, 0, {} FROM n ORDER BY 1",
            "t".repeat(100),
            pushseal_backend::clock::now_ms()
        ),
        format!(
            "INSERT INTO device_keys (device_id, position, key_id, sealed_key) \
             {numbers} SELECT {id}, 0, '{DEVICE_KEY_ID}', '{}' FROM n ORDER BY 1",
            format_args!("{}.{}", master.current_id(), "A".repeat(80))
        ),
    ];
    let mut write = database.write().await?;
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(1_i64)
            .bind(i64::from(devices))
            .execute(&mut *write.inner)
            .await
            .context("the registry cannot be filled")?;
    }
    write.commit().await?;
    if database.engine == pushseal_backend::database::Engine::Postgres {
        // As autovacuum does soon after so many rows.
        sqlx::query("ANALYZE").execute(&database.pool).await?;
    }
    database.pool.close().await;
    Ok(())
}

/// The AAID of the device with this number, spread among the others.
fn aaid(number: u32) -> String {
    format!("d-{}", u64::from(number).wrapping_mul(SPREAD) % 4_294_967_296)
}

/// The push token of the device with this number.
pub fn token(number: u32) -> String {
    format!("token-{number}-{}", "t".repeat(96))
}

/// Registers devices as their apps do.
pub async fn register(load: &Load, numbers: std::ops::Range<u32>, region: &'static str) -> Result<()> {
    load.each(numbers.collect(), move |load, number| async move {
        let key = base64url(&device_key(number));
        let body = json!({
            "token": token(number), "region": region, "bundle": BUNDLE,
            "keys": [{"keyId": DEVICE_KEY_ID, "key": key}],
        });
        let request = load.http.put(format!("{}/v1/devices/{}", load.url, aaid(number)));
        let answer = request.body(body.to_string()).send().await?;
        anyhow::ensure!(answer.status() == 201, "registration was answered {}", answer.status());
        let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
        let id = answer.get("deviceId").and_then(serde_json::Value::as_str).context("an id")?;
        load.is_registered(number, id);
        Ok(())
    })
    .await?;
    Ok(())
}
