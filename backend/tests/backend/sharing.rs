//! Several workers on one database share the work and send nothing twice.

use serde_json::{Value, json};

use crate::stage::{Double, Stage, service_account};

#[tokio::test]
async fn two_processes_on_one_database_send_each_message_once() {
    let keys = tempfile::tempdir().unwrap();
    let account = service_account(keys.path());
    let double = Double::start(&account);
    let mut one = Stage::without_workers(&double.url, Some(&account)).await;
    let token = double.token("a-1").await;
    one.register("a-1", &token, "cn").await;
    let mut ids = Vec::new();
    for n in 0..300 {
        ids.push(one.accepted(json!({"to": {"devices": ["a-1"]}, "data": n})).await);
    }
    let mut two = Stage::from_config(&one.config, tempfile::tempdir().unwrap()).await;
    one.start_workers();
    two.start_workers();
    for id in &ids {
        let devices = one.settled(id).await;
        assert_eq!((&devices[0]["state"], &devices[0]["attempts"]), (&json!("sent"), &json!(1)));
    }
    let counts = double.call("GET", "/control/counts", Value::Null).await;
    assert_eq!(counts["requests"], 300);
    one.stop_workers().await;
    two.stop_workers().await;
}
