//! Messages that the system shows or applies, and their ranges: notifications, badges, widgets, live views, calls.

use serde_json::{Value, json};

use crate::stage::{Double, Stage, quiet};

async fn devices(names: &[&str]) -> (Stage, Double, Vec<String>) {
    let (stage, double) = Stage::with_double().await;
    let mut tokens = Vec::new();
    for name in names {
        let token = double.token(name).await;
        stage.register(name, &token, "cn").await;
        tokens.push(token);
    }
    (stage, double, tokens)
}

async fn sent(stage: &Stage, message: Value) {
    let id = stage.accepted(message.clone()).await;
    let devices = stage.settled(&id).await;
    assert!(devices.iter().all(|device| device["state"] == "sent"), "{message}: {devices:?}");
}

fn last_body(sends: &[Value]) -> Value {
    serde_json::from_str(sends.last().unwrap()["body"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_notification_carries_every_documented_member() {
    let (stage, double, _) = devices(&["a-1"]).await;
    let shown = json!({"title": "t", "body": "b", "category": "IM", "style": 3, "inboxContent": ["1", "2", "3"], "notifyId": 2_147_483_647,
        "appMessageId": "a+/=-_ 1", "profileId": "p-1", "sound": "alert.mp3", "soundDuration": 60, "badge": {"addNum": 1},
        "image": "https://example.com/a.png", "foregroundShow": false, "clickAction": {"actionType": 1, "uri": "page"}});
    sent(&stage, json!({"to": {"devices": ["a-1"]}, "type": "alert", "notification": shown})).await;
    let body = last_body(&double.sends().await);
    assert_eq!(body["payload"]["notification"], shown);
    let big = json!({"title": "t", "body": "b", "style": 1, "bigTitle": "T", "bigBody": "B"});
    sent(&stage, json!({"to": {"devices": ["a-1"]}, "type": "alert", "notification": big})).await;
    assert_eq!(last_body(&double.sends().await)["payload"]["notification"]["bigTitle"], "T");
}

#[tokio::test]
async fn an_id_outside_push_kits_alphabet_still_makes_an_app_message_id() {
    let (stage, double, tokens) = devices(&["a-1"]).await;
    let shown = json!({"title": "t", "body": "b"});
    for id in ["order:7.1", "order.7:1"] {
        sent(&stage, json!({"to": {"devices": ["a-1"]}, "id": id, "type": "alert", "notification": shown}))
            .await;
    }
    // They are two messages, and both are shown.
    assert_eq!(double.shown(&tokens[0]).await.len(), 2);
}

#[tokio::test]
async fn a_badge_alone_a_widget_and_a_live_view_reach_the_system() {
    let (stage, double, tokens) = devices(&["a-1", "a-2"]).await;
    let to = json!({"devices": ["a-1", "a-2"]});
    sent(&stage, json!({"to": to, "type": "badge", "badge": {"setNum": 9}})).await;
    let form = json!({"moduleName": "entry", "abilityName": "EntryFormAbility", "formName": "widget", "formId": 423_434_262,
        "version": 123_456, "formData": {"text_key": "new"}, "images": [{"keyName": "image_key", "url": "https://example.com/a.png"}]});
    sent(&stage, json!({"to": to, "type": "widget", "widget": form})).await;
    let view = json!({"activityId": 1, "operation": 1, "event": "DELIVERY", "activityData": {"notificationData": {"type": 3}}});
    sent(&stage, json!({"to": to, "type": "liveView", "liveView": view})).await;
    for token in &tokens {
        let of = async |what: &str| {
            double.call("GET", &format!("/device/{what}?token={token}"), Value::Null).await
        };
        assert_eq!(of("badge").await, json!({"badge": 9}));
        assert_eq!(of("forms").await, json!([form]));
        assert_eq!(of("live-views").await, json!([view]));
    }
    // A widget takes one token a request; the others share one.
    let types: Vec<Value> =
        double.sends().await.iter().map(|send| send["headers"]["push-type"].clone()).collect();
    assert_eq!(types, ["0", "1", "1", "7"]);
}

#[tokio::test]
async fn a_call_waits_a_minute_for_its_device_unless_more_is_said() {
    let (stage, double, _) = devices(&["a-1"]).await;
    let call = json!({"to": {"devices": ["a-1"]}, "type": "call", "data": 1});
    sent(&stage, call.clone()).await;
    let ttl = |body: &Value| body["pushOptions"]["ttl"].as_u64().unwrap();
    assert!((50..=60).contains(&ttl(&last_body(&double.sends().await))));
    let mut longer = call;
    longer["ttl"] = json!(30);
    sent(&stage, longer).await;
    assert!((20..=30).contains(&ttl(&last_body(&double.sends().await))));
}

#[tokio::test]
async fn a_message_that_push_kit_would_refuse_is_refused_at_once_by_member() {
    let stage = quiet().await;
    stage.register("a-1", "token", "cn").await;
    let shown = |changes: Value| {
        let mut notification = json!({"title": "t", "body": "b"});
        notification.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({"type": "alert", "notification": notification})
    };
    let refused = [
        (shown(json!({"notifyId": 2_147_483_648_u32})), "notification.notifyId"),
        (shown(json!({"appMessageId": "a.b"})), "notification.appMessageId"),
        (shown(json!({"profileId": ""})), "notification.profileId"),
        (shown(json!({"style": 3})), "notification.style"),
        (shown(json!({"badge": {"setNum": 100}})), "badge.setNum"),
        (shown(json!({"title": ""})), "notification.title"),
        (shown(json!({"clickAction": {"data": {"a": 1}}})), "notification.clickAction.data"),
        (shown(json!({"category": "PLAY_VOICE"})), "PLAY_VOICE"),
        (json!({"type": "badge"}), "badge is missing"),
        (json!({"type": "widget", "badge": {"setNum": 1}}), "badge does not belong"),
        (json!({"type": "badge", "badge": {"setNum": 1}, "data": 1}), "data does not belong"),
        (
            json!({"type": "background", "data": 1, "liveView": {"activityId": 1, "operation": 1, "event": "TAXI", "activityData": {}}}),
            "liveView",
        ),
        (
            json!({"data": 1, "collapseKey": 101, "type": "alert", "notification": {"title": "t", "body": "b"}}),
            "collapseKey",
        ),
    ];
    for (mut message, named) in refused {
        message["to"] = json!({"devices": ["a-1"]});
        let (status, answer) = stage.send(message.clone()).await;
        assert_eq!(
            (status.as_u16(), &answer["error"]["code"]),
            (400, &json!("invalid_message")),
            "{message}"
        );
        assert!(answer["error"]["message"].as_str().unwrap().contains(named), "{message}: {answer}");
    }
}
