//! The regions of the configuration: their files are read, their addresses checked.

use std::path::Path;
use std::sync::Arc;

use push_kit::receipt::ReceiptKey;
use push_kit::{AccountError, Api, Endpoint, JwtSource, OAuthSource, ServiceAccount, SharedTokens};
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
    let endpoint = endpoint(settings, store).map_err(|detail| wrong.push(detail)).ok();
    let receipts = receipt_key(settings).map_err(|detail| wrong.push(detail)).ok();
    match (endpoint, receipts) {
        (Some(endpoint), Some(receipts)) if wrong.is_empty() => Ok(Region {
            name: name.to_owned(),
            endpoint,
            receipts,
            requests_per_second: settings.requests_per_second,
        }),
        _ => Err(wrong),
    }
}

/// The route follows from the ids: a service account is v3, an app id v1, a project id v2.
fn endpoint(settings: &RegionConfig, store: Option<Arc<dyn SharedTokens>>) -> Result<Endpoint, String> {
    let (base, client_id) = (settings.push_url.as_str(), settings.client_id.as_deref());
    let (app_id, project_id) = (settings.app_id.as_deref(), settings.project_id.as_deref());
    let endpoint = match (&settings.service_account_file, app_id, project_id) {
        (Some(path), None, None) => v3(settings, path)?,
        (None, Some(app_id), None) => {
            if client_id.is_some_and(|client_id| client_id != app_id) {
                return Err("app_id is the OAuth client's id: delete client_id".to_owned());
            }
            Endpoint::v1(base, oauth(settings, "app_id", app_id, store)?)
        }
        (None, None, Some(project_id)) => {
            check_id("project_id", project_id)?;
            let client_id = client_id.ok_or("client_id is missing: the OAuth client of the project")?;
            if settings.api == Some(Api::V1) {
                return Err(former(client_id));
            }
            Endpoint::v2(base, project_id, oauth(settings, "client_id", client_id, store)?)
        }
        (None, None, None) => {
            return Err("service_account_file is missing (route v3, HarmonyOS 5 and later); for HarmonyOS 4 and older name app_id \
                        (route v1), or project_id and client_id (route v2)"
                .to_owned());
        }
        _ => {
            return Err("service_account_file (route v3), app_id (v1) and project_id (v2) are three routes: keep one of \
                        them, and make a region for each"
                .to_owned());
        }
    };
    match settings.api {
        Some(api) if api != endpoint.api() => Err(format!(
            "api = \"{}\" does not fit: these members are those of route {}; delete api, or name the members of the route",
            api.name(),
            endpoint.api().name()
        )),
        _ => Ok(endpoint),
    }
}

/// Before, `api = "v1"` came with a project id, which its path does not have.
fn former(client_id: &str) -> String {
    format!(
        "api = \"v1\" with project_id is a former configuration: the path of v1 has the app's id. Write app_id = \"{client_id}\" \
         instead of api, project_id and client_id for route v1, or delete api for route v2 (/v2/{{projectId}})"
    )
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

fn v3(settings: &RegionConfig, path: &Path) -> Result<Endpoint, String> {
    let account = ServiceAccount::load(path).map_err(|error: AccountError| error.to_string())?;
    check_id("project_id in the key file", &account.project_id)?;
    let endpoint = Endpoint::v3(&settings.push_url, JwtSource::new(account, settings.token_url.clone()));
    match settings.client_id.as_deref() {
        Some(client_id) => {
            check_id("client_id", client_id)?;
            Ok(endpoint.with_revoke(&settings.push_url, client_id))
        }
        None => Ok(endpoint),
    }
}

fn oauth(
    settings: &RegionConfig,
    member: &str,
    client_id: &str,
    store: Option<Arc<dyn SharedTokens>>,
) -> Result<OAuthSource, String> {
    check_id(member, client_id)?;
    let path = settings.client_secret_file.as_ref().ok_or("client_secret_file is missing")?;
    let secret = secret("client-secret", path)?;
    let secret = Zeroizing::new(secret.trim().to_owned());
    Ok(OAuthSource::new(client_id.to_owned(), secret, settings.token_url.clone(), store))
}

/// An id becomes part of an address.
fn check_id(member: &str, id: &str) -> Result<(), String> {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if id.is_empty() || !plain { Err(format!("{member} must be letters and digits")) } else { Ok(()) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str, folder: &Path) -> RegionConfig {
        let mut settings: RegionConfig = toml::from_str(text).unwrap();
        let secret = folder.join("secret");
        std::fs::write(&secret, "a secret").unwrap();
        settings.client_secret_file = Some(secret);
        settings
    }

    #[test]
    fn the_ids_choose_the_route() {
        let folder = tempfile::tempdir().unwrap();
        for (text, api, url) in [
            ("app_id = \"100\"", Api::V1, "https://push-api.cloud.huawei.com/v1/100/messages:send"),
            (
                "api = \"v1\"\napp_id = \"100\"",
                Api::V1,
                "https://push-api.cloud.huawei.com/v1/100/messages:send",
            ),
            (
                "project_id = \"7\"\nclient_id = \"100\"",
                Api::V2,
                "https://push-api.cloud.huawei.com/v2/7/messages:send",
            ),
        ] {
            let region = region("old", &settings(text, folder.path()), None).unwrap();
            assert_eq!((region.api(), region.endpoint.send_url()), (api, url), "{text}");
        }
    }

    #[test]
    fn a_configuration_that_mixes_routes_is_told_what_to_write() {
        let folder = tempfile::tempdir().unwrap();
        for (text, advice) in [
            ("api = \"v1\"\nproject_id = \"7\"\nclient_id = \"100\"", "Write app_id = \"100\" instead of"),
            ("", "service_account_file is missing (route v3"),
            ("app_id = \"100\"\nproject_id = \"7\"", "keep one of them"),
            ("app_id = \"100\"\nclient_id = \"7\"", "delete client_id"),
            ("project_id = \"7\"", "client_id is missing"),
            ("api = \"v3\"\napp_id = \"100\"", "api = \"v3\" does not fit"),
            ("app_id = \"a/../b\"", "app_id must be letters and digits"),
        ] {
            let error = region("old", &settings(text, folder.path()), None).unwrap_err().join("; ");
            assert!(error.contains(advice), "{text}: {error}");
        }
    }
}
