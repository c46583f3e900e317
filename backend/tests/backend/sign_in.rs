//! The app's own JWT in each algorithm, by key file and by JWKS file, and what must not pass for it.

use std::path::{Path, PathBuf};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use pushseal_backend::access::{DeviceAuthSettings, JwtVerifier};
use pushseal_backend::config::Config;
use serde_json::{Value, json};

use crate::stage::{Stage, registration};

/// A key pair of the app's sign-in.
pub(crate) struct SignIn {
    algorithm: Algorithm,
    private: EncodingKey,
    /// What a `key_file` holds.
    public: Vec<u8>,
}

impl SignIn {
    fn rs256() -> Self {
        let pair = RsaPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private = EncodingKey::from_rsa_pem(&pem("PRIVATE", private.as_ref())).unwrap();
        Self { algorithm: Algorithm::RS256, private, public: pem("PUBLIC", public.as_ref()) }
    }

    pub(crate) fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let private = EncodingKey::from_ec_pem(&pem("PRIVATE", private.as_ref())).unwrap();
        Self { algorithm: Algorithm::ES256, private, public: pem("PUBLIC", public.as_ref()) }
    }

    fn hs256() -> Self {
        let secret: [u8; 32] = pushseal_backend::random::bytes().unwrap();
        let secret = URL_SAFE_NO_PAD.encode(secret).into_bytes();
        Self { algorithm: Algorithm::HS256, private: EncodingKey::from_secret(&secret), public: secret }
    }

    pub(crate) fn jwk(&self, kid: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.private, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(&jwk).unwrap();
        jwk["kid"] = json!(kid);
        jwk
    }

    pub(crate) fn sign(&self, user: &str, kid: Option<&str>) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(self.algorithm) };
        jsonwebtoken::encode(&header, &claims(user), &self.private).unwrap()
    }
}

fn pem(kind: &str, der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN {kind} KEY-----\n{}\n-----END {kind} KEY-----\n", STANDARD.encode(der)).into_bytes()
}

fn claims(user: &str) -> Value {
    json!({"sub": user, "exp": pushseal_backend::clock::now_ms() / 1000 + 300})
}

fn settings(
    algorithm: Algorithm,
    key_file: Option<PathBuf>,
    jwks_file: Option<PathBuf>,
) -> DeviceAuthSettings {
    DeviceAuthSettings {
        algorithm,
        key_file,
        jwks_file,
        jwks_url: None,
        jwks_max_age_seconds: 900,
        issuer: None,
        audience: None,
    }
}

fn by_key_file(folder: &Path, algorithm: Algorithm, key: &[u8]) -> DeviceAuthSettings {
    let path = folder.join("key");
    std::fs::write(&path, key).unwrap();
    settings(algorithm, Some(path), None)
}

fn by_jwks(folder: &Path, algorithm: Algorithm, keys: &[Value]) -> DeviceAuthSettings {
    let path = folder.join("jwks.json");
    std::fs::write(&path, json!({"keys": keys}).to_string()).unwrap();
    settings(algorithm, None, Some(path))
}

async fn with(settings: DeviceAuthSettings) -> Stage {
    let base = Stage::without_workers("http://127.0.0.1:9", None).await;
    let config = Config { open_registration: false, device_auth: Some(settings), ..base.config.clone() };
    Stage::from_config(&config, base.folder).await
}

async fn put(stage: &Stage, jwt: &str, device: &str) -> u16 {
    let body = registration(&format!("tok-{device}-{}", jwt.len()), "cn", &[("k1", &[1; 32])]);
    let request = Request::put(format!("/v1/devices/{device}"))
        .header("authorization", format!("Bearer {jwt}"))
        .body(Body::from(body.to_string()))
        .unwrap();
    stage.call(request).await.0.as_u16()
}

#[tokio::test]
async fn each_algorithm_opens_the_door_by_key_file_and_by_key_set_to_ones_own_devices() {
    for key in [SignIn::hs256(), SignIn::rs256(), SignIn::es256()] {
        let folder = tempfile::tempdir().unwrap();
        let other = SignIn { public: Vec::new(), ..fresh(key.algorithm) };
        for settings in [
            by_key_file(folder.path(), key.algorithm, &key.public),
            by_jwks(folder.path(), key.algorithm, &[other.jwk("other"), key.jwk("mine")]),
        ] {
            let by_set = settings.jwks_file.is_some();
            let stage = with(settings).await;
            let what = format!("{:?}, by a set: {by_set}", key.algorithm);
            assert_eq!(put(&stage, &key.sign("ann", Some("mine")), "a-1").await, 201, "{what}");
            // Signed well, but the device is someone else's: this one has the same AAID and is another.
            let hers = stage.id("a-1");
            assert_eq!(put(&stage, &key.sign("someone-else", Some("mine")), "a-1").await, 201, "{what}");
            assert_ne!(stage.id("a-1"), hers, "{what}");
            // Another key of the same kind; in a set, a key chosen by the wrong name or by none.
            assert_eq!(put(&stage, &other.sign("ann", Some("mine")), "a-2").await, 401, "{what}");
            if by_set {
                for kid in [Some("other"), Some("unknown"), None] {
                    assert_eq!(put(&stage, &key.sign("ann", kid), "a-2").await, 401, "{what}: {kid:?}");
                }
            }
        }
    }
}

fn fresh(algorithm: Algorithm) -> SignIn {
    match algorithm {
        Algorithm::RS256 => SignIn::rs256(),
        Algorithm::ES256 => SignIn::es256(),
        _ => SignIn::hs256(),
    }
}

/// The public key is no secret: who signs with it as if it were one must not come in.
#[tokio::test]
async fn a_public_key_is_no_hmac_secret_and_no_other_algorithm_is_taken() {
    for key in [SignIn::rs256(), SignIn::es256()] {
        let folder = tempfile::tempdir().unwrap();
        let public_as_secret = SignIn {
            algorithm: Algorithm::HS256,
            private: EncodingKey::from_secret(&key.public),
            public: Vec::new(),
        };
        let as_line = EncodingKey::from_secret(key.public.trim_ascii_end());
        let trimmed = SignIn { algorithm: Algorithm::HS256, private: as_line, public: Vec::new() };
        let other_kind = if key.algorithm == Algorithm::RS256 { SignIn::es256() } else { SignIn::rs256() };
        let good = key.sign("ann", Some("mine"));
        let unsigned = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(json!({"alg": "none", "typ": "JWT", "kid": "mine"}).to_string()),
            good.split('.').nth(1).unwrap()
        );
        for settings in [
            by_key_file(folder.path(), key.algorithm, &key.public),
            by_jwks(folder.path(), key.algorithm, &[key.jwk("mine"), SignIn::hs256().jwk("secret")]),
        ] {
            let stage = with(settings).await;
            let forged = [
                public_as_secret.sign("ann", Some("mine")),
                public_as_secret.sign("ann", Some("secret")),
                trimmed.sign("ann", Some("mine")),
                other_kind.sign("ann", Some("mine")),
                unsigned.clone(),
            ];
            for jwt in forged {
                assert_eq!(put(&stage, &jwt, "a-1").await, 401, "{:?} {jwt}", key.algorithm);
            }
            assert_eq!(put(&stage, &good, "a-1").await, 201);
        }
    }
}

#[test]
fn a_key_that_does_not_fit_the_algorithm_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let (rsa, ec) = (SignIn::rs256(), SignIn::es256());
    for (algorithm, key) in [
        (Algorithm::RS256, ec.public.as_slice()),
        (Algorithm::ES256, rsa.public.as_slice()),
        (Algorithm::RS256, b"no key at all".as_slice()),
        (Algorithm::HS256, b"short".as_slice()),
        (Algorithm::HS512, [1; 64].as_slice()),
        (Algorithm::PS256, rsa.public.as_slice()),
    ] {
        assert!(JwtVerifier::load(&by_key_file(folder.path(), algorithm, key)).is_err(), "{algorithm:?}");
    }
    // A public key as an HMAC secret would let anyone sign.
    for key in [&rsa.public, &ec.public] {
        for before in ["", "\n", "\u{feff}", "# a comment\n"] {
            let key = [before.as_bytes(), key].concat();
            assert!(JwtVerifier::load(&by_key_file(folder.path(), Algorithm::HS256, &key)).is_err());
        }
    }
}

#[test]
fn a_set_without_a_key_for_the_algorithm_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let load =
        |algorithm, keys: &[Value]| JwtVerifier::load(&by_jwks(folder.path(), algorithm, keys)).is_ok();
    let (rsa, secret) = (SignIn::rs256().jwk("rsa"), SignIn::hs256().jwk("secret"));
    let short = json!({"kty": "oct", "kid": "short", "k": URL_SAFE_NO_PAD.encode([7; 31])});
    let mut nameless = rsa.clone();
    nameless.as_object_mut().unwrap().remove("kid");
    assert!(
        load(Algorithm::RS256, &[secret.clone(), rsa.clone()])
            && load(Algorithm::HS256, &[short.clone(), secret])
    );
    for keys in [vec![], vec![short], vec![rsa.clone()]] {
        assert!(!load(Algorithm::HS256, &keys), "{keys:?}");
    }
    assert!(!load(Algorithm::ES256, &[rsa]) && !load(Algorithm::RS256, &[nameless]));
}

#[test]
fn the_file_and_the_algorithm_are_named_with_what_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let said = |settings: DeviceAuthSettings| JwtVerifier::load(&settings).unwrap_err().to_string();
    for (error, words) in [
        (said(by_jwks(path, Algorithm::ES256, &[])), ["jwks.json", "ES256", "P-256"]),
        (said(by_jwks(path, Algorithm::RS256, &[])), ["jwks.json", "RS256", "RSA"]),
        (said(by_jwks(path, Algorithm::HS256, &[])), ["jwks.json", "HS256", "32 bytes"]),
        (said(by_key_file(path, Algorithm::ES256, b"")), ["key", "ES256", "PEM of a P-256"]),
        (said(by_key_file(path, Algorithm::RS256, b"")), ["key", "RS256", "PEM of an RSA"]),
        (said(by_key_file(path, Algorithm::HS256, b"short-secret")), ["key", "HS256", "no PEM"]),
        (said(settings(Algorithm::ES256, None, Some(path.join("key")))), ["key", "ES256", "JWK set"]),
    ] {
        assert!(error.contains(&path.display().to_string()), "{error}");
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
        assert!(!error.contains("short-secret"), "{error}");
        let named = ["ES256", "RS256", "HS256"].iter().filter(|algorithm| error.contains(**algorithm));
        assert_eq!(named.count(), 1, "{error}");
    }
}

/// The last byte of a random secret may be one that is white space in a text.
#[test]
fn a_secret_of_any_bytes_is_taken_whole_and_a_text_without_its_line_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = vec![0xfe; 31];
    bytes.push(b'\n');
    let text = b"a secret of the app's own sign-in".to_vec();
    let line = [text.as_slice(), b" \r\n"].concat();
    for (file, secret) in [(&bytes, &bytes), (&text, &text), (&line, &text)] {
        let verifier = JwtVerifier::load(&by_key_file(folder.path(), Algorithm::HS256, file)).unwrap();
        let private = EncodingKey::from_secret(secret);
        let key = SignIn { algorithm: Algorithm::HS256, private, public: Vec::new() };
        assert_eq!(verifier.user(&key.sign("ann", None)).as_deref(), Ok("ann"));
    }
}
