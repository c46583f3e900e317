//! What somebody can do who knows another user's AAID and push token, but neither her JWT nor her device's key.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pushseal_backend::registry;
use serde_json::{Value, json};

use crate::registry::{claims, put, sign, with_sign_in};
use crate::stage::{Stage, open, quiet, registration};

const HERS: [u8; 32] = [1; 32];
const HIS: [u8; 32] = [2; 32];

/// A registration with this token and key, whose id says nothing of the key.
fn body(token: &str, key: &[u8]) -> Value {
    registration(token, "cn", &[("k1", key)])
}

async fn delete(stage: &Stage, credential: &str, aaid: &str) -> StatusCode {
    let request = Request::delete(format!("/v1/devices/{aaid}"));
    let request = request.header("authorization", format!("Bearer {credential}"));
    stage.call(request.body(Body::empty()).unwrap()).await.0
}

async fn prove(stage: &Stage, jwt: &str, device: &str, nonce: &str) -> StatusCode {
    let request = Request::post(format!("/v1/devices/{device}/proof"));
    let request = request.header("authorization", format!("Bearer {jwt}"));
    let body = json!({"nonce": nonce}).to_string();
    stage.call(request.body(Body::from(body)).unwrap()).await.0
}

/// Token, region, key and payload with which the device's newest message would go out.
async fn goes_out(stage: &Stage, device: &str) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "SELECT d.token, y.region, y.payload FROM deliveries y JOIN devices d ON d.id = y.device_id \
         WHERE y.device_id = $1 AND y.state = 'queued'",
    )
    .bind(device)
    .fetch_all(&stage.backend.database.pool)
    .await
    .unwrap()
}

fn opens(payload: &str, key: &[u8]) -> bool {
    let payload: Value = serde_json::from_str(payload).unwrap();
    open(key, payload["extraData"].as_str().unwrap()).is_ok()
}

#[tokio::test]
async fn who_knows_aaid_and_token_can_neither_read_redirect_suppress_nor_delete() {
    let stage = with_sign_in().await;
    let (ann, bob) = (sign(&claims("ann")), sign(&claims("bob")));
    put(&stage, &ann, "a-1", body("tok-ann", &HERS)).await;
    let hers = stage.id("a-1");
    // Her AAID and token, her token alone, her AAID alone, again, in another region, and away again.
    let mut elsewhere = body("tok-ann", &HIS);
    elsewhere["region"] = json!("old");
    for (aaid, attack) in [
        ("a-1", body("tok-ann", &HIS)),
        ("b-1", body("tok-ann", &HIS)),
        ("a-1", body("tok-bob", &HIS)),
        ("a-1", body("tok-ann", &HIS)),
        ("b-2", elsewhere),
    ] {
        assert!(put(&stage, &bob, aaid, attack).await.0.is_success());
        assert_ne!(stage.id(aaid), hers);
    }
    let his = stage.id("b-1");
    for device in [&hers, &his] {
        assert_eq!(prove(&stage, &bob, device, "a guess").await, StatusCode::FORBIDDEN);
    }
    // Push Kit in the region that he chose says that the token is none of its own.
    registry::retire_token(&stage.backend.database, "old", "tok-ann", "tokenFormatError", 1).await.unwrap();
    for aaid in ["a-1", "b-1", "b-2", &hers] {
        assert_eq!(delete(&stage, &bob, aaid).await, StatusCode::NO_CONTENT);
    }
    for to in [json!({"users": ["ann"]}), json!({"devices": [hers]})] {
        let id = stage.accepted(json!({"to": to, "data": "for ann"})).await;
        assert_eq!(stage.status(&id).await["devices"].as_array().unwrap().len(), 1, "{to}");
    }
    let out = goes_out(&stage, &hers).await;
    assert_eq!(out.len(), 2);
    for (token, region, payload) in out {
        assert_eq!((token.as_str(), region.as_str()), ("tok-ann", "cn"));
        assert!(opens(&payload, &HERS) && !opens(&payload, &HIS));
    }
    // Nothing of his is left over that her messages could go to.
    let (status, _) = stage.send(json!({"to": {"users": ["bob"]}, "data": 1})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_for_an_aaid_reaches_nobody() {
    let stage = with_sign_in().await;
    put(&stage, &sign(&claims("ann")), "a-1", body("tok-ann", &HERS)).await;
    let message = json!({"to": {"devices": ["a-1"]}, "data": 1}).to_string();
    let request = Request::post("/v1/messages").header("authorization", format!("Bearer {}", stage.key));
    let (status, _) = stage.call(request.body(Body::from(message)).unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_who_registers_again_keeps_the_device_whatever_changed() {
    let stage = with_sign_in().await;
    let ann = sign(&claims("ann"));
    put(&stage, &ann, "a-1", body("tok-1", &HERS)).await;
    let id = stage.id("a-1");
    // The key was lost with the Asset Store, the token is new: her JWT is enough.
    assert_eq!(put(&stage, &ann, "a-1", body("tok-2", &[9; 32])).await.0, StatusCode::OK);
    assert_eq!(stage.id("a-1"), id);
    // "Clear app data": another AAID with the same token. It is the same installation.
    assert_eq!(put(&stage, &ann, "a-2", body("tok-2", &[8; 32])).await.0, StatusCode::CREATED);
    let old = registry::summary(&stage.backend.database, &id).await.unwrap().unwrap();
    assert_eq!((old.has_token, old.token_fault.as_str()), (false, "moved"));
}

#[tokio::test]
async fn where_nobody_signs_in_a_device_is_changed_and_removed_by_its_key_alone() {
    let stage = quiet().await;
    stage.put("/v1/devices/a-1", body("tok", &HERS)).await;
    let hers = stage.id("a-1");
    for attack in
        [body("tok", &HIS), body("tok-2", &HIS), registration("tok", "cn", &[("k2", &HIS), ("k1", &HIS)])]
    {
        assert!(stage.put("/v1/devices/a-1", attack).await.0.is_success());
        assert_ne!(stage.id("a-1"), hers);
    }
    let with = |key: &[u8]| format!("k1.{}", URL_SAFE_NO_PAD.encode(key));
    for credential in ["", "x", &with(&[3; 32]), &with(&[3; 31])] {
        assert_eq!(delete(&stage, credential, "a-1").await, StatusCode::FORBIDDEN, "{credential}");
    }
    let device = registry::summary(&stage.backend.database, &hers).await.unwrap().unwrap();
    assert!(device.has_token);
    // A new key, proven by the one before: the same device, and the token is its own again.
    let rotated = registration("tok-3", "cn", &[("k2", &[4; 32]), ("k1", &HERS)]);
    assert_eq!(stage.put("/v1/devices/a-1", rotated).await.0, StatusCode::OK);
    assert_eq!(stage.id("a-1"), hers);
    assert_eq!(
        delete(&stage, &with(&HERS), "a-1").await,
        StatusCode::FORBIDDEN,
        "the key before is none any more"
    );
    let current = format!("k2.{}", URL_SAFE_NO_PAD.encode([4; 32]));
    assert_eq!(delete(&stage, &current, "a-1").await, StatusCode::NO_CONTENT);
    assert!(registry::summary(&stage.backend.database, &hers).await.unwrap().is_none());
    assert_eq!(delete(&stage, "x", "a-9").await, StatusCode::NO_CONTENT, "there is none");
}

#[tokio::test]
async fn where_nobody_signs_in_a_users_name_proves_nothing() {
    let stage = quiet().await;
    let of_ann = |token: &str, key: &[u8]| {
        let mut body = body(token, key);
        body["user"] = json!("ann");
        body
    };
    stage.put("/v1/devices/a-1", of_ann("tok", &HERS)).await;
    let hers = stage.id("a-1");
    assert_eq!(stage.put("/v1/devices/a-1", of_ann("tok", &HIS)).await.0, StatusCode::CREATED);
    assert_eq!(stage.put("/v1/devices/a-2", of_ann("tok", &HIS)).await.0, StatusCode::CREATED);
    assert!(registry::summary(&stage.backend.database, &hers).await.unwrap().unwrap().has_token);
}

#[tokio::test]
async fn the_device_key_ends_another_users_device_and_what_waits_for_it() {
    let stage = with_sign_in().await;
    put(&stage, &sign(&claims("ann")), "a-1", body("tok", &HERS)).await;
    let hers = stage.id("a-1");
    let id = stage.accepted(json!({"to": {"devices": [hers]}, "data": 1})).await;
    // An app that keeps its key when users change: the key is the proof that it is the same phone.
    assert_eq!(put(&stage, &sign(&claims("bob")), "a-1", body("tok", &HERS)).await.0, StatusCode::CREATED);
    assert_ne!(stage.id("a-1"), hers);
    assert!(registry::summary(&stage.backend.database, &hers).await.unwrap().is_none());
    assert!(goes_out(&stage, &hers).await.is_empty(), "{id} would go to bob's phone");
}

#[tokio::test]
async fn a_user_has_so_many_devices_and_the_one_not_seen_for_longest_goes() {
    let stage = with_sign_in().await;
    let ann = sign(&claims("ann"));
    let most = registry::MAX_DEVICES_OF_USER;
    for n in 0..most {
        put(&stage, &ann, &format!("a-{n}"), body(&format!("tok-{n}"), &HERS)).await;
    }
    let oldest = stage.id("a-5");
    let sql = "UPDATE devices SET seen_at = seen_at - 1000 WHERE id = $1";
    sqlx::query(sql).bind(&oldest).execute(&stage.backend.database.pool).await.unwrap();
    put(&stage, &ann, "one-more", body("tok-one-more", &HERS)).await;
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM devices")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(count, most);
    assert!(registry::summary(&stage.backend.database, &oldest).await.unwrap().is_none());
}

#[tokio::test]
async fn devices_that_register_one_token_at_once_are_all_answered() {
    let stage = std::sync::Arc::new(with_sign_in().await);
    let calls = (0..24).map(|n| {
        let stage = std::sync::Arc::clone(&stage);
        tokio::spawn(async move {
            let user = sign(&claims(&format!("user-{}", n % 8)));
            // Different users and AAIDs with one token, and every device twice.
            put(&stage, &user, &format!("a-{}", n % 12), body("tok", &[n; 32])).await.0.as_u16()
        })
    });
    for call in calls.collect::<Vec<_>>() {
        let status = call.await.unwrap();
        assert!(matches!(status, 200 | 201 | 409), "{status}");
    }
    let twice: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM (SELECT user_id, aaid FROM devices GROUP BY user_id, aaid HAVING COUNT(*) > 1) AS twice",
    )
    .fetch_one(&stage.backend.database.pool)
    .await
    .unwrap();
    assert_eq!(twice, 0);
}
