//! What is wrong with a configuration: all of it, and not the first thing alone.

use crate::access::{ApiKeyError, DeviceAuthError};
use crate::database::{FEWEST_CONNECTIONS, MOST_CONNECTIONS};
use crate::registry::VaultError;
use crate::token_store::RedisAddressError;

/// Each holds a connection and a payload.
pub(super) const MOST_REQUESTS_AT_ONCE: usize = 10_000;

/// What is wrong with the configuration: one or more things.
#[derive(Debug, Default)]
pub struct Problems(Vec<ConfigError>);

/// One thing that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {path} cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no TOML with these members.
    #[error("the configuration file {path} is wrong: {detail}")]
    Toml {
        /// The file.
        path: String,
        /// Place and reason.
        detail: String,
    },
    /// No master key.
    #[error(
        "no master key: name a master_key_file (`pushseal master-key new > master.key`) or set PUSHSEAL_MASTER_KEY"
    )]
    NoMasterKey,
    /// Nobody could send.
    #[error("no API key: name an api_keys_file (`pushseal api-key new --name NAME`) or set PUSHSEAL_API_KEY")]
    NoApiKey,
    /// An API key is limited to a region that there is not.
    #[error("the API key {key} is limited to the region {region}, which is not configured")]
    KeyRegion {
        /// The key's name.
        key: String,
        /// The region's.
        region: String,
    },
    /// Nothing could be sent.
    #[error("no region: add [regions.NAME] to the configuration, or give --service-account FILE")]
    NoRegion,
    /// A region lacks something.
    #[error("region {region}: {detail}")]
    Region {
        /// Its name.
        region: String,
        /// What is missing or wrong.
        detail: String,
    },
    /// A webhook lacks something.
    #[error("webhook {webhook}: {detail}")]
    Webhook {
        /// Its name.
        webhook: String,
        /// What is missing or wrong.
        detail: String,
    },
    /// Both kinds of registration.
    #[error("open_registration is for development: do not set it beside device_auth")]
    OpenBesideAuth,
    /// The pool of connections.
    #[error("database_connections must be {FEWEST_CONNECTIONS} to {MOST_CONNECTIONS}")]
    Connections,
    /// `[outbox]`.
    #[error("outbox.requests_at_once must be 1 to {MOST_REQUESTS_AT_ONCE}")]
    RequestsAtOnce,
    /// `[limits]`.
    #[error("limits.client_address_header is no header name, such as \"x-forwarded-for\"")]
    AddressHeader,
    /// The master key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The API keys.
    #[error(transparent)]
    ApiKeys(#[from] ApiKeyError),
    /// The address of Redis.
    #[error(transparent)]
    Redis(#[from] RedisAddressError),
    /// Device authentication.
    #[error(transparent)]
    DeviceAuth(#[from] DeviceAuthError),
}

impl Problems {
    /// True when nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }

    pub(super) fn add(&mut self, problem: ConfigError) {
        self.0.push(problem);
    }

    /// Keeps the value, or notes why there is none.
    pub(super) fn note<T>(&mut self, read: Result<T, ConfigError>) -> Option<T> {
        read.map_err(|problem| self.add(problem)).ok()
    }
}

impl std::error::Error for Problems {}

/// One a line.
impl std::fmt::Display for Problems {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}
