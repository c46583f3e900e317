//! Looking up the devices of a message: one query, and not more of them than memory is for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use pushseal_backend::registry::{by_ids, by_users};
use serde_json::json;
use tokio::task::JoinSet;

use crate::stage::{Stage, code, quiet, registration};

const MANY: usize = 1000;
const WORKERS: usize = 32;

/// Each user has one device.
async fn with_users() -> Arc<Stage> {
    let stage = Arc::new(quiet().await);
    let mut registrations = JoinSet::new();
    for worker in 0..WORKERS {
        let stage = Arc::clone(&stage);
        registrations.spawn(async move {
            for n in (worker..MANY).step_by(WORKERS) {
                let mut body = registration(&format!("tok-{n}"), "cn", &[("k1", &[1; 32])]);
                body["user"] = json!(format!("user-{n}"));
                assert_eq!(stage.put(&format!("/v1/devices/a-{n}"), body).await.0, 201);
            }
        });
    }
    registrations.join_all().await;
    stage
}

#[tokio::test]
async fn a_thousand_users_are_looked_up_as_fast_as_a_thousand_devices() {
    let stage = with_users().await;
    let devices: Vec<_> = (0..MANY).map(|n| stage.id(&format!("a-{n}"))).collect();
    let users: Vec<_> = (0..MANY).map(|n| format!("user-{n}")).collect();
    let (database, vault) = (&stage.backend.database, &stage.backend.vault);
    // The best of several, in turn: other tests run beside this one.
    let (mut by_device, mut by_user) = (Duration::MAX, Duration::MAX);
    for _ in 0..7 {
        let begin = Instant::now();
        assert_eq!(by_ids(database, vault, &devices, MANY).await.unwrap().len(), MANY);
        by_device = by_device.min(begin.elapsed());
        let begin = Instant::now();
        assert_eq!(by_users(database, vault, &users, MANY).await.unwrap().len(), MANY);
        by_user = by_user.min(begin.elapsed());
    }
    println!("report: {MANY} devices by id {by_device:?}, by user {by_user:?}");
    assert!(by_user < 3 * by_device, "by user {by_user:?}, by device {by_device:?}");
}

#[tokio::test]
async fn a_message_reaches_ten_thousand_devices_and_not_one_more() {
    let stage = quiet().await;
    let insert = "INSERT INTO devices (id, aaid, user_id, bundle, region, token, token_fault, registered_at, updated_at) \
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10001) \
        SELECT 'd-' || i, 'd-' || i, 'ann', 'b', 'cn', '', '', 0, 0 FROM n";
    sqlx::query(insert).execute(&stage.backend.database.pool).await.unwrap();
    let (status, answer) = stage.send(json!({"to": {"users": ["ann"]}, "data": 1})).await;
    assert_eq!((status.as_u16(), code(&answer)), (400, "too_many_devices"));
    assert!(answer["error"]["message"].as_str().unwrap().contains("10000"), "{answer}");
}
