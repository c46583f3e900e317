//! The routes v1 and v2 against the Push Kit double, which has the rules of Huawei's server demos.

use serde_json::{Value, json};

use crate::stage::{Double, PROJECT, Stage};

async fn one_device(region: &str) -> (Stage, Double, String) {
    let (stage, double) = Stage::with_double().await;
    let token = double.token("a-1").await;
    stage.register("a-1", &token, region).await;
    (stage, double, token)
}

/// Sends, and gives the request's path and its `message`.
async fn sent(stage: &Stage, double: &Double, message: Value) -> (String, Value) {
    let mut body = json!({"to": {"devices": ["a-1"]}});
    body.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    let id = stage.accepted(body).await;
    let device = stage.settled(&id).await.remove(0);
    assert_eq!((&device["state"], &device["code"]), (&json!("sent"), &json!("80000000")), "{message}");
    let last = double.sends().await.pop().unwrap();
    let body: Value = serde_json::from_str(last["body"].as_str().unwrap()).unwrap();
    (last["path"].as_str().unwrap().to_owned(), body)
}

#[tokio::test]
async fn each_region_has_the_route_that_its_ids_fit() {
    for (region, path) in
        [("old", "/v1/client/messages:send".to_owned()), ("older", format!("/v2/{PROJECT}/messages:send"))]
    {
        let (stage, double, _) = one_device(region).await;
        assert_eq!(sent(&stage, &double, json!({"data": 1})).await.0, path);
    }
}

#[tokio::test]
async fn an_alert_has_a_click_action_and_everything_else_under_the_old_names() {
    let (stage, double, token) = one_device("old").await;
    let shown = json!({"title": "t", "body": "b"});
    let (_, body) = sent(&stage, &double, json!({"type": "alert", "notification": shown})).await;
    assert_eq!(body["message"]["android"]["notification"]["click_action"], json!({"type": 3}));
    assert_eq!(double.shown(&token).await.len(), 1);
    let shown = json!({"title": "t", "body": "b", "category": "IM", "style": 3, "inboxContent": ["1", "2"], "notifyId": 7,
        "badge": {"setNum": 3}, "sound": "a.mp3", "profileId": "p", "foregroundShow": false,
        "clickAction": {"actionType": 1, "action": "com.example.open"}});
    let message = json!({"type": "alert", "notification": shown, "urgency": "HIGH", "collapseKey": 5, "biTag": "tag", "ttl": 600});
    let (_, body) = sent(&stage, &double, message).await;
    let android = &body["message"]["android"];
    for (member, expected) in [
        ("urgency", json!("HIGH")),
        ("category", json!("IM")),
        ("collapse_key", json!(5)),
        ("bi_tag", json!("tag")),
        ("target_user_type", Value::Null),
    ] {
        assert_eq!(android[member], expected, "{member}");
    }
    assert_eq!(
        android["notification"],
        json!({"click_action": {"type": 1, "action": "com.example.open"}, "sound": "a.mp3", "style": 3,
            "inbox_content": ["1", "2"], "notify_id": 7, "profile_id": "p", "foreground_show": false, "badge": {"set_num": 3}})
    );
}

#[tokio::test]
async fn a_test_message_is_never_a_real_one() {
    for region in ["old", "older"] {
        let (stage, double, _) = one_device(region).await;
        let (_, body) = sent(&stage, &double, json!({"data": 1, "testMessage": true})).await;
        assert_eq!(body["message"]["android"]["target_user_type"], 1, "{region}");
        let (_, body) = sent(&stage, &double, json!({"data": 1})).await;
        assert_eq!(body["message"]["android"]["target_user_type"], Value::Null, "{region}");
    }
}

#[tokio::test]
async fn validate_only_reaches_push_kit_and_nobody_else_and_v3_refuses_it() {
    let (stage, double, token) = one_device("old").await;
    let shown = json!({"title": "t", "body": "b"});
    let message = json!({"type": "alert", "notification": shown, "validateOnly": true});
    let (_, body) = sent(&stage, &double, message.clone()).await;
    assert_eq!(body["validate_only"], true);
    assert!(double.shown(&token).await.is_empty());
    stage.register("a-2", &double.token("a-2").await, "cn").await;
    let mut to_v3 = message;
    to_v3["to"] = json!({"devices": ["a-2"]});
    let (status, answer) = stage.send(to_v3).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!("invalid_message")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("/v1/sizes"), "{answer}");
}

#[tokio::test]
async fn a_type_that_the_old_routes_do_not_have_is_refused() {
    let (stage, double, _) = one_device("older").await;
    let badge = json!({"to": {"devices": ["a-1"]}, "type": "badge", "badge": {"setNum": 1}});
    for message in [badge, json!({"to": {"devices": ["a-1"]}, "type": "call", "data": 1})] {
        let (status, answer) = stage.send(message).await;
        assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!("invalid_message")));
    }
    assert!(double.sends().await.is_empty());
}
