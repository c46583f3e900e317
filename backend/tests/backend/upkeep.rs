//! Purging and resealing many rows while devices register: each transaction is small, and nobody waits for all of them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pushseal_backend::database::Database;
use pushseal_backend::outbox::purge;
use pushseal_backend::registry::{MasterKeys, reseal, under_master_keys};

use crate::stage::{Stage, quiet};

const MESSAGES: i64 = 12_000;
const KEYS: usize = 4_000;
/// Rows that one transaction of the upkeep may change.
const BATCH: u64 = 256;

/// As many rows as `n` counts, on either engine.
async fn fill(database: &Database, rows: i64, insert: &str) {
    let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ";
    let sql = insert.replace("NUMBERS", &format!("{numbers}{rows})"));
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&database.pool).await.unwrap();
}

/// Registers devices, one after the other, until the work has ended. Gives the longest wait and how long the work took.
async fn longest_wait_beside<T>(stage: &Stage, work: impl Future<Output = T>) -> (T, Duration, Duration) {
    let begin = Instant::now();
    tokio::pin!(work);
    let mut longest = Duration::ZERO;
    let mut registered = 0;
    loop {
        let asked = Instant::now();
        let device = format!("new-{registered}");
        let register = stage.register(&device, &device, "cn");
        tokio::pin!(register);
        // Both go on side by side.
        let done = tokio::select! {
            done = &mut work => Some(done),
            _ = &mut register => None,
        };
        match done {
            None => longest = longest.max(asked.elapsed()),
            Some(done) => {
                register.await;
                assert!(registered > 3, "{registered} registrations beside the work");
                return (done, longest.max(asked.elapsed()), begin.elapsed());
            }
        }
        registered += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn purging_goes_in_small_transactions_and_a_registration_waits_for_one_of_them() {
    let stage = quiet().await;
    let database = &stage.backend.database;
    fill(
        database,
        MESSAGES,
        "NUMBERS INSERT INTO messages (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
         SELECT 'm-' || i, 's', NULL, 'h', '{}', '', 0, i FROM n",
    )
    .await;
    // One message to many devices too.
    for insert in [
        "NUMBERS INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, \
         updated_at) SELECT 'm-' || i, 'd', 6, 'cn', '', 'sent', '', 1, 0, 0 FROM n",
        "NUMBERS INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, \
         updated_at) SELECT 'm-7', 'd-' || i, 6, 'cn', '', 'sent', '', 1, 0, 0 FROM n",
        "NUMBERS INSERT INTO receipt_nonces SELECT 'n-' || i, i FROM n",
    ] {
        fill(database, MESSAGES, insert).await;
    }
    let now_ms = pushseal_backend::clock::now_ms();
    let work = Arc::clone(database);
    let work = tokio::spawn(async move { purge(&work, now_ms).await.unwrap() });
    let (purged, longest, took) = longest_wait_beside(&stage, work).await;
    let purged = purged.unwrap();
    assert_eq!(purged.rows, 4 * MESSAGES.unsigned_abs());
    assert!(purged.largest <= BATCH, "{purged:?}");
    assert!(longest < took / 4, "a registration waited {longest:?} of {took:?}");
    for table in ["messages", "deliveries", "receipt_nonces"] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let left: i64 = sqlx::query_scalar(sql).fetch_one(&database.pool).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }
    println!("report: {purged:?} in {took:?}; a registration waited {longest:?} at most");
}

#[tokio::test(flavor = "multi_thread")]
async fn resealing_goes_in_small_transactions_and_a_registration_waits_for_one_of_them() {
    let stage = quiet().await;
    let database = &stage.backend.database;
    // Of one device's key many are made: they are bound to its id and key id, which stay the same.
    stage.register("a-1", "token", "cn").await;
    let copies = "NUMBERS INSERT INTO device_keys (device_id, position, key_id, sealed_key) \
                  SELECT device_id, position + i, key_id, sealed_key FROM device_keys, n WHERE position = 0";
    fill(database, i64::try_from(KEYS).unwrap() - 1, copies).await;
    let old = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";
    let new = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";
    let vault = Arc::new(MasterKeys::parse(&format!("{new}\n{old}")).unwrap());
    let (work, keys) = (Arc::clone(database), Arc::clone(&vault));
    let work = tokio::spawn(async move { reseal(&work, &keys).await.unwrap() });
    let (changed, longest, took) = longest_wait_beside(&stage, work).await;
    // Those that register meanwhile do it under the old key, and some are found.
    assert!(usize::try_from(changed.unwrap()).unwrap() >= KEYS);
    assert!(longest < took / 4, "a registration waited {longest:?} of {took:?}");
    reseal(database, &vault).await.unwrap();
    let only_new = MasterKeys::parse(new).unwrap();
    assert_eq!(under_master_keys(database, &only_new).await.unwrap().unknown, 0);
    println!("report: {KEYS} keys in {took:?}; a registration waited {longest:?} at most");
}
