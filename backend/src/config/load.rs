//! From configuration to the parts that it describes: every file is read and checked before anything starts.

use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::file::{Config, WebhookConfig};
use super::problems::{ConfigError, MOST_REQUESTS_AT_ONCE, Problems};
use super::regions::regions;
use crate::access::{ApiKeys, Current, DeviceAccess, JwtVerifier};
use crate::database::{FEWEST_CONNECTIONS, MOST_CONNECTIONS};
use crate::http::Limits;
use crate::region::Regions;
use crate::registry::MasterKeys;
use crate::webhook::Webhook;

/// The parts, ready to use.
#[derive(Debug)]
pub struct Loaded {
    /// Encrypts device keys.
    pub vault: Arc<MasterKeys>,
    /// Who may send.
    pub api_keys: Arc<Current<ApiKeys>>,
    /// Who may register.
    pub device_access: DeviceAccess,
    /// Where messages go.
    pub regions: Regions,
    /// How much is taken from whom.
    pub limits: Limits,
    /// Who is told what became of messages.
    pub webhooks: Vec<Webhook>,
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
        let of_webhooks = self.webhooks.values_mut().map(|webhook| &mut webhook.secret_file);
        let own = [&mut self.master_key_file, &mut self.api_keys_file];
        for file in own.into_iter().chain(of_regions).chain(of_auth).chain(of_webhooks).flatten() {
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
/// [`Problems`]: everything that is missing or wrong.
pub fn load(config: &Config, secrets: &SecretsFromEnvironment) -> Result<Loaded, Problems> {
    let mut problems = Problems::default();
    let vault = problems.note(master_keys(config, secrets)).map(Arc::new);
    if !(1..=MOST_REQUESTS_AT_ONCE).contains(&config.outbox.requests_at_once) {
        problems.add(ConfigError::RequestsAtOnce);
    }
    let allowed = FEWEST_CONNECTIONS..=MOST_CONNECTIONS;
    if config.database_connections.is_some_and(|number| !allowed.contains(&number)) {
        problems.add(ConfigError::Connections);
    }
    let api_keys = problems.note(api_keys(config, secrets)).map(|keys| Arc::new(Current::new(keys)));
    let device_access = problems.note(device_access(config));
    let limits = problems.note(Limits::new(&config.limits).ok_or(ConfigError::AddressHeader));
    let webhooks = webhooks(config, api_keys.as_deref(), &mut problems);
    let regions = regions(config, vault.clone(), &mut problems);
    match (vault, api_keys, device_access, limits) {
        (Some(vault), Some(api_keys), Some(device_access), Some(limits)) if problems.is_empty() => {
            Ok(Loaded { vault, api_keys, device_access, regions, limits, webhooks })
        }
        _ => Err(problems),
    }
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

pub(super) fn api_keys(config: &Config, secrets: &SecretsFromEnvironment) -> Result<ApiKeys, ConfigError> {
    let mut keys = ApiKeys::default();
    if let Some(path) = &config.api_keys_file {
        keys.load(path)?;
    }
    if let Some(key) = &secrets.api_key {
        keys.add_from_environment(key)?;
    }
    for key in keys.iter() {
        if let Some(region) = key.limits().regions.iter().find(|name| !config.regions.contains_key(*name)) {
            return Err(ConfigError::KeyRegion { key: key.name().to_owned(), region: region.clone() });
        }
    }
    if keys.is_empty() { Err(ConfigError::NoApiKey) } else { Ok(keys) }
}

fn webhooks(config: &Config, api_keys: Option<&Current<ApiKeys>>, problems: &mut Problems) -> Vec<Webhook> {
    let webhook = |(name, settings): (&String, &WebhookConfig)| {
        let problem = |detail| ConfigError::Webhook { webhook: name.clone(), detail };
        let is_sender = api_keys.is_none_or(|keys| keys.get().iter().any(|key| key.name() == name));
        if !is_sender {
            return Err(problem("there is no API key of this name".to_owned()));
        }
        let path =
            settings.secret_file.as_ref().ok_or_else(|| problem("secret_file is missing".to_owned()))?;
        let secrets = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
            problem(format!("the secret file {} cannot be read: {error}", path.display()))
        })?;
        Webhook::new(name, &settings.url, &secrets).map_err(|error| problem(error.to_string()))
    };
    config.webhooks.iter().filter_map(|entry| problems.note(webhook(entry))).collect()
}

fn device_access(config: &Config) -> Result<DeviceAccess, ConfigError> {
    match (&config.device_auth, config.open_registration) {
        (Some(_), true) => Err(ConfigError::OpenBesideAuth),
        (Some(settings), false) => Ok(DeviceAccess::Jwt(Arc::new(JwtVerifier::load(settings)?))),
        (None, true) => Ok(DeviceAccess::Open),
        (None, false) => Ok(DeviceAccess::Closed),
    }
}
