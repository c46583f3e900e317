//! Rows of the outbox that cannot be read: they are set aside, and the rows claimed with them are sent.

use pushseal_backend::database::Engine;
use serde_json::json;

use crate::stage::{Double, Stage};

/// Accepts a message for each of these, spoils one by one, and gives the ids: spoilt ones, then good ones.
async fn stage_with(spoilt: &[&'static str]) -> (Stage, Double, Vec<String>, Vec<String>) {
    let (mut stage, double) = Stage::with_double().await;
    stage.register("a-1", &double.token("a-1").await, "cn").await;
    stage.stop_workers().await;
    let message = |n: usize| json!({"to": {"devices": ["a-1"]}, "data": n, "id": format!("m-{n}")});
    let mut ids = Vec::new();
    for n in 0..spoilt.len() + 20 {
        ids.push(stage.accepted(message(n)).await);
    }
    let good = ids.split_off(spoilt.len());
    for (sql, id) in spoilt.iter().zip(&ids) {
        let pool = &stage.backend.database.pool;
        assert_eq!(sqlx::query(*sql).bind(id).execute(pool).await.unwrap().rows_affected(), 1, "{sql}");
    }
    stage.start_workers();
    (stage, double, ids, good)
}

async fn are_set_aside_and_the_others_sent(spoilt: &[&'static str]) {
    let (stage, _double, spoilt, good) = stage_with(spoilt).await;
    for id in &good {
        assert_eq!(stage.settled(id).await[0]["state"], "sent", "{id}");
    }
    for id in &spoilt {
        let device = &stage.settled(id).await[0];
        let found = (&device["state"], &device["code"]);
        assert_eq!(found, (&json!("failed"), &json!("row_unreadable")), "{id}: {device}");
    }
    let (_, metrics) = stage.bytes("/metrics", None).await;
    let counted = format!("pushseal_deliveries_set_aside_total{{region=\"cn\"}} {}", spoilt.len());
    assert!(String::from_utf8(metrics).unwrap().contains(&counted), "{counted}");
}

#[tokio::test]
async fn rows_that_are_no_deliveries_are_set_aside_and_the_rows_claimed_with_them_are_sent() {
    are_set_aside_and_the_others_sent(&[
        "UPDATE messages SET options = '{\"ttl\":' WHERE id = $1",
        "UPDATE messages SET options = '7' WHERE id = $1",
        "UPDATE deliveries SET push_type = 99 WHERE message_id = $1",
    ])
    .await;
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_set_aside_and_the_rows_claimed_with_it_are_sent() {
    let probe = crate::stage::quiet().await;
    if probe.backend.database.engine == Engine::Postgres {
        // PostgreSQL stores no such text.
        let sql = "SELECT CONVERT_FROM('\\xff'::bytea, 'UTF8')";
        assert!(sqlx::query(sql).execute(&probe.backend.database.pool).await.is_err());
        return;
    }
    are_set_aside_and_the_others_sent(&[
        "UPDATE deliveries SET payload = CAST(X'7B22FF' AS TEXT) WHERE message_id = $1",
        "UPDATE messages SET options = CAST(X'FF' AS TEXT) WHERE id = $1",
        "UPDATE deliveries SET payload = X'7B7D' WHERE message_id = $1",
    ])
    .await;
}
