//! API keys and the keys of the app's sign-in change while the backend runs.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use jsonwebtoken::Algorithm;
use pushseal_backend::access::{
    ApiKeys, DeviceAuthError, DeviceAuthSettings, JwtVerifier, KeyLimits, NewApiKey, Scope, SignInError,
};
use serde_json::{Value, json};

use crate::sign_in::SignIn;
use crate::stage::{NOWHERE, Program, Setting, code, registration};

/// The status of a request with this API key.
async fn status(program: &Program, key: &str) -> u16 {
    let get = reqwest::Client::new().get(format!("{}/v1/messages/none", program.url)).bearer_auth(key);
    get.send().await.unwrap().status().as_u16()
}

/// Waits until the answer is this one.
async fn becomes(expected: u16, mut asked: impl AsyncFnMut() -> u16) {
    let begin = Instant::now();
    loop {
        let found = asked().await;
        if found == expected {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "still {found} and not {expected}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(unix)]
fn hang_up(program: &Program) {
    let process = program.process.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &process]).status().unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn api_keys_are_read_again_when_their_file_changes_and_on_sighup() {
    let setting = Setting::new();
    let program = setting.start(NOWHERE);
    let first = std::fs::read_to_string(setting.path("api-keys")).unwrap();
    let new = NewApiKey::generate("second", &[Scope::Read]).unwrap();
    assert_eq!((status(&program, &setting.key).await, status(&program, &new.key).await), (404, 401));
    std::fs::write(setting.path("api-keys"), format!("{first}\n{}\n", new.line)).unwrap();
    becomes(404, async || status(&program, &new.key).await).await;
    // A mistake changes nothing, whoever asks.
    std::fs::write(setting.path("api-keys"), "a line that is none of ours").unwrap();
    hang_up(&program);
    let begin = Instant::now();
    while !setting.log().contains("the API keys cannot be read; those of before stay") {
        assert!(begin.elapsed() < Duration::from_secs(30), "{}", setting.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((status(&program, &setting.key).await, status(&program, &new.key).await), (404, 404));
    std::fs::write(setting.path("api-keys"), &new.line).unwrap();
    becomes(401, async || status(&program, &setting.key).await).await;
    assert_eq!(status(&program, &new.key).await, 404);
    // SIGHUP reads a file that has not changed too.
    let reads = |log: &str| log.matches("the API keys were read again").count();
    let before = reads(&setting.log());
    hang_up(&program);
    let begin = Instant::now();
    while reads(&setting.log()) == before {
        assert!(begin.elapsed() < Duration::from_secs(30), "{}", setting.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!setting.log().contains(&*new.key));
}

#[tokio::test]
async fn an_api_key_that_has_expired_is_not_accepted() {
    let setting = Setting::new();
    let make = |arguments: &[&str]| -> (String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
        let output = command.args(["api-key", "new", "--name"]).args(arguments).output().unwrap();
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |name: &str| printed[name].as_str().unwrap().to_owned();
        (text("key"), text("line"))
    };
    let past = make(&["past", "--expires", "2026-01-01T00:00:00Z"]);
    let future = make(&["future", "--expires", "2999-01-01T00:00:00+08:00"]);
    std::fs::write(setting.path("api-keys"), format!("{}\n{}\n", past.1, future.1)).unwrap();
    let program = setting.start(NOWHERE);
    assert_eq!((status(&program, &past.0).await, status(&program, &future.0).await), (401, 404));
}

#[tokio::test]
async fn an_api_key_for_a_region_reaches_devices_of_this_region_alone() {
    let mut stage = crate::stage::quiet().await;
    stage.register("in-cn", "token-1", "cn").await;
    stage.register("in-old", "token-2", "old").await;
    let limits = KeyLimits { regions: vec!["cn".to_owned()], ..KeyLimits::default() };
    let new = NewApiKey::generate_limited("cn-only", &[Scope::Send, Scope::Read], &limits).unwrap();
    let path = stage.folder.path().join("limited");
    std::fs::write(&path, &new.line).unwrap();
    let mut keys = ApiKeys::default();
    keys.load(&path).unwrap();
    stage.backend.api_keys.replace(keys);
    stage.key = new.key.to_string();
    let devices = |ids: &[&str]| json!({"to": {"devices": ids}, "data": 1});
    let (status, answer) = stage.send(devices(&["in-old"])).await;
    assert_eq!((status.as_u16(), code(&answer)), (403, "forbidden"), "{answer}");
    let id = stage.accepted(devices(&["in-cn", "in-old"])).await;
    let states: Vec<(String, String)> = stage.status(&id).await["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| (device["deviceId"].to_string(), device["code"].to_string()))
        .collect();
    let elsewhere = states.iter().filter(|(_, code)| code == "\"region_not_allowed\"").count();
    assert_eq!((states.len(), elsewhere), (2, 1), "{states:?}");
}

#[test]
fn an_api_key_for_a_region_that_there_is_not_is_a_mistake() {
    let setting = Setting::new();
    let line = std::fs::read_to_string(setting.path("api-keys")).unwrap();
    std::fs::write(setting.path("api-keys"), format!("{} regions=cn,mars", line.trim())).unwrap();
    let output = setting.command(NOWHERE, "127.0.0.1:0").stdout(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the API key test is limited to the region mars"), "{text}");
}

#[tokio::test]
async fn the_keys_of_the_apps_sign_in_are_read_again_when_their_file_changes() {
    let setting = Setting::new();
    let (old, new) = (SignIn::es256(), SignIn::es256());
    let write = |key: &SignIn, kid: &str| {
        std::fs::write(setting.path("jwks.json"), json!({"keys": [key.jwk(kid)]}).to_string()).unwrap();
    };
    write(&old, "1");
    let toml = "[device_auth]\nalgorithm = \"ES256\"\njwks_file = \"jwks.json\"\n";
    std::fs::write(setting.path("pushseal.toml"), toml).unwrap();
    let serve = setting.command(NOWHERE, "127.0.0.1:0");
    let mut closed = Command::new(serve.get_program());
    closed.args(serve.get_args().filter(|argument| *argument != "--open-registration"));
    closed.arg("--config").arg(setting.path("pushseal.toml")).stdout(Stdio::piped()).stderr(Stdio::null());
    let program = Program::of(closed.spawn().unwrap());
    let register = async |token: String| {
        let body = registration("token", "cn", &[("k1", &[1; 32])]).to_string();
        let put = reqwest::Client::new().put(format!("{}/v1/devices/a-1", program.url)).bearer_auth(token);
        put.body(body).send().await.unwrap().status().as_u16()
    };
    assert_eq!(register(old.sign("ann", Some("1"))).await, 201);
    assert_eq!(register(new.sign("ann", Some("2"))).await, 401);
    write(&new, "2");
    becomes(200, async || register(new.sign("ann", Some("2"))).await).await;
    assert_eq!(register(old.sign("ann", Some("1"))).await, 401);
}

/// A server that publishes a key set, and counts the requests for it.
struct Publisher {
    set: Arc<std::sync::Mutex<(u16, String)>>,
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Publisher {
    async fn start() -> Self {
        let set = Arc::new(std::sync::Mutex::new((503, String::new())));
        let asked = Arc::new(AtomicUsize::new(0));
        let (shared, counted) = (Arc::clone(&set), Arc::clone(&asked));
        let answer = get(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            let (status, body) = shared.lock().unwrap().clone();
            let moved = [("location", "/elsewhere")];
            async move { (axum::http::StatusCode::from_u16(status).unwrap(), moved, body) }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let routes = Router::new().route("/jwks.json", answer);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { set, asked, url }
    }

    fn publish(&self, keys: &[Value]) {
        *self.set.lock().unwrap() = (200, json!({"keys": keys}).to_string());
    }

    fn fails_with(&self, status: u16, body: &str) {
        *self.set.lock().unwrap() = (status, body.to_owned());
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn settings(url: &str, algorithm: &str) -> DeviceAuthSettings {
    serde_json::from_value(json!({"algorithm": algorithm, "jwks_url": url})).unwrap()
}

/// Time goes on for the verifier; nothing waits for it.
async fn later(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn until(mut done: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_key_set_at_a_url_is_kept_and_asked_for_again_when_a_key_is_not_in_it_but_seldom() {
    let publisher = Publisher::start().await;
    let (old, new) = (SignIn::es256(), SignIn::es256());
    let verifier = Arc::new(JwtVerifier::load(&settings(&publisher.url, "ES256")).unwrap());
    let user = |key: &SignIn, kid: &str| verifier.user(&key.sign("ann", Some(kid)));
    // Not a word of the set yet: nobody is told that the sign-in is wrong.
    assert!(!verifier.fetch().await);
    assert_eq!(user(&old, "1"), Err(SignInError::KeysUnknown));
    publisher.publish(&[old.jwk("1")]);
    assert!(verifier.fetch().await);
    assert_eq!(user(&old, "1").as_deref(), Ok("ann"));
    let keeper = tokio::spawn({
        let verifier = Arc::clone(&verifier);
        async move { verifier.keep_fresh().await }
    });
    // Whoever makes up key ids does not make us ask.
    let asked = publisher.asked();
    for n in 0..100 {
        assert_eq!(user(&new, &format!("made-up-{n}")), Err(SignInError::Refused));
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(publisher.asked(), asked);
    // The app's sign-in rotates its key.
    publisher.publish(&[new.jwk("2")]);
    later(31).await;
    assert_eq!(user(&new, "2"), Err(SignInError::KeysUnknown));
    until(|| user(&new, "2").is_ok()).await;
    assert_eq!(user(&old, "1"), Err(SignInError::Refused));
    assert_eq!(publisher.asked(), asked + 1);
    // An answer that is none takes no key away: not a redirect, not HTML, not an empty set.
    for (status, body) in [(302, ""), (200, "<html>"), (200, "{\"keys\":[]}"), (500, "")] {
        publisher.fails_with(status, body);
        let asked = publisher.asked();
        later(1000).await;
        until(|| publisher.asked() > asked).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(user(&new, "2").as_deref(), Ok("ann"), "{status} {body}");
        assert_eq!(user(&old, "3"), Err(SignInError::KeysUnknown), "{status} {body}");
    }
    keeper.abort();
}

#[tokio::test]
async fn only_the_configured_algorithm_counts_whatever_a_published_key_says() {
    let publisher = Publisher::start().await;
    let key = SignIn::es256();
    let with = |member: &str, value: &str| {
        let mut jwk = key.jwk("1");
        jwk[member] = json!(value);
        jwk
    };
    let verifier = JwtVerifier::load(&settings(&publisher.url, "ES256")).unwrap();
    for (jwk, taken) in [
        (with("alg", "ES256"), true),
        (with("use", "sig"), true),
        (with("alg", "ES384"), false),
        (with("alg", "RSA-OAEP"), false),
        (with("use", "enc"), false),
        (json!({"kty": "oct", "kid": "1", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}), false),
    ] {
        publisher.publish(std::slice::from_ref(&jwk));
        assert_eq!(verifier.fetch().await, taken, "{jwk}");
    }
    let error = |url: &str, algorithm| JwtVerifier::load(&settings(url, algorithm)).unwrap_err();
    assert!(matches!(error(&publisher.url, "HS256"), DeviceAuthError::SecretAtUrl));
    for url in ["http://example.com/jwks", "https://user:secret@example.com/jwks", "ftp://h", "h"] {
        assert!(matches!(error(url, "ES256"), DeviceAuthError::Url(_)), "{url}");
    }
    assert_eq!(settings("https://h", "ES256").algorithm, Algorithm::ES256);
}
