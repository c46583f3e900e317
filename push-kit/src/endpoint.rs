//! One project or app at Push Kit: where its messages go, and what signs for it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::bearer::{AuthError, Bearer, Origin};
use crate::client::PushClient;
use crate::jwt::JwtSource;
use crate::message::Message;
use crate::oauth::OAuthSource;
use crate::outcome::{Outcome, Sent};
use crate::push_type::PushType;
use crate::revoke::{Revoke, revoke_body};
use crate::route::{Api, revoke_url};

/// Where messages of a project or app go, and what signs for them.
#[derive(Debug)]
pub struct Endpoint {
    api: Api,
    send_url: String,
    revoke_url: Option<String>,
    credential: Credential,
}

#[derive(Debug)]
enum Credential {
    ServiceAccount(JwtSource),
    OAuth(OAuthSource),
}

impl Endpoint {
    /// Route v3. `base` is the sending address without path, [`crate::PUSH_URL`] for Huawei's own.
    pub fn v3(base: &str, source: JwtSource) -> Self {
        let send_url = Api::V3.send_url(base, source.project_id());
        Self { api: Api::V3, send_url, revoke_url: None, credential: Credential::ServiceAccount(source) }
    }

    /// Route v2: the project's id in the path.
    pub fn v2(base: &str, project_id: &str, source: OAuthSource) -> Self {
        let send_url = Api::V2.send_url(base, project_id);
        Self { api: Api::V2, send_url, revoke_url: None, credential: Credential::OAuth(source) }
    }

    /// Route v1: the app's id in the path, which is the OAuth client's id.
    pub fn v1(base: &str, source: OAuthSource) -> Self {
        let send_url = Api::V1.send_url(base, source.client_id());
        Self { api: Api::V1, send_url, revoke_url: None, credential: Credential::OAuth(source) }
    }

    /// Can revoke too. `client_id` is the app's client id in the console.
    #[must_use]
    pub fn with_revoke(self, base: &str, client_id: &str) -> Self {
        Self { revoke_url: Some(revoke_url(base, client_id)), ..self }
    }

    /// The route.
    pub const fn api(&self) -> Api {
        self.api
    }

    /// The address that messages are posted to.
    pub fn send_url(&self) -> &str {
        &self.send_url
    }

    /// True when [`Endpoint::revoke`] has an address.
    pub const fn can_revoke(&self) -> bool {
        self.revoke_url.is_some()
    }

    /// Sends one message to at most as many tokens as [`crate::PushOptions::max_tokens`] says, with a new credential if the first
    /// was called expired. It never fails: a fault on the way is an outcome too.
    pub async fn send(&self, client: &PushClient, message: &Message, tokens: &[&str]) -> Sent {
        let body = message.body(self.api, tokens);
        match body {
            Ok(body) => self.with_bearer(client, &self.send_url, Some(message.push_type()), body).await,
            Err(_) => Sent::new(Outcome::Permanent, "payload_not_for_this_route"),
        }
    }

    /// Takes notifications back that were not delivered yet, or not tapped. Route v3 only.
    pub async fn revoke(&self, client: &PushClient, revoke: Revoke<'_>) -> Sent {
        let Some(url) = &self.revoke_url else {
            return Sent::new(Outcome::Misconfigured, "revoke_not_configured");
        };
        self.with_bearer(client, url, Some(revoke.push_type), revoke_body(&revoke)).await
    }

    /// Posts a body that [`crate::assemble`] made, with a Bearer of [`Endpoint::bearer`]: for a caller that keeps its own time between
    /// the two.
    pub async fn post(
        &self,
        client: &PushClient,
        bearer: &Bearer,
        push_type: PushType,
        body: Vec<u8>,
    ) -> Sent {
        client.send(&self.send_url, bearer, (self.api == Api::V3).then_some(push_type), body).await
    }

    /// The current Bearer, and where it came from. `now_s` is in seconds since 1970.
    ///
    /// # Errors
    /// [`AuthError`] when there is none to be had.
    pub async fn bearer(&self, client: &PushClient, now_s: u64) -> Result<(Bearer, Origin), AuthError> {
        match &self.credential {
            Credential::ServiceAccount(source) => source.bearer(now_s).await,
            Credential::OAuth(source) => source.bearer(client, now_s).await,
        }
    }

    /// Stops using a Bearer that Push Kit called expired.
    pub async fn renew(&self, refused: &Bearer) {
        match &self.credential {
            Credential::ServiceAccount(source) => source.renew(refused).await,
            Credential::OAuth(source) => source.renew(refused).await,
        }
    }

    async fn with_bearer(
        &self,
        client: &PushClient,
        url: &str,
        push_type: Option<PushType>,
        body: Vec<u8>,
    ) -> Sent {
        let push_type = push_type.filter(|_| self.api == Api::V3);
        let first = match self.bearer(client, now_s()).await {
            Ok((bearer, _)) => bearer,
            Err(error) => return Sent::not_authorised(&error),
        };
        let sent = client.send(url, &first, push_type, body.clone()).await;
        if sent.outcome != Outcome::Renew {
            return sent;
        }
        self.renew(&first).await;
        match self.bearer(client, now_s()).await {
            Ok((bearer, _)) => client.send(url, &bearer, push_type, body).await,
            Err(error) => Sent::not_authorised(&error),
        }
    }
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
