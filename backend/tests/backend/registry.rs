//! Whose device is whose, and the rotation of device keys and master keys.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pushseal_backend::access::DeviceAuthSettings;
use pushseal_backend::config::Config;
use pushseal_backend::registry::{self, MasterKeys};
use serde_json::{Value, json};

use crate::stage::{Stage, data_of, open, registration};

const SECRET: &str = "a secret of the app's own sign-in, 32 bytes or more";

/// A backend where users register with an HS256 JWT.
pub(crate) async fn with_sign_in() -> Stage {
    let base = Stage::without_workers("http://127.0.0.1:9", None).await;
    let path = base.folder.path().join("secret-of-sign-in");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    let settings = DeviceAuthSettings {
        algorithm: Algorithm::HS256,
        key_file: Some(path),
        jwks_file: None,
        jwks_url: None,
        jwks_max_age_seconds: 900,
        issuer: Some("https://login.example.com".to_owned()),
        audience: Some("push".to_owned()),
    };
    let config = Config { open_registration: false, device_auth: Some(settings), ..base.config.clone() };
    Stage::from_config(&config, base.folder).await
}

pub(crate) fn claims(user: &str) -> Value {
    let now = pushseal_backend::clock::now_ms() / 1000;
    json!({"sub": user, "iss": "https://login.example.com", "aud": "push", "exp": now + 300})
}

pub(crate) fn sign(claims: &Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
}

pub(crate) async fn put(stage: &Stage, jwt: &str, aaid: &str, body: Value) -> (StatusCode, String) {
    let request = Request::put(format!("/v1/devices/{aaid}"))
        .header("authorization", format!("Bearer {jwt}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    let (status, answer) = stage.call(request).await;
    (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn body(token: &str) -> Value {
    registration(token, "cn", &[("k1", &[1; 32])])
}

#[tokio::test]
async fn a_user_reaches_their_own_devices_only() {
    let stage = with_sign_in().await;
    let (ann, bob) = (sign(&claims("ann")), sign(&claims("bob")));
    assert_eq!(put(&stage, &ann, "a-1", body("tok-1")).await.0, StatusCode::CREATED);
    let hers = stage.id("a-1");
    let mut as_ann = body("tok-3");
    as_ann["user"] = json!("ann");
    assert_eq!(put(&stage, &bob, "a-1", as_ann).await, (StatusCode::FORBIDDEN, "forbidden".to_owned()));
    // Nothing of it had an effect.
    let device = registry::summary(&stage.backend.database, &hers).await.unwrap().unwrap();
    assert_eq!((device.user.as_str(), device.has_token), ("ann", true));
    let id = stage.accepted(json!({"to": {"users": ["ann"]}, "data": 1})).await;
    assert_eq!(stage.status(&id).await["devices"][0]["deviceId"], "a-1");
    let (status, _) = stage.send(json!({"to": {"users": ["bob"]}, "data": 1})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_attachment_is_for_its_receivers_only() {
    let stage = with_sign_in().await;
    let (ann, bob) = (sign(&claims("ann")), sign(&claims("bob")));
    put(&stage, &ann, "a-1", body("tok-1")).await;
    put(&stage, &bob, "b-1", body("tok-2")).await;
    stage.accepted(json!({"to": {"users": ["ann"]}, "data": "x".repeat(5000)})).await;
    let id: String = sqlx::query_scalar("SELECT id FROM attachments")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    for (jwt, expected) in [(&ann, 200), (&bob, 404), (&"x".to_owned(), 401)] {
        let request = Request::get(format!("/v1/attachments/{id}"))
            .header("authorization", format!("Bearer {jwt}"))
            .body(Body::empty())
            .unwrap();
        assert_eq!(stage.call(request).await.0.as_u16(), expected);
    }
    assert_eq!(stage.bytes(&format!("/v1/attachments/{id}"), None).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_jwt_that_is_not_good_is_refused() {
    let stage = with_sign_in().await;
    let now = pushseal_backend::clock::now_ms() / 1000;
    let with = |member: &str, value: Value| {
        let mut claims = claims("ann");
        claims[member] = value;
        claims
    };
    let without = |member: &str| {
        let mut claims = claims("ann");
        claims.as_object_mut().unwrap().remove(member);
        claims
    };
    let cases = [
        with("exp", json!(now - 120)),
        with("nbf", json!(now + 600)),
        with("iss", json!("https://other.example.com")),
        with("aud", json!("other")),
        with("sub", json!("")),
        with("sub", json!("a\nb")),
        without("exp"),
        without("sub"),
        without("iss"),
        without("aud"),
    ];
    for claims in cases {
        assert_eq!(
            put(&stage, &sign(&claims), "a-1", body("t")).await.0,
            StatusCode::UNAUTHORIZED,
            "{claims}"
        );
    }
    let good = sign(&claims("ann"));
    let header = |alg: &str| URL_SAFE_NO_PAD.encode(json!({"alg": alg, "typ": "JWT"}).to_string());
    let rest = good.split_once('.').unwrap().1;
    let unsigned = format!("{}.{}.", header("none"), rest.split_once('.').unwrap().0);
    for jwt in
        [unsigned, format!("{}.{rest}", header("HS512")), format!("{good}A"), "x".to_owned(), String::new()]
    {
        assert_eq!(put(&stage, &jwt, "a-1", body("t")).await.0, StatusCode::UNAUTHORIZED, "{jwt}");
    }
    let (status, _) = stage.put("/v1/devices/a-1", body("t")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_a_configuration_nobody_registers() {
    let base = Stage::without_workers("http://127.0.0.1:9", None).await;
    let config = Config { open_registration: false, ..base.config.clone() };
    let stage = Stage::from_config(&config, base.folder).await;
    let (status, answer) = stage.put("/v1/devices/a-1", body("t")).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::FORBIDDEN, &json!("registration_closed")));
}

#[tokio::test]
async fn the_current_key_seals_after_a_rotation() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    let (old, new) = ([1; 32], [2; 16]);
    stage.put("/v1/devices/a-1", registration("t", "cn", &[("k0", &old)])).await;
    stage.put("/v1/devices/a-1", registration("t", "cn", &[("k1", &new), ("k0", &old)])).await;
    stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": "after"})).await;
    let payload: String = sqlx::query_scalar("SELECT payload FROM deliveries")
        .fetch_one(&stage.backend.database.pool)
        .await
        .unwrap();
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert_eq!(data_of(&open(&new, payload["extraData"].as_str().unwrap()).unwrap()), "after");
}

#[tokio::test]
async fn a_new_master_key_takes_over_without_losing_a_device() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    for n in 0..5 {
        stage.register(&format!("a-{n}"), &format!("t-{n}"), "cn").await;
    }
    let database = &stage.backend.database;
    let new = URL_SAFE_NO_PAD.encode([9; 32]);
    let both = MasterKeys::parse(&format!("{new}\n{}", URL_SAFE_NO_PAD.encode([7; 32]))).unwrap();
    assert!(!registry::by_ids(database, &both, &[stage.id("a-0")], 9).await.unwrap().is_empty());
    assert_eq!(registry::reseal(database, &both).await.unwrap(), 5);
    assert_eq!(registry::reseal(database, &both).await.unwrap(), 0);
    let only_new = MasterKeys::parse(&new).unwrap();
    for n in 0..5 {
        assert!(
            !registry::by_ids(database, &only_new, &[stage.id(&format!("a-{n}"))], 9)
                .await
                .unwrap()
                .is_empty()
        );
    }
    assert!(registry::by_ids(database, &stage.backend.vault, &[stage.id("a-0")], 9).await.is_err());
}
