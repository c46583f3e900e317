//! What runs for each device or message reads what it needs and no more, in a new database without statistics too.

use pushseal_backend::database::{Database, Engine, OpenError};
use pushseal_backend::registry::{by_ids, by_users};
use serde_json::json;

use crate::stage::Stage;

/// Devices that nobody sends to.
const OTHERS: u64 = 5_000;
const DEVICES: usize = 200;

/// Rows that PostgreSQL read one after the other, and its look-ups by an index.
async fn reads(stage: &Stage, table: &str) -> (i64, i64) {
    let sql = "SELECT CAST(seq_tup_read AS BIGINT), CAST(COALESCE(idx_scan, 0) AS BIGINT) FROM pg_stat_user_tables WHERE relname = $1";
    sqlx::query_as(sql).bind(table).fetch_one(&stage.backend.database.pool).await.unwrap()
}

#[tokio::test]
async fn postgresql_reads_no_table_of_devices_for_each_of_them() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    let database = &stage.backend.database;
    if database.engine != Engine::Postgres {
        // SQLite has no such numbers; its plans are looked at beside the statements.
        return;
    }
    for fill in [
        "INSERT INTO devices (id, user_id, bundle, region, token, token_fault, registered_at, updated_at) \
         SELECT 'other-' || n, '', 'b', 'cn', 'token-' || n, '', 0, 0 FROM generate_series(1, 5000) n",
        "INSERT INTO device_keys SELECT 'other-' || n, 0, 'k', 'x' FROM generate_series(1, 5000) n",
    ] {
        assert_eq!(sqlx::query(fill).execute(&database.pool).await.unwrap().rows_affected(), OTHERS);
    }
    let mut ids = Vec::new();
    for n in 0..DEVICES {
        let mut body = crate::stage::registration(&format!("tok-{n}"), "cn", &[("k1", &[1; 32])]);
        body["user"] = json!("ann");
        assert_eq!(stage.put(&format!("/v1/devices/a-{n}"), body).await.0, 201);
        ids.push(stage.id(&format!("a-{n}")));
    }
    let vault = &stage.backend.vault;
    assert_eq!(by_ids(database, vault, &ids, 1000).await.unwrap().len(), DEVICES);
    assert_eq!(by_users(database, vault, &["ann".to_owned()], 1000).await.unwrap().len(), DEVICES);
    // The numbers come when a connection rests; each device was looked up five times or more by then.
    let mut looked_up = 0;
    for _ in 0..100 {
        looked_up = reads(&stage, "device_keys").await.1;
        if looked_up >= i64::try_from(4 * DEVICES).unwrap() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let read = (reads(&stage, "devices").await.0, reads(&stage, "device_keys").await.0);
    println!(
        "report: PostgreSQL: {DEVICES} devices beside {OTHERS} registered and looked up twice: {looked_up} keys by index, {read:?} rows read one after the other"
    );
    // One reading of a whole table may be the best way to so many; one for each device is not.
    let most = 4 * i64::try_from(OTHERS).unwrap();
    assert!(read.0 < most && read.1 < most, "{read:?}");
    assert!(looked_up >= 4 * i64::try_from(DEVICES).unwrap(), "{looked_up}");
}

#[tokio::test]
async fn a_database_is_opened_as_it_is_only_when_its_schema_is_this_programs() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    let pool = &stage.backend.database.pool;
    let open = || Database::open_as_it_is(&stage.config.database);
    assert!(open().await.is_ok());
    let all: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(pool).await.unwrap();
    let all = usize::try_from(all).unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version > 1").execute(pool).await.unwrap();
    assert!(matches!(open().await, Err(OpenError::Behind(due)) if due == all - 1));
    sqlx::query("DROP TABLE _sqlx_migrations").execute(pool).await.unwrap();
    assert!(matches!(open().await, Err(OpenError::Behind(due)) if due == all));
}
