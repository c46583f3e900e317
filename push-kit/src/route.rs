//! The addresses of Push Kit, by route.
//!
//! Sources: Huawei, push-scenariozed-api-request-struct (v3) and push-msg-revoke; the server demos' `messages:send` (v1).

use serde::{Deserialize, Serialize};

/// Which sending API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// HarmonyOS 5 and later: a service account's JWT, the project's id in the path.
    #[default]
    V3,
    /// HarmonyOS 4 and older: OAuth 2.0, the project's id in the path.
    V2,
    /// HarmonyOS 4 and older: OAuth 2.0, the app's id in the path, which is the OAuth client's id.
    V1,
}

impl Api {
    /// The address that messages are posted to. `id` is the project's id, or the app's on v1.
    pub fn send_url(self, base: &str, id: &str) -> String {
        format!("{}/{}/{id}/messages:send", base.trim_end_matches('/'), self.name())
    }

    /// The route's name in its path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3 => "v3",
            Self::V2 => "v2",
            Self::V1 => "v1",
        }
    }

    /// True where the system is HarmonyOS 4 or older: no push types but notification and data.
    pub const fn is_old(self) -> bool {
        matches!(self, Self::V1 | Self::V2)
    }
}

/// The address that revokes messages of an app. `client_id` is the app's client id in the console, not the project's.
pub(crate) fn revoke_url(base: &str, client_id: &str) -> String {
    format!("{}/v1/{client_id}/messages:revoke", base.trim_end_matches('/'))
}
