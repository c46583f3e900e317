//! Where a region's messages go and who signs for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::auth::{AuthError, Bearer, JwtSource, Origin};
use super::body::Api;
use super::client::PushClient;
use super::oauth::OAuthSource;
use crate::receipts::ReceiptKey;

/// The configured regions by name.
pub type Regions = BTreeMap<String, Arc<Region>>;

/// One data-processing location.
#[derive(Debug)]
pub struct Region {
    /// As devices name it when they register.
    pub name: String,
    /// The full sending address.
    pub send_url: String,
    /// Where the Bearer comes from.
    pub auth: Auth,
    /// Checks the receipts that Push Kit posts; none when receipts are not configured.
    pub receipts: Option<ReceiptKey>,
    /// Requests a second at most.
    pub requests_per_second: u32,
}

/// Where a Bearer comes from; it also decides the API.
#[derive(Debug)]
pub enum Auth {
    /// API v3.
    Jwt(JwtSource),
    /// API v1.
    OAuth(OAuthSource),
}

impl Region {
    /// The API of this region.
    pub const fn api(&self) -> Api {
        match self.auth {
            Auth::Jwt(_) => Api::V3,
            Auth::OAuth(_) => Api::V1,
        }
    }

    /// The current Bearer, and where it came from.
    ///
    /// # Errors
    /// [`AuthError`] when there is none to be had.
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        match &self.auth {
            Auth::Jwt(source) => source.bearer(now_s).await,
            Auth::OAuth(source) => source.bearer(client, now_s).await,
        }
    }

    /// Gives up a Bearer that Push Kit called expired.
    pub async fn renew(&self, refused: &Bearer) {
        match &self.auth {
            Auth::Jwt(source) => source.renew(refused).await,
            Auth::OAuth(source) => source.renew(refused).await,
        }
    }
}
