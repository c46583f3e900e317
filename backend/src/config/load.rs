//! From configuration to the parts that it describes: every file is read and checked before anything starts.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::file::Config;
use super::regions::regions;
use crate::access::{ApiKeyError, ApiKeys, DeviceAccess, DeviceAuthError, JwtVerifier};
use crate::http::Limits;
use crate::region::Regions;
use crate::registry::{MasterKeys, VaultError};
use crate::token_store::RedisAddressError;

/// Each holds a connection and a payload.
const MOST_REQUESTS_AT_ONCE: usize = 10_000;

/// The parts, ready to use.
#[derive(Debug)]
pub struct Loaded {
    /// Encrypts device keys.
    pub vault: Arc<MasterKeys>,
    /// Who may send.
    pub api_keys: ApiKeys,
    /// Who may register.
    pub device_access: DeviceAccess,
    /// Where messages go.
    pub regions: Regions,
    /// How much is taken from whom.
    pub limits: Limits,
}

/// What is wrong with the configuration.
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
    /// Both kinds of registration.
    #[error("open_registration is for development: do not set it beside device_auth")]
    OpenBesideAuth,
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

/// Secrets that come from the environment, not from files.
#[derive(Default)]
pub struct SecretsFromEnvironment {
    /// `PUSHSEAL_MASTER_KEY`.
    pub master_key: Option<Zeroizing<String>>,
    /// `PUSHSEAL_API_KEY`.
    pub api_key: Option<Zeroizing<String>>,
}

impl Config {
    /// Reads a TOML file. Relative file names in it are relative to the file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] or [`ConfigError::Toml`] with the place.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: name.clone(), source })?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| ConfigError::Toml { path: name, detail: describe(&text, &error) })?;
        if let Some(folder) = path.parent() {
            config.resolve(folder);
        }
        Ok(config)
    }

    fn resolve(&mut self, folder: &Path) {
        let regions = self.regions.values_mut();
        let of_regions = regions.flat_map(|r| {
            [&mut r.service_account_file, &mut r.client_secret_file, &mut r.receipt_secret_file]
        });
        let of_auth = self.device_auth.iter_mut().flat_map(|auth| [&mut auth.key_file, &mut auth.jwks_file]);
        let own = [&mut self.master_key_file, &mut self.api_keys_file];
        for file in own.into_iter().chain(of_regions).chain(of_auth).flatten() {
            *file = folder.join(&*file);
        }
        let is_url = self.database.contains("://");
        if !is_url {
            let path = self.database.strip_prefix("sqlite:").unwrap_or(&self.database);
            self.database = folder.join(path).display().to_string();
        }
    }
}

/// The library's own text repeats the line, which may hold a password. Its member's name does.
fn describe(text: &str, error: &toml::de::Error) -> String {
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return error.message().to_owned();
    };
    let (number, start) = (before.matches('\n').count(), before.rsplit('\n').next().unwrap_or_default());
    let name = text.lines().nth(number).and_then(|line| line.split_once('=')).map(|(name, _)| name.trim());
    let is_plain =
        |name: &&str| name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let name = name.filter(is_plain).map_or(String::new(), |name| format!("{name}: "));
    let (line, column) = (number.saturating_add(1), start.chars().count().saturating_add(1));
    format!("line {line}, column {column}: {name}{}", error.message())
}

/// Reads every file that the configuration names.
///
/// # Errors
/// [`ConfigError`]: the first thing that is missing or wrong.
pub fn load(config: &Config, secrets: &SecretsFromEnvironment) -> Result<Loaded, ConfigError> {
    let vault = Arc::new(master_keys(config, secrets)?);
    if !(1..=MOST_REQUESTS_AT_ONCE).contains(&config.outbox.requests_at_once) {
        return Err(ConfigError::RequestsAtOnce);
    }
    Ok(Loaded {
        vault: Arc::clone(&vault),
        api_keys: api_keys(config, secrets)?,
        device_access: device_access(config)?,
        regions: regions(config, vault)?,
        limits: Limits::new(&config.limits).ok_or(ConfigError::AddressHeader)?,
    })
}

/// The master keys alone.
///
/// # Errors
/// [`ConfigError::NoMasterKey`] or what is wrong with them.
pub fn master_keys(config: &Config, secrets: &SecretsFromEnvironment) -> Result<MasterKeys, ConfigError> {
    match (&secrets.master_key, &config.master_key_file) {
        (Some(key), _) => Ok(MasterKeys::parse(key)?),
        (None, Some(path)) => Ok(MasterKeys::load(path)?),
        (None, None) => Err(ConfigError::NoMasterKey),
    }
}

fn api_keys(config: &Config, secrets: &SecretsFromEnvironment) -> Result<ApiKeys, ConfigError> {
    let mut keys = ApiKeys::default();
    if let Some(path) = &config.api_keys_file {
        keys.load(path)?;
    }
    if let Some(key) = &secrets.api_key {
        keys.add_from_environment(key)?;
    }
    if keys.is_empty() { Err(ConfigError::NoApiKey) } else { Ok(keys) }
}

fn device_access(config: &Config) -> Result<DeviceAccess, ConfigError> {
    match (&config.device_auth, config.open_registration) {
        (Some(_), true) => Err(ConfigError::OpenBesideAuth),
        (Some(settings), false) => Ok(DeviceAccess::Jwt(Box::new(JwtVerifier::load(settings)?))),
        (None, true) => Ok(DeviceAccess::Open),
        (None, false) => Ok(DeviceAccess::Closed),
    }
}
