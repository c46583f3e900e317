//! The Bearer of the routes v1 and v2: an OAuth 2.0 access token, asked for once however many senders wait; with a shared store,
//! once however many processes.

use std::sync::{Arc, Mutex as PlainMutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::bearer::{AuthError, Bearer, Origin};
use crate::client::PushClient;
use crate::shared::{SharedToken, SharedTokens, StoreFailed, Turn};

/// A token is replaced this long before it ends, or at half its life if that is short.
const REFRESH_S: u64 = 300;
const WARN_AGAIN: Duration = Duration::from_secs(60);

/// Client credentials of one app, and its current token.
pub struct OAuthSource {
    client_id: String,
    client_secret: Zeroizing<String>,
    token_url: String,
    store: Option<Arc<dyn SharedTokens>>,
    current: Mutex<Option<Current>>,
    warned_at: PlainMutex<Option<Instant>>,
}

#[derive(Debug)]
struct Current {
    bearer: Bearer,
    /// Seconds since 1970 from which it is replaced.
    stale_at: u64,
    /// Push Kit does not accept it any more.
    is_refused: bool,
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
    /// `token_url` is the region's `/oauth2/v3/token`. Without a store, each process asks for a token of its own.
    pub fn new(
        client_id: String,
        client_secret: Zeroizing<String>,
        token_url: String,
        store: Option<Arc<dyn SharedTokens>>,
    ) -> Self {
        let (current, warned_at) = (Mutex::new(None), PlainMutex::new(None));
        Self { client_id, client_secret, token_url, store, current, warned_at }
    }

    /// The current token, asked for when there is none or it is about to end.
    ///
    /// # Errors
    /// [`AuthError::Unreachable`] or [`AuthError::Refused`].
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        // Held across the request: who comes meanwhile waits for the same answer.
        let mut current = self.current.lock().await;
        let (generation, refused) = match &*current {
            Some(kept) if now_s < kept.stale_at && !kept.is_refused => {
                return Ok((kept.bearer.clone(), Origin::Kept));
            }
            Some(kept) => {
                let refused = kept.is_refused.then(|| kept.bearer.token.clone());
                (kept.bearer.generation.saturating_add(1), refused)
            }
            None => (1, None),
        };
        let (token, origin) =
            self.obtain(client, now_s, refused.as_ref().map(|token| token.as_str())).await?;
        let bearer = Bearer { token: token.token, generation };
        *current = Some(Current { bearer: bearer.clone(), stale_at: token.stale_at, is_refused: false });
        Ok((bearer, origin))
    }

    /// Gives up the token that Push Kit called expired; only the first report counts.
    pub async fn renew(&self, refused: &Bearer) {
        let mut current = self.current.lock().await;
        if let Some(kept) = current.as_mut().filter(|kept| kept.bearer.generation == refused.generation) {
            kept.is_refused = true;
        }
    }

    /// From the other processes, or asked for in our turn; when the store fails, asked for by ourselves.
    async fn obtain(
        &self,
        client: &PushClient,
        now_s: u64,
        refused: Option<&str>,
    ) -> Result<(SharedToken, Origin), AuthError> {
        let Some(store) = &self.store else {
            return self.ask(client, now_s).await.map(|(token, _)| (token, Origin::Made));
        };
        match store.turn(&self.name(), now_s, refused).await {
            Ok(Turn::Take(token)) => Ok((token, Origin::Shared)),
            Ok(Turn::Ask(mut lock)) => {
                let asked = self.ask(client, now_s).await;
                if let Ok((token, life_s)) = &asked
                    && let Err(error) = lock.share(token, *life_s).await
                {
                    self.warn(&error);
                }
                lock.release().await;
                asked.map(|(token, _)| (token, Origin::Made))
            }
            Err(error) => {
                self.warn(&error);
                self.ask(client, now_s).await.map(|(token, _)| (token, Origin::Made))
            }
        }
    }

    /// Processes with the same client at the same address share.
    fn name(&self) -> String {
        let text = format!("{}\n{}", self.client_id, self.token_url);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// Once a minute: every refresh would say the same.
    fn warn(&self, error: &StoreFailed) {
        let mut warned_at = self.warned_at.lock().unwrap_or_else(PoisonError::into_inner);
        if warned_at.is_none_or(|at| at.elapsed() >= WARN_AGAIN) {
            *warned_at = Some(Instant::now());
            tracing::warn!(%error, "the shared store is of no use now: this process asks for an access token of its own");
        }
    }

    /// Asks the authorisation address. Gives the token and the seconds until it ends.
    async fn ask(&self, client: &PushClient, now_s: u64) -> Result<(SharedToken, u64), AuthError> {
        let answer = self.request(client).await?;
        let life = answer.expires_in.saturating_sub(REFRESH_S).max(answer.expires_in / 2);
        let stale_at = now_s.saturating_add(life);
        Ok((SharedToken { token: answer.access_token, stale_at }, answer.expires_in))
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
