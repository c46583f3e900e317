//! The Bearer of API v1: an OAuth 2.0 access token, asked for once however many senders wait.

use serde::Deserialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::auth::{AuthError, Bearer};
use super::client::PushClient;

/// A token is replaced this long before it ends, or at half its life if that is short.
const REFRESH_S: u64 = 300;

/// Client credentials of one app, and its current token.
pub struct OAuthSource {
    client_id: String,
    client_secret: Zeroizing<String>,
    token_url: String,
    current: Mutex<Option<(Bearer, u64)>>,
}

impl std::fmt::Debug for OAuthSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuthSource").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Zeroizing<String>,
    expires_in: u64,
}

impl OAuthSource {
    /// `token_url` is the region's `/oauth2/v3/token`.
    pub fn new(client_id: String, client_secret: Zeroizing<String>, token_url: String) -> Self {
        Self { client_id, client_secret, token_url, current: Mutex::new(None) }
    }

    /// The current token, asked for when there is none or it is about to end.
    ///
    /// # Errors
    /// [`AuthError::Unreachable`] or [`AuthError::Refused`].
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<Bearer, AuthError> {
        // Held across the request: who comes meanwhile waits for the same answer.
        let mut current = self.current.lock().await;
        let generation = match &*current {
            Some((bearer, stale_at)) if now_s < *stale_at => return Ok(bearer.clone()),
            Some((bearer, _)) => bearer.generation.saturating_add(1),
            None => 1,
        };
        let answer = self.request(client).await?;
        let life = answer.expires_in.saturating_sub(REFRESH_S).max(answer.expires_in / 2);
        let bearer = Bearer { token: answer.access_token, generation };
        *current = Some((bearer.clone(), now_s.saturating_add(life)));
        Ok(bearer)
    }

    /// Gives up the token that Push Kit called expired; only the first report counts.
    pub async fn renew(&self, refused: &Bearer) {
        let mut current = self.current.lock().await;
        if let Some((_, stale_at)) =
            current.as_mut().filter(|(kept, _)| kept.generation == refused.generation)
        {
            *stale_at = 0;
        }
    }

    async fn request(&self, client: &PushClient) -> Result<TokenAnswer, AuthError> {
        let form = Zeroizing::new(format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            escape(&self.client_id).as_str(),
            escape(&self.client_secret).as_str(),
        ));
        let (status, body) = client
            .post_form(&self.token_url, form.as_str().to_owned())
            .await
            .map_err(|_| AuthError::Unreachable)?;
        let body = Zeroizing::new(body);
        match status {
            200 => serde_json::from_slice(&body).map_err(|_| AuthError::Refused(status)),
            500..=599 | 429 => Err(AuthError::Unreachable),
            _ => Err(AuthError::Refused(status)),
        }
    }
}

/// `application/x-www-form-urlencoded`, with every byte that is not plain written as a code.
fn escape(text: &str) -> Zeroizing<String> {
    let mut escaped = Zeroizing::new(String::with_capacity(text.len()));
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
