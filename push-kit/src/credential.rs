//! What signs for a project or an app; it also decides the route.

use crate::bearer::{AuthError, Bearer, Origin};
use crate::body::Api;
use crate::client::PushClient;
use crate::jwt::JwtSource;
use crate::oauth::OAuthSource;

/// Where a Bearer comes from.
#[derive(Debug)]
pub enum Credential {
    /// API v3: the service account signs.
    ServiceAccount(JwtSource),
    /// API v1: OAuth 2.0 client credentials.
    OAuth(OAuthSource),
}

impl Credential {
    /// The API that accepts this credential.
    pub const fn api(&self) -> Api {
        match self {
            Self::ServiceAccount(_) => Api::V3,
            Self::OAuth(_) => Api::V1,
        }
    }

    /// The current Bearer, and where it came from. `now_s` is in seconds since 1970.
    ///
    /// # Errors
    /// [`AuthError`] when there is none to be had.
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        match self {
            Self::ServiceAccount(source) => source.bearer(now_s).await,
            Self::OAuth(source) => source.bearer(client, now_s).await,
        }
    }

    /// Stops using a Bearer that Push Kit called expired.
    pub async fn renew(&self, refused: &Bearer) {
        match self {
            Self::ServiceAccount(source) => source.renew(refused).await,
            Self::OAuth(source) => source.renew(refused).await,
        }
    }
}
