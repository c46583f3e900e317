//! One call to Push Kit: a body goes out, a classified answer comes back.

use std::time::Duration;

use crate::bearer::Bearer;
use crate::outcome::{Sent, classify};
use crate::request::PushType;
use crate::skew::Skew;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// An answer names at most 1000 tokens; what is longer is no answer of Push Kit.
const MAX_ANSWER: usize = 1024 * 1024;

/// The HTTP client, shared by all regions.
#[derive(Clone, Debug)]
pub struct PushClient {
    http: reqwest::Client,
}

/// An answer, whatever it says.
struct Answer {
    status: u16,
    skew: Option<Skew>,
    body: Vec<u8>,
}

impl PushClient {
    /// A client that keeps connections open and verifies certificates with the system's roots.
    ///
    /// # Errors
    /// When the TLS library finds no root certificates on this machine.
    pub fn new() -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(256)
            .user_agent(concat!("pushseal/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http })
    }

    /// Sends one body. It never fails: what goes wrong on the way is an outcome too.
    ///
    /// `push_type` is `None` on the v1 route, which has no such header.
    pub async fn send(&self, url: &str, bearer: &Bearer, push_type: Option<PushType>, body: Vec<u8>) -> Sent {
        let mut request = self
            .http
            .post(url)
            .bearer_auth(bearer.token.as_str())
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body);
        if let Some(push_type) = push_type {
            request = request.header("push-type", push_type.header());
        }
        match self.answer(request).await {
            Ok(answer) => Sent { skew: answer.skew, ..classify(answer.status, &answer.body) },
            Err(error) if error.is_timeout() => Sent::failed_on_the_way("timeout"),
            Err(_) => Sent::failed_on_the_way("network"),
        }
    }

    /// How an address's clock and ours differ, whatever it answers; nothing when it tells no time.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn skew(&self, url: &str) -> Result<Option<Skew>, reqwest::Error> {
        Ok(Skew::of(self.http.head(url).send().await?.headers()))
    }

    /// Posts a form, as the OAuth endpoint wants it; gives the status and the body.
    ///
    /// # Errors
    /// When no answer came.
    pub(crate) async fn post_form(&self, url: &str, form: String) -> Result<(u16, Vec<u8>), reqwest::Error> {
        let request = self
            .http
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let answer = self.answer(request).await?;
        Ok((answer.status, answer.body))
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let mut response = request.send().await?;
        let skew = Skew::of(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status().as_u16(), skew, body })
    }
}
