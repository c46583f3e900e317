//! Addresses of databases, as the configuration has them.

use std::path::Path;

use super::engine::Engine;
use super::open_error::OpenError;

/// For an error's text: a URL may hold a password.
pub(super) fn place(address: &str) -> String {
    match reqwest::Url::parse(address) {
        Ok(url) if url.has_host() => {
            format!("{}:{}{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(5432), url.path())
        }
        _ if address.contains("://") => "of this URL".to_owned(),
        _ => address.to_owned(),
    }
}

/// The file that an address names, if it names one that is not there.
pub(crate) fn missing_file(address: &str) -> Option<&str> {
    let is_url = address.contains("://") && !address.starts_with("sqlite://");
    let path = sqlite_path(address);
    (!is_url && !Path::new(path).exists()).then_some(path)
}

/// The file's name in an address of SQLite.
pub(super) fn sqlite_path(address: &str) -> &str {
    let prefixes = ["sqlite://", "sqlite:"];
    prefixes.iter().find_map(|prefix| address.strip_prefix(prefix)).unwrap_or(address)
}

/// The URL and the engine of an address. `mode` is of SQLite's file.
pub(super) fn resolve(address: &str, mode: &str) -> Result<(String, Engine), OpenError> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok((address.to_owned(), Engine::Postgres));
    }
    if address.split_once("://").is_some_and(|(scheme, _)| scheme != "sqlite") {
        return Err(OpenError::UnknownScheme);
    }
    let path = sqlite_path(address);
    // The path is part of a URL: what would end it or be decoded is written as a code.
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '?' => escaped.push_str("%3F"),
            '#' => escaped.push_str("%23"),
            other => escaped.push(other),
        }
    }
    Ok((format!("sqlite://{escaped}?mode={mode}"), Engine::Sqlite))
}
