//! A disk that is full: SQLite refuses, the backend says so, and goes on when there is room again.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use pushseal_backend::database::Engine;
use serde_json::{Value, json};

use crate::stage::Stage;

/// Lets no connection of the pool make the file longer than so many pages.
async fn allow_pages(stage: &Stage, pages: i64) {
    let mut connections = Vec::new();
    for _ in 0..8 {
        connections.push(stage.backend.database.pool.acquire().await.unwrap());
    }
    for connection in &mut connections {
        let sql = format!("PRAGMA max_page_count = {pages}");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut **connection).await.unwrap();
    }
}

async fn pages(stage: &Stage) -> i64 {
    sqlx::query_scalar("PRAGMA page_count").fetch_one(&stage.backend.database.pool).await.unwrap()
}

#[tokio::test]
async fn a_full_disk_refuses_what_it_cannot_keep_and_keeps_what_was_accepted() {
    let (mut stage, double) = Stage::with_double().await;
    assert_eq!(stage.backend.database.engine, Engine::Sqlite);
    let token = double.token("a-1").await;
    stage.register("a-1", &token, "cn").await;
    stage.stop_workers().await;
    let most = pages(&stage).await + 8;
    let (mut accepted, mut refused) = (Vec::new(), 0);
    while refused < 20 {
        // A connection that was opened anew does not know of it.
        allow_pages(&stage, most).await;
        // Some at once: on SQLite they share a transaction.
        let send = |n: usize| {
            stage.send(json!({"to": {"devices": ["a-1"]}, "data": "x".repeat(700), "id": format!("m-{n}")}))
        };
        let n = 3 * (accepted.len() + refused);
        let answers = tokio::join!(send(n), send(n + 1), send(n + 2));
        for (status, answer) in [answers.0, answers.1, answers.2] {
            if status == StatusCode::ACCEPTED {
                accepted.push(answer["messageId"].as_str().unwrap().to_owned());
                continue;
            }
            let code = answer["error"]["code"].clone();
            assert_eq!((status, code), (StatusCode::SERVICE_UNAVAILABLE, json!("database_unavailable")));
            refused += 1;
        }
        assert!(accepted.len() < 200, "the disk is not full");
    }
    assert!(!accepted.is_empty());
    let ready = async || {
        let ready = Request::get("/readyz").body(Body::empty()).unwrap();
        let (status, _) = stage.call(ready).await;
        let (_, metrics) = stage.bytes("/metrics", None).await;
        (status, String::from_utf8(metrics).unwrap().contains("\npushseal_database_up 1\n"))
    };
    allow_pages(&stage, most).await;
    assert_eq!(ready().await, (StatusCode::SERVICE_UNAVAILABLE, false), "nobody can send, and both say so");
    // What was accepted goes out, though nothing grows; the results are written once there is room.
    stage.start_workers();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    allow_pages(&stage, 1_000_000).await;
    accepted.push(stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await);
    let begin = std::time::Instant::now();
    loop {
        let ready = Request::get("/readyz").body(Body::empty()).unwrap();
        if stage.call(ready).await.0 == StatusCode::OK {
            break;
        }
        assert!(begin.elapsed() < std::time::Duration::from_secs(20), "still not ready");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for id in &accepted {
        assert_eq!(stage.settled(id).await[0]["state"], "sent", "{id}");
    }
    let known: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM messages")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(known).unwrap(), accepted.len(), "nothing is kept of what was refused");
    let counts = double.call("GET", "/control/counts", Value::Null).await;
    assert_eq!(counts["requests"].as_u64().unwrap(), known.unsigned_abs());
    println!(
        "report: a full disk: {} messages accepted, all sent; {refused} refused with 503, nothing of them kept",
        accepted.len()
    );
}
