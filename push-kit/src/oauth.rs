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
use crate::client::{Answer, PushClient};
use crate::shared::{SharedToken, SharedTokens, StoreFailed, Turn};

/// A token is replaced this long before it ends, or at half its life if that is short.
const REFRESH_S: u64 = 300;
/// The authorisation address is not asked again so soon after a failure; doubled with each one in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const WARN_AGAIN: Duration = Duration::from_secs(60);

/// Client credentials of one app, and its current token.
pub struct OAuthSource {
    client_id: String,
    client_secret: Zeroizing<String>,
    token_url: String,
    store: Option<Arc<dyn SharedTokens>>,
    state: Mutex<State>,
    warned_at: PlainMutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct State {
    current: Option<Current>,
    failure: Option<Failure>,
}

/// The last request for a token failed.
#[derive(Debug)]
struct Failure {
    error: AuthError,
    /// Nobody asks before.
    until: Instant,
    in_a_row: u32,
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
        let (state, warned_at) = (Mutex::default(), PlainMutex::new(None));
        Self { client_id, client_secret, token_url, store, state, warned_at }
    }

    /// The OAuth client's id, which is the app's id on route v1.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The current token, asked for when there is none or it is about to end. One request is under way at a time, and none
    /// while the last failure is fresh: then its error is given again. `now_s` is in seconds since 1970.
    ///
    /// # Errors
    /// [`AuthError::Unreachable`] or [`AuthError::Refused`].
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        // Held across the request: who comes meanwhile waits for the same answer.
        let mut state = self.state.lock().await;
        let (generation, refused) = match &state.current {
            Some(kept) if now_s < kept.stale_at && !kept.is_refused => {
                return Ok((kept.bearer.clone(), Origin::Kept));
            }
            Some(kept) => {
                let refused = kept.is_refused.then(|| kept.bearer.token.clone());
                (kept.bearer.generation.saturating_add(1), refused)
            }
            None => (1, None),
        };
        if let Some(error) = state.fresh_failure() {
            return Err(error);
        }
        match self.obtain(client, now_s, refused.as_ref().map(|token| token.as_str())).await {
            Ok((token, origin)) => {
                let bearer = Bearer { token: token.token, generation };
                let current = Current { bearer: bearer.clone(), stale_at: token.stale_at, is_refused: false };
                *state = State { current: Some(current), failure: None };
                Ok((bearer, origin))
            }
            Err(error) => Err(state.note(error)),
        }
    }

    /// Stops using the token that Push Kit called expired; only the first report counts.
    pub async fn renew(&self, refused: &Bearer) {
        let mut state = self.state.lock().await;
        if let Some(kept) = state.current.as_mut().filter(|kept| kept.bearer.generation == refused.generation)
        {
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
        let answer = client
            .post_form(&self.token_url, form.as_str().to_owned())
            .await
            .map_err(|_| AuthError::Unreachable { retry_after: Duration::ZERO })?;
        read(answer)
    }
}

/// Only a refusal in OAuth's own statuses (RFC 6749, section 5.2) says something about the credentials: a portal's page or a
/// redirect does not.
fn read(answer: Answer) -> Result<TokenAnswer, AuthError> {
    let body = Zeroizing::new(answer.body);
    let retry_after = answer.retry_after.unwrap_or_default();
    match answer.status {
        200 => serde_json::from_slice(&body).map_err(|_| AuthError::Unreachable { retry_after }),
        status @ (400 | 401 | 403) => Err(AuthError::Refused { status, retry_after }),
        _ => Err(AuthError::Unreachable { retry_after }),
    }
}

impl State {
    /// The last error, with the time that is left of its pause.
    fn fresh_failure(&self) -> Option<AuthError> {
        let failure = self.failure.as_ref()?;
        let left = failure.until.checked_duration_since(Instant::now())?;
        Some(failure.error.clone().with_retry_after(left))
    }

    /// Begins a pause: as long as the other side asks, at least, and longer each time.
    fn note(&mut self, error: AuthError) -> AuthError {
        let in_a_row = self.failure.as_ref().map_or(0, |failure| failure.in_a_row);
        let pause = FIRST_PAUSE.saturating_mul(1_u32 << in_a_row.min(10)).min(LONGEST_PAUSE);
        let pause = pause.max(error.retry_after().unwrap_or_default());
        let error = error.with_retry_after(pause);
        let until = Instant::now() + pause;
        self.failure = Some(Failure { error: error.clone(), until, in_a_row: in_a_row.saturating_add(1) });
        error
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str, retry_after: Option<Duration>) -> Result<TokenAnswer, AuthError> {
        read(Answer { status, skew: None, retry_after, body: body.as_bytes().to_vec() })
    }

    #[test]
    fn only_oauths_own_refusals_speak_about_the_credentials() {
        assert!(answer(200, r#"{"access_token":"t","expires_in":3600,"token_type":"Bearer"}"#, None).is_ok());
        for status in [400, 401, 403] {
            let expected = AuthError::Refused { status, retry_after: Duration::ZERO };
            assert_eq!(answer(status, r#"{"error":1101}"#, None).err(), Some(expected));
        }
        for (status, body) in
            [(200, "<html>"), (200, r#"{"access_token":"#), (302, ""), (408, ""), (500, ""), (503, "")]
        {
            let expected = AuthError::Unreachable { retry_after: Duration::from_secs(7) };
            assert_eq!(
                answer(status, body, Some(Duration::from_secs(7))).err(),
                Some(expected),
                "{status} {body}"
            );
        }
    }

    #[test]
    fn a_pause_grows_and_is_as_long_as_the_other_side_asks() {
        let mut state = State::default();
        let unreachable = || AuthError::Unreachable { retry_after: Duration::ZERO };
        let pauses: Vec<u64> =
            (0..7).map(|_| state.note(unreachable()).retry_after().unwrap().as_secs()).collect();
        assert_eq!(pauses, [2, 4, 8, 16, 32, 60, 60]);
        let asked = AuthError::Unreachable { retry_after: Duration::from_secs(300) };
        assert_eq!(state.note(asked).retry_after(), Some(Duration::from_secs(300)));
        let left = state.fresh_failure().unwrap().retry_after().unwrap();
        assert!((290..=300).contains(&left.as_secs()), "{left:?}");
    }
}
