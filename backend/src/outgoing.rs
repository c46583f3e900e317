//! Requests to addresses of the configuration other than Push Kit's: no redirects, a time limit, bounded answers.

use std::net::IpAddr;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);

/// A client that follows no redirect: it could lead to an address that the configuration does not name.
///
/// # Errors
/// When the TLS library finds no root certificates on this machine.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(CALL_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("pushseal/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The body of an answer, as far as it is not longer than `most` bytes; nothing when it is.
///
/// # Errors
/// When the connection breaks.
pub(crate) async fn body(
    mut answer: reqwest::Response,
    most: usize,
) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if body.len().saturating_add(chunk.len()) > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Checks an address: TLS, or this machine, and no password in it.
///
/// # Errors
/// A sentence for whoever wrote it. It does not repeat the address.
pub(crate) fn check(what: &str, url: &str) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url).map_err(|error| format!("{what} is no address: {error}"))?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(format!("{what} must not have a user or password in it"));
    }
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(parsed.host_str().unwrap_or_default()) => Ok(()),
        _ => Err(format!("{what} must begin with https:// (http:// only for this machine)")),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_or_this_machine_and_no_password() {
        for good in ["https://h/x", "http://127.0.0.1:1/", "http://[::1]/", "http://localhost/"] {
            assert_eq!(check("url", good), Ok(()), "{good}");
        }
        for bad in [
            "http://h/x",
            "http://10.0.0.1/",
            "http://169.254.169.254/",
            "http://127.0.0.1.evil.example/",
            "https://u:secret@h/",
            "ftp://h/",
            "file:///etc/passwd",
            "h",
            "",
        ] {
            let error = check("url", bad).unwrap_err();
            assert!(error.starts_with("url ") && !error.contains("secret"), "{bad}: {error}");
        }
    }
}
