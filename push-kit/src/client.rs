//! The HTTP client: one call goes out, a classified answer comes back.

use std::time::Duration;

use reqwest::{Certificate, RequestBuilder};

use crate::bearer::Bearer;
use crate::outcome::{Outcome, Sent, classify};
use crate::push_type::PushType;
use crate::retry_after::retry_after;
use crate::skew::Skew;

/// An answer names at most 1000 tokens; a longer one is not of Push Kit.
const MAX_ANSWER: usize = 1024 * 1024;

/// The HTTP client. Clones share its connections, so one serves every region of a process.
#[derive(Clone, Debug)]
pub struct PushClient {
    http: reqwest::Client,
}

/// Times and trust of a [`PushClient`].
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// For a connection to be made, TLS included.
    pub connect_timeout: Duration,
    /// For a whole call, from the first byte of the request to the last of the answer.
    pub call_timeout: Duration,
    /// How often an HTTP/2 connection is asked whether it lives (a PING frame), while it is idle too.
    pub ping_every: Duration,
    /// How long the answer to a PING may take. Then the connection is closed, and the next call makes a new one.
    pub ping_timeout: Duration,
    /// Certificates in PEM that are trusted beside the system's roots: for a relay with a certificate of its own.
    pub extra_roots: Vec<Vec<u8>>,
}

impl Default for ClientOptions {
    /// 5 s, 15 s, PING every 10 s with 10 s to answer: a connection that stops answering is replaced within 20 s.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            call_timeout: Duration::from_secs(15),
            ping_every: Duration::from_secs(10),
            ping_timeout: Duration::from_secs(10),
            extra_roots: Vec::new(),
        }
    }
}

/// An answer, whatever it says.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) skew: Option<Skew>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl PushClient {
    /// A client that keeps connections open and verifies certificates with the system's roots.
    ///
    /// # Errors
    /// When the TLS library finds no root certificates on this machine.
    pub fn new() -> Result<Self, reqwest::Error> {
        Self::with(&ClientOptions::default())
    }

    /// A client with times and trust of the caller's choice.
    ///
    /// # Errors
    /// When one of `extra_roots` is no certificate in PEM, or the TLS library finds no root certificates on this machine.
    pub fn with(options: &ClientOptions) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .timeout(options.call_timeout)
            .http2_keep_alive_interval(options.ping_every)
            .http2_keep_alive_timeout(options.ping_timeout)
            .http2_keep_alive_while_idle(true)
            // A redirect would carry the Bearer to another host.
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(256)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        for pem in &options.extra_roots {
            builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
        }
        Ok(Self { http: builder.build()? })
    }

    /// Posts one body of JSON. It never fails: a fault on the way is an outcome too.
    ///
    /// `push_type` is `None` on the routes v1 and v2, which have no such header.
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
            Ok(answer) => Sent {
                skew: answer.skew,
                retry_after: answer.retry_after,
                ..classify(answer.status, &answer.body)
            },
            Err(error) if error.is_timeout() => Sent::new(Outcome::Retry, "timeout"),
            Err(_) => Sent::new(Outcome::Retry, "network"),
        }
    }

    /// How an address's clock and ours differ, whatever it answers; nothing when it tells no time.
    ///
    /// # Errors
    /// When no answer came.
    pub async fn skew(&self, url: &str) -> Result<Option<Skew>, reqwest::Error> {
        Ok(Skew::of(self.http.head(url).send().await?.headers()))
    }

    /// Posts a form, as the OAuth endpoint wants it.
    pub(crate) async fn post_form(&self, url: &str, form: String) -> Result<Answer, reqwest::Error> {
        let request = self
            .http
            .post(url)
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        self.answer(request).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let mut response = request.send().await?;
        let skew = Skew::of(response.headers());
        let retry_after = retry_after(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len().saturating_add(chunk.len()) > MAX_ANSWER {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status().as_u16(), skew, retry_after, body })
    }
}
