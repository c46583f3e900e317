//! A phone that changes hands, with the Push Kit double between backend and phone.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use pushseal_backend::config::Config;
use pushseal_backend::messages::CHALLENGE_ID;
use pushseal_backend::registry;
use serde_json::{Value, json};

use crate::registry::{claims, put, sign, with_sign_in};
use crate::shared_token::{ended, with_webhook};
use crate::stage::{Double, Stage, data_of, open, registration, service_account};

const ANNS: [u8; 32] = [1; 32];
const BOBS: [u8; 32] = [2; 32];

/// Users sign in, and messages go to the double.
async fn with_users() -> (Stage, Double) {
    let keys = tempfile::tempdir().unwrap();
    let account = service_account(keys.path());
    let double = Double::start(&account);
    let base = with_sign_in().await;
    let mut config: Config = base.config.clone();
    let region = config.regions.get_mut("cn").unwrap();
    region.push_url.clone_from(&double.url);
    region.service_account_file = Some(account);
    let mut stage = Stage::from_config(&config, base.folder).await;
    stage.start_workers();
    (stage, double)
}

fn body(token: &str, key: &[u8]) -> Value {
    registration(token, "cn", &[("k1", key)])
}

async fn prove(stage: &Stage, user: &str, device: &str, nonce: &str) -> StatusCode {
    let request = Request::post(format!("/v1/devices/{device}/proof"))
        .header("authorization", format!("Bearer {}", sign(&claims(user))))
        .body(Body::from(json!({"nonce": nonce}).to_string()))
        .unwrap();
    stage.call(request).await.0
}

/// Waits until so many challenges came to the token, and gives the nonce of the newest that opens with this key.
async fn nonce(double: &Double, token: &str, key: &[u8], count: usize) -> String {
    let begin = std::time::Instant::now();
    loop {
        let rows = double.table(token).await;
        let opened: Vec<_> = rows
            .iter()
            .filter_map(|row| {
                let row: Value = serde_json::from_str(row["message"].as_str().unwrap()).unwrap();
                open(key, row["data"].as_str().unwrap()).ok()
            })
            .filter(|message| message.id.starts_with(CHALLENGE_ID))
            .collect();
        if opened.len() >= count {
            return data_of(opened.last().unwrap()).as_str().unwrap().to_owned();
        }
        assert!(begin.elapsed().as_secs() < 20, "{} of {count} came", opened.len());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn fault(stage: &Stage, device: &str) -> String {
    registry::summary(&stage.backend.database, device).await.unwrap().unwrap().token_fault
}

#[tokio::test]
async fn without_a_logout_it_works_for_the_new_user_at_once_and_the_old_users_alerts_stop() {
    let (stage, double) = with_users().await;
    let _webhooks = with_webhook(&stage).await;
    let token = double.token("a-1").await;
    put(&stage, &sign(&claims("ann")), "a-1", body(&token, &ANNS)).await;
    let anns = stage.id("a-1");
    put(&stage, &sign(&claims("bob")), "a-1", body(&token, &BOBS)).await;
    let bobs = stage.id("a-1");
    let id = stage.accepted(json!({"to": {"users": ["bob"]}, "data": "for bob", "proxyData": true})).await;
    assert_eq!(stage.settled(&id).await[0]["state"], "sent", "before any proof");
    // Until it is proven, nothing of ann's changes.
    assert_eq!(fault(&stage, &anns).await, "");
    let nonce = nonce(&double, &token, &BOBS, 1).await;
    for (user, device) in [("ann", &anns), ("ann", &bobs), ("bob", &anns)] {
        assert_eq!(prove(&stage, user, device, &nonce).await, StatusCode::FORBIDDEN, "{user}");
    }
    assert_eq!(fault(&stage, &anns).await, "");
    for _ in 0..2 {
        assert_eq!(prove(&stage, "bob", &bobs, &nonce).await, StatusCode::NO_CONTENT);
    }
    assert_eq!((fault(&stage, &anns).await, fault(&stage, &bobs).await), ("moved".to_owned(), String::new()));
    assert_eq!(ended(&stage).await, [[anns.clone(), "ann".to_owned(), "moved".to_owned()]]);
    let alert = json!({"to": {"users": ["ann"]}, "type": "alert", "notification": {"title": "Ann's", "body": "private"}});
    let id = stage.accepted(alert).await;
    assert_eq!(stage.settled(&id).await[0]["code"], "token_dead");
    assert!(double.sends().await.iter().all(|send| !send["body"].as_str().unwrap().contains("private")));
}

#[tokio::test]
async fn with_a_logout_nobody_is_asked_for_a_proof() {
    let (stage, double) = with_users().await;
    let token = double.token("a-1").await;
    let ann = sign(&claims("ann"));
    put(&stage, &ann, "a-1", body(&token, &ANNS)).await;
    let request = Request::delete("/v1/devices/a-1").header("authorization", format!("Bearer {ann}"));
    assert_eq!(stage.call(request.body(Body::empty()).unwrap()).await.0, StatusCode::NO_CONTENT);
    put(&stage, &sign(&claims("bob")), "a-1", body(&token, &BOBS)).await;
    let id = stage.accepted(json!({"to": {"users": ["bob"]}, "data": 1, "proxyData": true})).await;
    assert_eq!(stage.settled(&id).await[0]["state"], "sent");
    assert_eq!(double.sends().await.len(), 1);
}

#[tokio::test]
async fn an_answer_is_good_once_and_against_those_who_had_the_token_when_it_was_asked() {
    let (stage, double) = with_users().await;
    let token = double.token("a-1").await;
    put(&stage, &sign(&claims("ann")), "a-1", body(&token, &ANNS)).await;
    put(&stage, &sign(&claims("bob")), "a-1", body(&token, &BOBS)).await;
    let bobs = stage.id("a-1");
    let bobs_nonce = nonce(&double, &token, &BOBS, 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    // Carol has the phone now. Bob's answer is older than that.
    put(&stage, &sign(&claims("carol")), "a-1", body(&token, &[3; 32])).await;
    let carols = stage.id("a-1");
    assert_eq!(prove(&stage, "bob", &bobs, &bobs_nonce).await, StatusCode::NO_CONTENT);
    assert_eq!(fault(&stage, &carols).await, "");
    let carols_nonce = nonce(&double, &token, &[3; 32], 1).await;
    assert_eq!(prove(&stage, "carol", &carols, &carols_nonce).await, StatusCode::NO_CONTENT);
    assert_eq!(fault(&stage, &bobs).await, "moved");
    // Bob's device has no token that he could prove.
    assert_eq!(prove(&stage, "bob", &bobs, &bobs_nonce).await, StatusCode::FORBIDDEN);
    assert_eq!(fault(&stage, &carols).await, "");
}

#[tokio::test]
async fn an_attackers_registrations_send_a_few_challenges_and_end_with_the_owners_own() {
    let (mut stage, double) = with_users().await;
    let token = double.token("a-1").await;
    put(&stage, &sign(&claims("ann")), "a-1", body(&token, &ANNS)).await;
    let anns = stage.id("a-1");
    for n in 0..8 {
        for user in ["bob", "eve", "mallory"] {
            put(&stage, &sign(&claims(user)), &format!("{user}-{n}"), body(&token, &BOBS)).await;
        }
    }
    let bobs = stage.id("bob-7");
    // He never sees what came: it is sealed for him, and on her phone.
    assert_eq!(prove(&stage, "bob", &bobs, "a guess").await, StatusCode::FORBIDDEN);
    put(&stage, &sign(&claims("ann")), "a-1", body(&token, &ANNS)).await;
    let nonce = nonce(&double, &token, &ANNS, 1).await;
    stage.stop_workers().await;
    let challenges = double.sends().await.len();
    assert!(challenges <= 12, "{challenges} push messages");
    assert_eq!(prove(&stage, "ann", &anns, &nonce).await, StatusCode::NO_CONTENT);
    assert_eq!((fault(&stage, &anns).await, fault(&stage, &bobs).await), (String::new(), "moved".to_owned()));
}

#[tokio::test]
async fn the_database_alone_answers_no_challenge() {
    let (stage, double) = with_users().await;
    let token = double.token("a-1").await;
    put(&stage, &sign(&claims("ann")), "a-1", body(&token, &ANNS)).await;
    put(&stage, &sign(&claims("bob")), "a-1", body(&token, &BOBS)).await;
    let nonce = nonce(&double, &token, &BOBS, 1).await;
    let stored: Vec<String> = sqlx::query_scalar("SELECT nonce_hash FROM token_challenges")
        .fetch_all(&stage.backend.database.pool)
        .await
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert_ne!(stored[0], nonce);
    assert_eq!(prove(&stage, "bob", &stage.id("a-1"), &stored[0]).await, StatusCode::FORBIDDEN);
    let kept: Vec<String> =
        sqlx::query_scalar("SELECT payload FROM deliveries UNION ALL SELECT shared_payload FROM messages")
            .fetch_all(&stage.backend.database.pool)
            .await
            .unwrap();
    assert!(kept.iter().all(|payload| !payload.contains(&nonce)));
}
