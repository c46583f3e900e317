//! Taking a message back: what waits is stopped, what is shown goes away.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::stage::{Double, Stage, code};

async fn delete(stage: &Stage, id: &str) -> (u16, Value) {
    let request = Request::delete(format!("/v1/messages/{id}"))
        .header("authorization", format!("Bearer {}", stage.key));
    let (status, answer) = stage.call(request.body(Body::empty()).unwrap()).await;
    (status.as_u16(), answer)
}

async fn three_devices() -> (Stage, Double, Vec<String>) {
    let (stage, double) = Stage::with_double().await;
    let mut tokens = Vec::new();
    for (name, region) in [("a-1", "cn"), ("a-2", "cn"), ("a-3", "old")] {
        let token = double.token(name).await;
        stage.register(name, &token, region).await;
        tokens.push(token);
    }
    (stage, double, tokens)
}

fn alert(to: &Value) -> Value {
    json!({"to": to, "type": "alert", "notification": {"title": "t", "body": "b"}})
}

#[tokio::test]
async fn a_notification_that_was_sent_goes_away_where_push_kit_can_revoke_it() {
    let (stage, double, tokens) = three_devices().await;
    let to = json!({"devices": ["a-1", "a-2", "a-3"]});
    let (id, other) = (stage.accepted(alert(&to)).await, stage.accepted(alert(&to)).await);
    stage.settled(&id).await;
    stage.settled(&other).await;
    assert_eq!(delete(&stage, &id).await, (200, json!({"stopped": 0, "revoked": 2, "kept": 1})));
    // The other message is still there.
    for (token, left) in tokens.iter().zip([1, 1, 2]) {
        assert_eq!(double.shown(token).await.len(), left);
    }
    let asked = double.requests("messages:revoke").await;
    assert_eq!((asked.len(), &asked[0]["path"]), (1, &json!("/v1/client/messages:revoke")));
    let codes: Vec<Value> = stage.settled(&id).await.iter().map(|device| device["code"].clone()).collect();
    assert_eq!(codes, ["revoked", "revoked", "80000000"]);
    // Once more changes nothing.
    assert_eq!(delete(&stage, &id).await, (200, json!({"stopped": 0, "revoked": 0, "kept": 1})));
    assert_eq!(double.requests("messages:revoke").await.len(), 1);
}

#[tokio::test]
async fn what_waits_is_stopped_and_never_sent() {
    let (mut stage, double, _) = three_devices().await;
    stage.stop_workers().await;
    let id = stage.accepted(json!({"to": {"devices": ["a-1", "a-2"]}, "data": 1})).await;
    assert_eq!(delete(&stage, &id).await, (200, json!({"stopped": 2, "revoked": 0, "kept": 0})));
    stage.start_workers();
    let devices = stage.settled(&id).await;
    assert!(devices.iter().all(|d| d["state"] == "failed" && d["code"] == "revoked"), "{devices:?}");
    assert!(double.sends().await.is_empty());
}

#[tokio::test]
async fn only_the_sender_takes_a_message_back_and_a_fault_of_push_kit_is_told() {
    let (stage, double, _) = three_devices().await;
    assert_eq!(delete(&stage, "none").await.0, 404);
    let id = stage.accepted(alert(&json!({"devices": ["a-1"]}))).await;
    stage.settled(&id).await;
    double.answer_next(json!({"status": 503, "path": "messages:revoke"})).await;
    let (status, answer) = delete(&stage, &id).await;
    assert_eq!((status, code(&answer)), (503, "revoke_later"));
    double.answer_next(json!({"status": 400, "code": "80300032", "path": "messages:revoke"})).await;
    let (status, answer) = delete(&stage, &id).await;
    assert_eq!((status, code(&answer)), (409, "revoke_refused"));
    assert_eq!(delete(&stage, &id).await, (200, json!({"stopped": 0, "revoked": 1, "kept": 0})));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_takes_a_message_back() {
    let (stage, double, tokens) = three_devices().await;
    let url = stage.listen().await;
    let id = stage.accepted(alert(&json!({"devices": ["a-1"]}))).await;
    stage.settled(&id).await;
    let run = |id: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_pushseal"));
        command.args(["revoke", id, "--url", &url]).env("PUSHSEAL_API_KEY", &stage.key).output().unwrap()
    };
    let output = tokio::task::block_in_place(|| run(&id));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("1 revoked at Push Kit"), "{text}");
    assert!(double.shown(&tokens[0]).await.is_empty());
    let output = tokio::task::block_in_place(|| run("none"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("no_such_message"), "{text}");
}
