//! The Bearer of API v3: a PS256 JWT signed by the service account, one for as long as it lives.

use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use crate::bearer::{AuthError, Bearer, Origin};
use crate::service_account::ServiceAccount;

/// Push Kit accepts a day; an hour is advised.
const LIFE_S: u64 = 3600;
/// A token is replaced this long before it ends, so that none ends on its way.
const REFRESH_S: u64 = 300;

/// Signs JWTs for one service account and keeps the current one.
#[derive(Debug)]
pub struct JwtSource {
    account: ServiceAccount,
    audience: String,
    current: Mutex<Option<Current>>,
}

#[derive(Debug)]
struct Current {
    bearer: Bearer,
    /// Seconds since 1970. Before it, the clock was wrong then and has been set since.
    signed_at: u64,
    /// Seconds since 1970 from which it is replaced.
    stale_at: u64,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
}

impl JwtSource {
    /// `audience` is Huawei's authorisation address, [`crate::TOKEN_URL`].
    pub fn new(account: ServiceAccount, audience: String) -> Self {
        Self { account, audience, current: Mutex::new(None) }
    }

    /// The project the account belongs to.
    pub fn project_id(&self) -> &str {
        &self.account.project_id
    }

    /// The current token, signed anew when it is about to end. `now_s` is in seconds since 1970.
    ///
    /// # Errors
    /// [`AuthError::Signing`] when the key cannot sign.
    pub async fn bearer(&self, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        let mut current = self.current.lock().await;
        let generation = match &*current {
            Some(kept) if (kept.signed_at..kept.stale_at).contains(&now_s) => {
                return Ok((kept.bearer.clone(), Origin::Kept));
            }
            Some(kept) => kept.bearer.generation.saturating_add(1),
            None => 1,
        };
        let bearer = Bearer { token: self.sign(now_s)?, generation };
        let stale_at = now_s.saturating_add(LIFE_S - REFRESH_S);
        *current = Some(Current { bearer: bearer.clone(), signed_at: now_s, stale_at });
        Ok((bearer, Origin::Made))
    }

    /// Stops using the token that Push Kit called expired. Many senders may report the same one; only the first
    /// report counts.
    pub async fn renew(&self, refused: &Bearer) {
        let mut current = self.current.lock().await;
        if let Some(kept) = current.as_mut().filter(|kept| kept.bearer.generation == refused.generation) {
            kept.stale_at = 0;
        }
    }

    fn sign(&self, now_s: u64) -> Result<Zeroizing<String>, AuthError> {
        let header = Header {
            kid: Some(self.account.key_id.clone()),
            typ: Some("JWT".to_owned()),
            ..Header::new(Algorithm::PS256)
        };
        let claims = Claims {
            iss: &self.account.sub_account,
            aud: &self.audience,
            iat: now_s,
            exp: now_s.saturating_add(LIFE_S),
        };
        jsonwebtoken::encode(&header, &claims, &self.account.key)
            .map(Zeroizing::new)
            .map_err(|_| AuthError::Signing)
    }
}
