//! A backend in this process on a database of its own, and the Push Kit double beside it.

mod device;
mod double;
mod process;
mod ready;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt;
use push_kit::PushClient;
use pushseal_backend::access::{DeviceAccess, NewApiKey, Scope};
use pushseal_backend::config::{Config, RegionConfig, SecretsFromEnvironment, load};
use pushseal_backend::database::Database;
use pushseal_backend::http::{Backend, app, serve_until};
use pushseal_backend::metrics::Metrics;
use pushseal_backend::outbox::{Outbox, OutboxSettings, Running};
use pushseal_backend::registry::{self, DeviceSummary};
use serde_json::Value;
use sqlx::Connection;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) use device::{data_of, open, register_at, registration};
pub(crate) use double::{
    Double, KEY_ID, PROJECT, SUB_ACCOUNT, another_service_account, certificate_of, service_account,
};
pub(crate) use process::{Program, Setting};
pub(crate) use ready::{NOWHERE, RECEIPT_SECRET, code, quiet, with_receipts};

/// Names a PostgreSQL server to run on instead of SQLite; set by the test that starts one.
pub(crate) const DATABASE_SERVER: &str = "PUSHSEAL_TEST_DATABASE_SERVER";

/// A fresh database: a file, or one on the PostgreSQL server.
async fn fresh_database(folder: &Path) -> String {
    let Ok(server) = std::env::var(DATABASE_SERVER) else {
        return folder.join("pushseal.db").display().to_string();
    };
    sqlx::any::install_default_drivers();
    let name = format!("test_{}", u64::from_le_bytes(pushseal_backend::random::bytes().unwrap()));
    let mut connection = sqlx::AnyConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    format!("{server}/{name}")
}

/// A backend in this process.
pub(crate) struct Stage {
    pub(crate) backend: Arc<Backend>,
    pub(crate) key: String,
    pub(crate) folder: TempDir,
    pub(crate) config: Config,
    running: Option<Running>,
    /// Device ids by AAID, as the answers had them: a test names its devices by their AAIDs.
    ids: Mutex<HashMap<String, String>>,
}

impl Stage {
    /// With a region `cn` at this address, and no workers.
    pub(crate) async fn without_workers(push_url: &str, account: Option<&Path>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = account.map_or_else(|| service_account(folder.path()), Path::to_path_buf);
        let mut config = Config {
            database: fresh_database(folder.path()).await,
            open_registration: true,
            ..Config::default()
        };
        let v3 = RegionConfig {
            push_url: push_url.to_owned(),
            service_account_file: Some(account),
            client_id: Some("client".to_owned()),
            ..RegionConfig::default()
        };
        config.regions.insert("cn".to_owned(), v3);
        std::fs::write(folder.path().join("secret"), "s&cret=1\n").unwrap();
        let v1 = RegionConfig {
            push_url: push_url.to_owned(),
            token_url: format!("{push_url}/oauth2/v3/token"),
            app_id: Some("client".to_owned()),
            client_secret_file: Some(folder.path().join("secret")),
            ..RegionConfig::default()
        };
        let v2 = RegionConfig {
            app_id: None,
            project_id: Some(PROJECT.to_owned()),
            client_id: Some("client".to_owned()),
            ..v1.clone()
        };
        config.regions.insert("old".to_owned(), v1);
        config.regions.insert("older".to_owned(), v2);
        Self::from_config(&config, folder).await
    }

    pub(crate) async fn from_config(config: &Config, folder: TempDir) -> Self {
        let new = NewApiKey::generate("test", &[Scope::Send, Scope::Read]).unwrap();
        let secrets = SecretsFromEnvironment {
            master_key: Some(URL_SAFE_NO_PAD.encode([7; 32]).into()),
            api_key: Some(new.key.clone()),
        };
        let loaded = load(config, &secrets).unwrap();
        let backend = Backend {
            database: Arc::new(Database::open(&config.database).await.unwrap()),
            vault: loaded.vault,
            regions: loaded.regions,
            api_keys: loaded.api_keys,
            device_access: loaded.device_access,
            attachments: config.attachments,
            limits: loaded.limits,
            push: PushClient::new().unwrap(),
            outbox: Outbox::default(),
            metrics: Arc::new(Metrics::default()),
            database_watch: Arc::default(),
        };
        Self {
            backend: Arc::new(backend),
            key: new.key.to_string(),
            folder,
            config: config.clone(),
            running: None,
            ids: Mutex::default(),
        }
    }

    /// With workers that send to the double.
    pub(crate) async fn with_double() -> (Self, Double) {
        let keys = tempfile::tempdir().unwrap();
        let account = service_account(keys.path());
        let double = Double::start(&account);
        let mut stage = Self::without_workers(&double.url, Some(&account)).await;
        stage.start_workers();
        (stage, double)
    }

    pub(crate) fn start_workers(&mut self) {
        self.start_workers_with(PushClient::new().unwrap());
    }

    pub(crate) fn start_workers_with(&mut self, client: PushClient) {
        let backend = &self.backend;
        let settings = OutboxSettings::default();
        let running =
            backend.outbox.start(&backend.database, &backend.regions, &client, &backend.metrics, settings);
        self.running = Some(running);
    }

    pub(crate) async fn stop_workers(&mut self) {
        self.running.take().unwrap().stop().await;
    }

    /// Serves the interface on a free port of this machine; gives its address.
    pub(crate) async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = app(Arc::clone(&self.backend));
        let limits = self.config.limits.clone();
        tokio::spawn(async move { serve_until(std::future::pending(), listener, app, &limits).await });
        url
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.backend.device_access, DeviceAccess::Open)
    }

    /// One request to the interface.
    pub(crate) async fn call(&self, request: Request<Body>) -> (StatusCode, Value) {
        let path = request.uri().path().to_owned();
        let answer = app(Arc::clone(&self.backend)).oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if let Some(code) = body["error"]["code"].as_str() {
            assert!(
                crate::openapi::error_codes().contains(&code.to_owned()),
                "{code} is not in the document"
            );
        }
        if let (Some(aaid), Some(id)) = (path.strip_prefix("/v1/devices/"), body["deviceId"].as_str()) {
            self.ids.lock().unwrap().insert(aaid.to_owned(), id.to_owned());
        }
        (status, body)
    }

    /// The id that the device with this AAID got last; the AAID itself when none has registered here.
    pub(crate) fn id(&self, aaid: &str) -> String {
        self.ids.lock().unwrap().get(aaid).cloned().unwrap_or_else(|| aaid.to_owned())
    }

    pub(crate) async fn summary(&self, aaid: &str) -> Option<DeviceSummary> {
        registry::summary(&self.backend.database, &self.id(aaid)).await.unwrap()
    }

    /// A body that is no JSON, from `range` on.
    pub(crate) async fn bytes(&self, path: &str, range: Option<&str>) -> (StatusCode, Vec<u8>) {
        let mut request = Request::get(path);
        if let Some(range) = range {
            request = request.header("range", range);
        }
        let request = request.body(Body::empty()).unwrap();
        let answer = app(Arc::clone(&self.backend)).oneshot(request).await.unwrap();
        (answer.status(), answer.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(Request::put(path).body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn send(&self, body: Value) -> (StatusCode, Value) {
        self.send_with(body, &[]).await
    }

    pub(crate) async fn send_with(&self, mut body: Value, headers: &[(&str, &str)]) -> (StatusCode, Value) {
        if let Some(Value::Array(devices)) = body.pointer_mut("/to/devices") {
            for device in devices {
                *device = device.as_str().map_or(device.clone(), |aaid| self.id(aaid).into());
            }
        }
        let mut request =
            Request::post("/v1/messages").header("authorization", format!("Bearer {}", self.key));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.call(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn status(&self, id: &str) -> Value {
        let request = Request::get(format!("/v1/messages/{id}"))
            .header("authorization", format!("Bearer {}", self.key))
            .body(Body::empty())
            .unwrap();
        let (status, mut body) = self.call(request).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let aaids: HashMap<String, String> =
            self.ids.lock().unwrap().iter().map(|(aaid, id)| (id.clone(), aaid.clone())).collect();
        let devices = body["devices"].as_array_mut().unwrap();
        for device in devices.iter_mut() {
            if let Some(aaid) = device["deviceId"].as_str().and_then(|id| aaids.get(id)) {
                device["deviceId"] = aaid.as_str().into();
            }
        }
        devices.sort_by_key(|device| (device["deviceId"].to_string(), device["pushType"].as_i64()));
        body
    }

    /// Registers a device and gives its key.
    pub(crate) async fn register(&self, aaid: &str, token: &str, region: &str) -> Vec<u8> {
        let key = aaid.bytes().cycle().take(32).collect::<Vec<_>>();
        let body = registration(token, region, &[("k1", &key)]);
        let (status, answer) = self.put(&format!("/v1/devices/{aaid}"), body).await;
        assert!(status.is_success(), "{status} {answer}");
        key
    }

    /// Removes a device that [`Self::register`] made, as it does itself where nobody signs in.
    pub(crate) async fn remove(&self, aaid: &str) -> StatusCode {
        let key = aaid.bytes().cycle().take(32).collect::<Vec<_>>();
        let request = Request::delete(format!("/v1/devices/{aaid}"))
            .header("authorization", format!("Bearer k1.{}", URL_SAFE_NO_PAD.encode(key)));
        self.call(request.body(Body::empty()).unwrap()).await.0
    }

    /// Sends and gives the message's id.
    pub(crate) async fn accepted(&self, body: Value) -> String {
        let (status, answer) = self.send(body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        answer["messageId"].as_str().unwrap().to_owned()
    }

    /// Waits until no delivery of a message is queued.
    pub(crate) async fn settled(&self, id: &str) -> Vec<Value> {
        self.until(id, |device| device["state"] != "queued").await
    }

    pub(crate) async fn until(&self, id: &str, done: impl Fn(&Value) -> bool) -> Vec<Value> {
        let begin = Instant::now();
        loop {
            let devices = self.status(id).await["devices"].as_array().unwrap().clone();
            if devices.iter().all(&done) {
                return devices;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "still not done: {devices:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
