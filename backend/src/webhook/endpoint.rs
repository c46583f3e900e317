//! Where a sender's events go, and how they are signed: Standard Webhooks (standardwebhooks.com), symmetric signatures.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::outgoing;

const PREFIX: &str = "whsec_";
/// As the specification has it.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// A new secret and the one before it.
const MOST_SECRETS: usize = 2;

/// One sender's server.
pub struct Webhook {
    /// The name of the sender's API key.
    pub name: String,
    /// Where events are posted.
    pub url: String,
    secrets: Vec<Key>,
}

impl std::fmt::Debug for Webhook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is wrong with a webhook of the configuration. No variant holds the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhook {
    /// The address.
    #[error("{0}")]
    Url(String),
    /// The secret.
    #[error(
        "a webhook secret is whsec_ and 24 to 64 bytes in base64, one or two of them, one a line: `pushseal webhook-secret new` prints one"
    )]
    Secret,
}

impl Webhook {
    /// A webhook; `secrets` has one a line, and each of them signs.
    ///
    /// # Errors
    /// [`InvalidWebhook::Url`] unless it is `https://`, or `http://` on this machine; [`InvalidWebhook::Secret`].
    pub fn new(name: &str, url: &str, secrets: &str) -> Result<Self, InvalidWebhook> {
        outgoing::check("url", url).map_err(InvalidWebhook::Url)?;
        let lines = secrets.lines().map(str::trim).filter(|line| !line.is_empty());
        let secrets = lines.map(secret).collect::<Option<Vec<_>>>().ok_or(InvalidWebhook::Secret)?;
        if secrets.is_empty() || secrets.len() > MOST_SECRETS {
            return Err(InvalidWebhook::Secret);
        }
        Ok(Self { name: name.to_owned(), url: url.to_owned(), secrets })
    }

    /// A new secret.
    pub fn new_secret(random: &[u8; 32]) -> Zeroizing<String> {
        Zeroizing::new(format!("{PREFIX}{}", STANDARD.encode(random)))
    }

    /// The header `webhook-signature` of a body: one signature for each secret.
    pub fn signature(&self, id: &str, timestamp_s: u64, body: &str) -> String {
        let signed = format!("{id}.{timestamp_s}.{body}");
        let of_key = |key| format!("v1,{}", STANDARD.encode(sign(key, signed.as_bytes()).as_ref()));
        self.secrets.iter().map(of_key).collect::<Vec<_>>().join(" ")
    }
}

fn secret(line: &str) -> Option<Key> {
    let bytes = STANDARD.decode(line.strip_prefix(PREFIX)?).ok().map(Zeroizing::new)?;
    SECRET_BYTES.contains(&bytes.len()).then(|| Key::new(HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn the_signature_is_that_of_the_published_example() {
        let webhook = Webhook::new("shop", "https://h/", SECRET).unwrap();
        let signature =
            webhook.signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let both =
            Webhook::new("shop", "https://h/", &format!("{}\n{SECRET}\n", &*Webhook::new_secret(&[7; 32])));
        let both =
            both.unwrap().signature("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert!(both.ends_with(&format!(" {signature}")) && both.starts_with("v1,"), "{both}");
        assert!(!format!("{webhook:?}").contains("MfKQ"));
    }

    #[test]
    fn only_strong_secrets_and_safe_addresses_are_taken() {
        for secret in
            ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", &[SECRET; 3].join("\n")]
        {
            assert_eq!(
                Webhook::new("a", "https://h", secret).unwrap_err(),
                InvalidWebhook::Secret,
                "{secret}"
            );
        }
        for url in ["http://10.0.0.1/", "http://169.254.169.254/latest", "https://u:p@h/", "gopher://h", ""] {
            let error = Webhook::new("a", url, SECRET).unwrap_err();
            assert!(matches!(error, InvalidWebhook::Url(_)), "{url}");
        }
    }
}
