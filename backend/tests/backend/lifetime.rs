//! Devices that nobody uses any more.

use pushseal_backend::registry::clean_up;
use serde_json::json;

use crate::stage::{RECEIPT_SECRET, Stage, quiet, with_receipts};

const DAY_MS: i64 = 86_400_000;
const DAYS: u32 = 270;

async fn age(stage: &Stage, aaid: &str, days: i64) {
    let sql = "UPDATE devices SET seen_at = seen_at - $2, updated_at = updated_at - $2 WHERE id = $1";
    let age = sqlx::query(sql).bind(stage.id(aaid)).bind(days * DAY_MS);
    assert_eq!(age.execute(&stage.backend.database.pool).await.unwrap().rows_affected(), 1);
}

#[tokio::test]
async fn a_device_that_was_not_seen_for_so_many_days_is_removed_with_its_keys() {
    let stage = quiet().await;
    let now_ms = pushseal_backend::clock::now_ms();
    for (aaid, days) in [("new", 0), ("almost", 269), ("old", 271), ("older", 900)] {
        stage.register(aaid, aaid, "cn").await;
        age(&stage, aaid, days).await;
    }
    assert_eq!(clean_up(&stage.backend.database, 0, now_ms).await.unwrap(), 0, "0 days: never");
    assert_eq!(clean_up(&stage.backend.database, DAYS, now_ms).await.unwrap(), 2);
    for (aaid, is_there) in [("new", true), ("almost", true), ("old", false), ("older", false)] {
        assert_eq!(stage.summary(aaid).await.is_some(), is_there, "{aaid}");
    }
    let keys: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM device_keys")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(keys, 2);
    // It comes back as a new one.
    stage.register("old", "old", "cn").await;
    assert!(stage.summary("old").await.is_some());
}

#[tokio::test]
async fn many_unseen_devices_are_removed_in_several_transactions() {
    let stage = quiet().await;
    let insert = "INSERT INTO devices (id, user_id, bundle, region, token, token_fault, registered_at, updated_at) \
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) \
        SELECT 'd-' || i, '', 'b', 'cn', '', '', 0, 0 FROM n";
    sqlx::query(insert).execute(&stage.backend.database.pool).await.unwrap();
    let now_ms = pushseal_backend::clock::now_ms();
    assert_eq!(clean_up(&stage.backend.database, DAYS, now_ms).await.unwrap(), 1234);
}

#[tokio::test]
async fn a_registration_and_a_delivered_message_count_as_seen_once_a_day() {
    let (stage, double) = with_receipts().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    let url = format!("{}/v1/receipts", stage.listen().await);
    let report = async |result: i64| {
        let results = json!([{"token": token, "result": result}]);
        let order = json!({"url": url, "user": "shop", "secret": RECEIPT_SECRET, "results": results});
        assert_eq!(double.call("POST", "/control/receipt", order).await["status"], 200);
        stage.summary("a-1").await.unwrap().seen_at
    };
    age(&stage, "a-1", 100).await;
    let long_ago = stage.summary("a-1").await.unwrap().seen_at;
    assert_eq!(report(27).await, long_ago, "this one does not say that it arrived");
    let seen = report(0).await;
    assert!(seen > long_ago + 99 * DAY_MS);
    assert_eq!(report(0).await, seen, "no second write on one day");
    age(&stage, "a-1", 100).await;
    stage.register("a-1", &token, "cn").await;
    assert!(stage.summary("a-1").await.unwrap().seen_at >= seen);
}
