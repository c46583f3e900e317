//! Commands that make keys.

use std::io::Write;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::access::{KeyLimits, NewApiKey, Scope};
use crate::random;
use crate::webhook::Webhook;

/// A device key as it is printed and read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintedKey<'a> {
    key_id: &'a str,
    key: &'a str,
}

#[derive(Serialize)]
struct PrintedApiKey<'a> {
    key: &'a str,
    line: &'a str,
}

/// `pushseal keygen`
pub(super) fn keygen(bytes: &str) -> Result<ExitCode, Failure> {
    let random = Zeroizing::new(random::bytes::<32>()?);
    let used = if bytes == "16" { random.get(..16) } else { random.get(..) };
    let key = Zeroizing::new(URL_SAFE_NO_PAD.encode(used.unwrap_or_default()));
    let id = URL_SAFE_NO_PAD.encode(random::bytes::<6>()?);
    print_json(&PrintedKey { key_id: &id, key: &key })
}

/// `pushseal master-key new`
pub(super) fn new_master_key() -> Result<ExitCode, Failure> {
    let key = Zeroizing::new(random::bytes::<32>()?);
    let line = Zeroizing::new(URL_SAFE_NO_PAD.encode(key.as_slice()));
    writeln!(std::io::stdout(), "{}", *line)?;
    Ok(ExitCode::SUCCESS)
}

/// `pushseal webhook-secret new`
pub(super) fn new_webhook_secret() -> Result<ExitCode, Failure> {
    let random = Zeroizing::new(random::bytes::<32>()?);
    writeln!(std::io::stdout(), "{}", *Webhook::new_secret(&random))?;
    Ok(ExitCode::SUCCESS)
}

/// `pushseal api-key new`
pub(super) fn new_api_key(
    name: &str,
    scopes: &str,
    expires: Option<&str>,
    regions: &[String],
) -> Result<ExitCode, Failure> {
    let scopes: Option<Vec<_>> = scopes.split(',').map(Scope::parse).collect();
    let scopes = scopes.ok_or_else(|| Failure("--scopes takes send, read or send,read".to_owned()))?;
    let expires = expires.map(str::parse).transpose();
    let expires = expires
        .map_err(|_| Failure("--expires takes a time such as 2027-01-31T00:00:00Z (RFC 3339)".to_owned()))?;
    let limits = KeyLimits { expires, regions: regions.to_vec() };
    let new = NewApiKey::generate_limited(name, &scopes, &limits)?;
    print_json(&PrintedApiKey { key: &new.key, line: &new.line })
}

fn print_json(value: &impl Serialize) -> Result<ExitCode, Failure> {
    let text = Zeroizing::new(serde_json::to_string(value)?);
    writeln!(std::io::stdout(), "{}", *text)?;
    Ok(ExitCode::SUCCESS)
}
