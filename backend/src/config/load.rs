//! From configuration to the parts that it describes: every file is read and checked before anything starts.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::file::{Config, RegionConfig};
use crate::access::{ApiKeyError, ApiKeys, DeviceAccess, DeviceAuthError, JwtVerifier};
use crate::http::Limits;
use crate::push_kit::{AccountError, Api, Auth, JwtSource, OAuthSource, Region, Regions, ServiceAccount};
use crate::receipts::ReceiptKey;
use crate::registry::{MasterKeys, VaultError};

/// The parts, ready to use.
#[derive(Debug)]
pub struct Loaded {
    /// Encrypts device keys.
    pub vault: MasterKeys,
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
    /// `[limits]`.
    #[error("limits.client_address_header is no header name, such as \"x-forwarded-for\"")]
    AddressHeader,
    /// The master key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The API keys.
    #[error(transparent)]
    ApiKeys(#[from] ApiKeyError),
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
            .map_err(|error| ConfigError::Toml { path: name, detail: error.to_string() })?;
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

/// Reads every file that the configuration names.
///
/// # Errors
/// [`ConfigError`]: the first thing that is missing or wrong.
pub fn load(config: &Config, secrets: &SecretsFromEnvironment) -> Result<Loaded, ConfigError> {
    Ok(Loaded {
        vault: master_keys(config, secrets)?,
        api_keys: api_keys(config, secrets)?,
        device_access: device_access(config)?,
        regions: regions(config)?,
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

fn regions(config: &Config) -> Result<Regions, ConfigError> {
    if config.regions.is_empty() {
        return Err(ConfigError::NoRegion);
    }
    let built = config.regions.iter().map(|(name, settings)| {
        let region =
            region(name, settings).map_err(|detail| ConfigError::Region { region: name.clone(), detail })?;
        Ok((name.clone(), Arc::new(region)))
    });
    built.collect()
}

fn region(name: &str, settings: &RegionConfig) -> Result<Region, String> {
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if name.is_empty() || name.len() > 32 || !plain {
        return Err("a region's name is 1 to 32 letters, digits, '-' or '_'".to_owned());
    }
    check_url("push_url", &settings.push_url)?;
    check_url("token_url", &settings.token_url)?;
    let (project_id, auth) = match settings.api {
        Api::V3 => jwt(settings)?,
        Api::V1 => oauth(settings)?,
    };
    Ok(Region {
        name: name.to_owned(),
        send_url: settings.api.send_url(&settings.push_url, &project_id),
        auth,
        receipts: receipt_key(settings)?,
        requests_per_second: settings.requests_per_second.max(1),
    })
}

fn receipt_key(settings: &RegionConfig) -> Result<Option<ReceiptKey>, String> {
    match (&settings.receipt_user, &settings.receipt_secret_file) {
        (None, None) => Ok(None),
        (Some(user), Some(path)) => {
            let secret = secret("receipt-secret", path)?;
            ReceiptKey::new(user, secret.trim()).map(Some).map_err(|error| error.to_string())
        }
        _ => Err("receipts need both receipt_user and receipt_secret_file".to_owned()),
    }
}

fn secret(what: &str, path: &Path) -> Result<Zeroizing<String>, String> {
    std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| format!("the {what} file {} cannot be read: {error}", path.display()))
}

fn jwt(settings: &RegionConfig) -> Result<(String, Auth), String> {
    let path = settings.service_account_file.as_ref().ok_or("service_account_file is missing")?;
    let account = ServiceAccount::load(path).map_err(|error: AccountError| error.to_string())?;
    check_project(&account.project_id)?;
    Ok((account.project_id.clone(), Auth::Jwt(JwtSource::new(account, settings.token_url.clone()))))
}

fn oauth(settings: &RegionConfig) -> Result<(String, Auth), String> {
    let project = settings.project_id.clone().ok_or("project_id is missing")?;
    let client = settings.client_id.clone().ok_or("client_id is missing")?;
    let path = settings.client_secret_file.as_ref().ok_or("client_secret_file is missing")?;
    let secret = secret("client-secret", path)?;
    check_project(&project)?;
    let source =
        OAuthSource::new(client, Zeroizing::new(secret.trim().to_owned()), settings.token_url.clone());
    Ok((project, Auth::OAuth(source)))
}

/// The project's number becomes part of an address.
fn check_project(project: &str) -> Result<(), String> {
    let plain = project.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if project.is_empty() || !plain {
        Err("the project id must be letters and digits".to_owned())
    } else {
        Ok(())
    }
}

/// Tokens and messages go over TLS; plain HTTP is for a double on this machine.
fn check_url(what: &str, url: &str) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| format!("{what} is no address: {error}"))?;
    let host = parsed.host_str().unwrap_or_default();
    let loopback = host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        _ => Err(format!("{what} must begin with https:// (http:// only for this machine)")),
    }
}
