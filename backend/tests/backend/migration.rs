//! A database of the version before, with devices in it, under this program.

use std::borrow::Cow;

use pushseal_backend::database::Database;
use pushseal_backend::registry;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::registry::{claims, put, sign, with_sign_in};
use crate::stage::{Stage, registration};

const BEFORE: [&str; 3] = [
    include_str!("../../migrations/0001_devices_and_outbox.sql"),
    include_str!("../../migrations/0002_attachments.sql"),
    include_str!("../../migrations/0003_receipts.sql"),
];

/// Takes everything away and makes the schema of the version before.
async fn as_before(stage: &Stage) {
    let pool = &stage.backend.database.pool;
    for table in [
        "_sqlx_migrations",
        "write_probes",
        "webhook_events",
        "webhooks",
        "token_challenges",
        "attachment_pieces",
        "receipt_nonces",
        "attachments",
        "deliveries",
        "messages",
        "device_keys",
        "devices",
    ] {
        let sql = sqlx::AssertSqlSafe(format!("DROP TABLE {table}"));
        sqlx::query(sql).execute(pool).await.unwrap();
    }
    let migrations = (1..).zip(BEFORE).map(|(version, sql)| {
        Migration::new(version, Cow::Borrowed("before"), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect()).run(pool).await.unwrap();
}

/// Three hundred devices of seven users, each with a key and a message that waits.
async fn fill(stage: &Stage) {
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)";
    for statement in [
        format!(
            "INSERT INTO devices (id, user_id, bundle, region, token, token_fault, registered_at, updated_at) {numbers} \
             SELECT 'aaid-' || i, 'user-' || (i % 7), 'com.example.app', 'cn', 'tok-' || i, '', 5, 7 FROM n"
        ),
        format!("INSERT INTO device_keys {numbers} SELECT 'aaid-' || i, 0, 'k1', 'sealed' FROM n"),
        "INSERT INTO messages VALUES ('m', 's', NULL, 'h', '{}', '', 0, 9000000000000)".to_owned(),
        format!(
            "INSERT INTO deliveries (message_id, device_id, push_type, region, payload, state, code, attempts, due_at, updated_at) \
             {numbers} SELECT 'm', 'aaid-' || i, 6, 'cn', 'p', 'queued', '', 0, 0, 0 FROM n"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&stage.backend.database.pool).await.unwrap();
    }
}

#[tokio::test]
async fn devices_of_the_version_before_keep_their_ids_keys_and_messages() {
    let stage = with_sign_in().await;
    as_before(&stage).await;
    fill(&stage).await;
    let migrated = Database::open(&stage.config.database).await.unwrap();
    let kept: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM devices d JOIN device_keys k ON k.device_id = d.id JOIN deliveries y ON y.device_id = d.id \
         WHERE d.aaid = d.id AND d.token_since = 5 AND d.seen_at = 7 AND d.token <> '' AND y.state = 'queued'",
    )
    .fetch_one(&migrated.pool)
    .await
    .unwrap();
    assert_eq!(kept, 300);
    // One of them registers again: senders go on knowing it by the id that they have.
    let body = registration("tok-8", "cn", &[("k2", &[2; 32])]);
    assert_eq!(put(&stage, &sign(&claims("user-1")), "aaid-8", body).await.0, 200);
    assert_eq!(stage.id("aaid-8"), "aaid-8");
    assert_eq!(
        put(&stage, &sign(&claims("bob")), "aaid-8", registration("tok-8", "cn", &[("k1", &[3; 32])]))
            .await
            .0,
        201
    );
    assert_ne!(stage.id("aaid-8"), "aaid-8");
    let device = registry::summary(&migrated, "aaid-8").await.unwrap().unwrap();
    assert_eq!((device.user.as_str(), device.has_token), ("user-1", true));
}

#[tokio::test]
async fn a_device_that_the_version_before_adds_beside_this_one_is_found_and_not_called_unseen() {
    let stage = with_sign_in().await;
    let now_ms = pushseal_backend::clock::now_ms();
    let insert = "INSERT INTO devices (id, user_id, bundle, region, token, token_fault, registered_at, updated_at) \
        VALUES ('aaid-1', 'ann', 'b', 'cn', 'tok', '', $1, $1)";
    sqlx::query(insert).bind(now_ms).execute(&stage.backend.database.pool).await.unwrap();
    assert_eq!(registry::clean_up(&stage.backend.database, 270, now_ms).await.unwrap(), 0);
    let body = registration("tok", "cn", &[("k1", &[1; 32])]);
    assert_eq!(put(&stage, &sign(&claims("ann")), "aaid-1", body).await.0, 200);
    assert_eq!(stage.id("aaid-1"), "aaid-1");
}
