//! Devices that share a push token: two users on one phone, and one installation that registered twice.

use pushseal_backend::config::Config;
use pushseal_backend::webhook::{self, Webhook, Webhooks};
use serde_json::{Value, json};

use crate::registry::{claims, put, sign, with_sign_in};
use crate::stage::{
    Double, NOWHERE, RECEIPT_SECRET, Stage, open, registration, service_account, with_receipts,
};

/// Two devices with one token and keys of their own.
async fn one_phone() -> (Stage, Double, String, [Vec<u8>; 2]) {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("phone").await;
    let keys = [stage.register("a-1", &token, "cn").await, stage.register("b-1", &token, "cn").await];
    (stage, double, token, keys)
}

/// The bodies of the requests for alerts. Beside them each device with a shared token gets a challenge.
async fn alerts(double: &Double) -> Vec<Value> {
    let sends = double.sends().await;
    let alerts = sends.iter().filter(|request| request["headers"]["push-type"] == "0");
    alerts.map(|request| serde_json::from_str(request["body"].as_str().unwrap()).unwrap()).collect()
}

/// Starts a webhook whose server is away, so that every event stays in the table.
pub(crate) async fn with_webhook(stage: &Stage) -> Webhooks {
    let hook = Webhook::new("env", NOWHERE, &Webhook::new_secret(&[9; 32])).unwrap();
    webhook::start(&stage.backend.database, vec![hook], &stage.backend.metrics).await.unwrap()
}

/// Device, user and reason of each `device.ended`, sorted.
pub(crate) async fn ended(stage: &Stage) -> Vec<[String; 3]> {
    let sql = "SELECT device_id, user_id, code FROM webhook_events WHERE kind = 'device.ended'";
    let told: Vec<(String, String, String)> =
        sqlx::query_as(sql).fetch_all(&stage.backend.database.pool).await.unwrap();
    let mut told: Vec<[String; 3]> =
        told.into_iter().map(|(device, user, code)| [device, user, code]).collect();
    told.sort();
    told
}

#[tokio::test]
async fn a_shared_request_has_a_shared_token_once_and_each_device_gets_the_outcome() {
    let (stage, double, token, _) = one_phone().await;
    let other = double.token("c-1").await;
    stage.register("c-1", &other, "cn").await;
    let shown = json!({"title": "t", "body": "b"});
    let message = json!({"to": {"devices": ["a-1", "b-1", "c-1"]}, "type": "alert", "notification": shown});
    let sent = stage.settled(&stage.accepted(message.clone()).await).await;
    assert!(sent.len() == 3 && sent.iter().all(|device| device["state"] == "sent"), "{sent:?}");
    let requests = alerts(&double).await;
    let mut tokens: Vec<String> = serde_json::from_value(requests[0]["target"]["token"].clone()).unwrap();
    tokens.sort();
    let mut expected = [token.clone(), other];
    expected.sort();
    assert_eq!((requests.len(), tokens.as_slice()), (1, expected.as_slice()));
    double.call("POST", "/device/reason", json!({"token": token, "reason": "tokenFormatError"})).await;
    let refused = stage.settled(&stage.accepted(message).await).await;
    let outcomes: Vec<&str> = refused.iter().map(|device| device["state"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["failed", "failed", "sent"], "{refused:?}");
    assert!(refused[..2].iter().all(|device| device["code"] == "tokenFormatError"), "{refused:?}");
}

#[tokio::test]
async fn a_sealed_alert_to_two_users_of_one_phone_has_two_app_message_ids() {
    let (stage, double, _, keys) = one_phone().await;
    let shown = json!({"title": "t", "body": "b"});
    let message =
        json!({"to": {"devices": ["a-1", "b-1"]}, "data": {"x": 1}, "type": "alert", "notification": shown});
    stage.settled(&stage.accepted(message).await).await;
    let notifications: Vec<Value> =
        alerts(&double).await.iter().map(|body| body["payload"]["notification"].clone()).collect();
    assert_eq!(notifications.len(), 2);
    assert_ne!(notifications[0]["appMessageId"], notifications[1]["appMessageId"]);
    for notification in &notifications {
        let id = notification["appMessageId"].as_str().unwrap();
        assert!(push_kit::is_app_message_id(id), "{id}");
    }
    for key in keys {
        let opened = notifications
            .iter()
            .filter(|shown| open(&key, shown["clickAction"]["data"]["pushseal"].as_str().unwrap()).is_ok());
        assert_eq!(opened.count(), 1);
    }
}

#[tokio::test]
async fn a_receipt_ends_a_token_only_where_its_secret_is_configured() {
    let (base, double) = with_receipts().await;
    let other_secret = "YW5vdGhlciBzZWNyZXQ=";
    let path = base.folder.path().join("other-receipt-secret");
    std::fs::write(&path, other_secret).unwrap();
    let mut config: Config = base.config.clone();
    let account = service_account(base.folder.path());
    config.regions.get_mut("cn").unwrap().service_account_file = Some(account);
    let old = config.regions.get_mut("old").unwrap();
    old.receipt_user = Some("shop-eu".to_owned());
    old.receipt_secret_file = Some(path);
    let stage = Stage::from_config(&config, tempfile::tempdir().unwrap()).await;
    let token = double.token("phone").await;
    for (device, region) in [("a-1", "cn"), ("b-1", "old")] {
        stage.register(device, &token, region).await;
    }
    let url = format!("{}/v1/receipts", stage.listen().await);
    // The results are of requests that this double got.
    let request = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await;
    base.settled(&request).await;
    for (user, secret, left) in
        [("shop-eu", other_secret, [true, false]), ("shop", RECEIPT_SECRET, [false, false])]
    {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let results = json!([{"token": token, "result": 2}]);
        let order = json!({"url": url, "user": user, "secret": secret, "results": results});
        assert_eq!(double.call("POST", "/control/receipt", order).await["status"], 200);
        let have = [stage.summary("a-1").await.unwrap(), stage.summary("b-1").await.unwrap()];
        assert_eq!(have.map(|device| device.has_token), left, "{user}");
    }
}

#[tokio::test]
async fn the_webhook_is_told_of_a_device_whose_token_moved() {
    let stage = with_sign_in().await;
    let _webhooks = with_webhook(&stage).await;
    let body = |key: u8| registration("tok", "cn", &[("k1", &[key; 32])]);
    let (ann, bob) = (sign(&claims("ann")), sign(&claims("bob")));
    // "Clear app data": the same user's other device; then another user whose request has the device's key.
    put(&stage, &ann, "a-1", body(1)).await;
    put(&stage, &ann, "a-2", body(2)).await;
    put(&stage, &bob, "b-1", body(2)).await;
    let event = |aaid: &str| [stage.id(aaid), "ann".to_owned(), "moved".to_owned()];
    let mut expected = [event("a-1"), event("a-2")];
    expected.sort();
    assert_eq!(ended(&stage).await, expected);
}
