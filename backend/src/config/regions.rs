//! The regions of the configuration: their files are read, their addresses checked.

use std::path::Path;
use std::sync::Arc;

use push_kit::receipt::ReceiptKey;
use push_kit::{AccountError, Api, Credential, JwtSource, OAuthSource, ServiceAccount, SharedTokens};
use zeroize::Zeroizing;

use super::file::{Config, RegionConfig};
use super::problems::{ConfigError, Problems};
use crate::region::{Region, Regions};
use crate::registry::MasterKeys;
use crate::token_store::{TokenStore, is_this_machine};

/// Every region that the configuration names, as far as nothing is wrong with it. `vault` encrypts what they share
/// through Redis.
pub(super) fn regions(config: &Config, vault: Option<Arc<MasterKeys>>, problems: &mut Problems) -> Regions {
    if config.regions.is_empty() {
        problems.add(ConfigError::NoRegion);
    }
    let store = config.redis_url.as_ref().zip(vault);
    let store = store.and_then(|(url, vault)| problems.note(TokenStore::new(url, vault).map_err(Into::into)));
    let store = store.map(|store| -> Arc<dyn SharedTokens> { Arc::new(store) });
    let mut built = Regions::new();
    for (name, settings) in &config.regions {
        match region(name, settings, store.clone()) {
            Ok(region) => {
                built.insert(name.clone(), Arc::new(region));
            }
            Err(details) => {
                let problem = |detail| ConfigError::Region { region: name.clone(), detail };
                details.into_iter().map(problem).for_each(|problem| problems.add(problem));
            }
        }
    }
    built
}

fn region(
    name: &str,
    settings: &RegionConfig,
    store: Option<Arc<dyn SharedTokens>>,
) -> Result<Region, Vec<String>> {
    let mut wrong = Vec::new();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if name.is_empty() || name.len() > 32 || !plain {
        wrong.push("a region's name is 1 to 32 letters, digits, '-' or '_'".to_owned());
    }
    if settings.requests_per_second == 0 {
        wrong.push("requests_per_second must be 1 or more: the quota that the console shows".to_owned());
    }
    wrong.extend(check_url("push_url", &settings.push_url).err());
    wrong.extend(check_has_no_path(&settings.push_url).err());
    wrong.extend(check_url("token_url", &settings.token_url).err());
    let credential = match settings.api {
        Api::V3 => jwt(settings),
        Api::V1 => oauth(settings, store),
    };
    let credential = credential.map_err(|detail| wrong.push(detail)).ok();
    let receipts = receipt_key(settings).map_err(|detail| wrong.push(detail)).ok();
    match (credential, receipts) {
        (Some((project_id, credential)), Some(receipts)) if wrong.is_empty() => Ok(Region {
            name: name.to_owned(),
            send_url: settings.api.send_url(&settings.push_url, &project_id),
            credential,
            receipts,
            requests_per_second: settings.requests_per_second,
        }),
        _ => Err(wrong),
    }
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

fn jwt(settings: &RegionConfig) -> Result<(String, Credential), String> {
    let path = settings.service_account_file.as_ref().ok_or("service_account_file is missing")?;
    let account = ServiceAccount::load(path).map_err(|error: AccountError| error.to_string())?;
    check_project(&account.project_id)?;
    Ok((
        account.project_id.clone(),
        Credential::ServiceAccount(JwtSource::new(account, settings.token_url.clone())),
    ))
}

fn oauth(
    settings: &RegionConfig,
    store: Option<Arc<dyn SharedTokens>>,
) -> Result<(String, Credential), String> {
    let project = settings.project_id.clone().ok_or("project_id is missing")?;
    let client = settings.client_id.clone().ok_or("client_id is missing")?;
    let path = settings.client_secret_file.as_ref().ok_or("client_secret_file is missing")?;
    let secret = secret("client-secret", path)?;
    check_project(&project)?;
    let source =
        OAuthSource::new(client, Zeroizing::new(secret.trim().to_owned()), settings.token_url.clone(), store);
    Ok((project, Credential::OAuth(source)))
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
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if is_this_machine(parsed.host_str().unwrap_or_default()) => Ok(()),
        _ => Err(format!("{what} must begin with https:// (http:// only for this machine)")),
    }
}

/// The route is made of it: a path would come twice.
fn check_has_no_path(url: &str) -> Result<(), String> {
    let Ok(parsed) = reqwest::Url::parse(url) else { return Ok(()) };
    if parsed.path() == "/" && parsed.query().is_none() && parsed.fragment().is_none() {
        return Ok(());
    }
    let host = parsed.host_str().unwrap_or_default();
    Err(format!("push_url must end after the host, without a path: {}://{host}", parsed.scheme()))
}
