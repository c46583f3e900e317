//! What the TOML file may say. docs/backend.md explains each member.

use std::collections::BTreeMap;
use std::path::PathBuf;

use push_kit::{Api, PUSH_URL, TOKEN_URL};
use serde::Deserialize;

use crate::access::DeviceAuthSettings;

/// As Firebase Cloud Messaging has it.
const UNSEEN_DEVICE_DAYS: u32 = 270;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port; port 0 takes a free one.
    pub listen: String,
    /// A file name, `sqlite:FILE` or `postgres://USER@HOST/NAME`.
    pub database: String,
    /// Connections to the database at most; without it 8 to a SQLite file and 24 to PostgreSQL.
    pub database_connections: Option<u32>,
    /// Redis, for sharing the v1 access token: `redis://HOST:PORT` or `rediss://USER:PASSWORD@HOST:PORT`.
    pub redis_url: Option<String>,
    /// Master keys, one a line. `PUSHSEAL_MASTER_KEY` may hold the key instead.
    pub master_key_file: Option<PathBuf>,
    /// API keys, one a line. `PUSHSEAL_API_KEY` may hold one instead.
    pub api_keys_file: Option<PathBuf>,
    /// Anyone may register any device: for development only.
    pub open_registration: bool,
    /// The app's own JWT for registering devices.
    pub device_auth: Option<DeviceAuthSettings>,
    /// Regions by name.
    pub regions: BTreeMap<String, RegionConfig>,
    /// Data that does not fit waits here for the device (claim check); `false`: it is refused.
    pub attachments: bool,
    /// Devices that were not seen for so many days are removed; 0: none is.
    pub unseen_device_days: u32,
    /// The senders' own servers by the name of the API key: they are told what became of the messages.
    pub webhooks: BTreeMap<String, WebhookConfig>,
    /// How much is sent at a time.
    pub outbox: OutboxConfig,
    /// How much is taken from whom.
    pub limits: LimitsConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database: "pushseal.db".to_owned(),
            database_connections: None,
            redis_url: None,
            master_key_file: None,
            api_keys_file: None,
            open_registration: false,
            device_auth: None,
            regions: BTreeMap::new(),
            attachments: true,
            unseen_device_days: UNSEEN_DEVICE_DAYS,
            webhooks: BTreeMap::new(),
            outbox: OutboxConfig::default(),
            limits: LimitsConfig::default(),
        }
    }
}

/// One region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionConfig {
    /// The route, if it is to be checked: `v3` (HarmonyOS 5 and later), `v2` or `v1`. It follows from the other members.
    pub api: Option<Api>,
    /// The sending address, without path.
    pub push_url: String,
    /// The authorisation address: `aud` of the JWT on v3, where tokens are asked for on v1.
    pub token_url: String,
    /// v3: the console's key file.
    pub service_account_file: Option<PathBuf>,
    /// v1: the app's id, which is the OAuth client's id.
    pub app_id: Option<String>,
    /// v2: the project's number.
    pub project_id: Option<String>,
    /// v2: the OAuth client. v3: the app's client id in the console, for revoking messages.
    pub client_id: Option<String>,
    /// v1 and v2: a file with the OAuth client's secret.
    pub client_secret_file: Option<PathBuf>,
    /// The user name of the console's receipt configuration.
    pub receipt_user: Option<String>,
    /// A file with the secret of the console's receipt configuration.
    pub receipt_secret_file: Option<PathBuf>,
    /// Requests a second at most; the console shows the app's quota.
    pub requests_per_second: u32,
}

impl Default for RegionConfig {
    fn default() -> Self {
        Self {
            api: None,
            push_url: PUSH_URL.to_owned(),
            token_url: TOKEN_URL.to_owned(),
            service_account_file: None,
            app_id: None,
            project_id: None,
            client_id: None,
            client_secret_file: None,
            receipt_user: None,
            receipt_secret_file: None,
            requests_per_second: 3000,
        }
    }
}

/// `[webhooks.NAME]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookConfig {
    /// Where events are posted: `https://`, or `http://` on this machine.
    pub url: String,
    /// A file with the secret that signs them, as `pushseal webhook-secret new` prints it; a second line signs too.
    pub secret_file: Option<PathBuf>,
}

/// `[outbox]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutboxConfig {
    /// Requests under way to one region.
    pub requests_at_once: usize,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { requests_at_once: 64 }
    }
}

/// `[limits]`: requests to the HTTP interface. 0 is no limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Requests of one API key; as many again may come at once.
    pub key_per_second: u32,
    /// Requests of one signed-in user; as many may come at once.
    pub user_per_minute: u32,
    /// Requests without an API key from one address; ten times as many may come at once.
    pub address_per_second: u32,
    /// The header in which the proxy before the backend names the client; its last address counts. None: the
    /// connection's own address.
    pub client_address_header: Option<String>,
    /// Open connections.
    pub connections: usize,
    /// For the head of a request to come; also how long a connection may be idle.
    pub head_seconds: u32,
    /// For the body of a request to come.
    pub body_seconds: u32,
    /// For the client to take some more of an answer.
    pub write_seconds: u32,
    /// Attachments that one signed-in user fetches at a time.
    pub attachments_per_user: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            key_per_second: 1000,
            user_per_minute: 60,
            address_per_second: 50,
            client_address_header: None,
            connections: 4096,
            head_seconds: 15,
            body_seconds: 20,
            write_seconds: 30,
            attachments_per_user: 8,
        }
    }
}
