//! Requests to the backend, with patience where the fault may pass.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::cli::failure::Failure;
use crate::messages::{Revoked, Sizes};

const API_KEY: &str = "PUSHSEAL_API_KEY";
const CALL_TIMEOUT: Duration = Duration::from_secs(60);
/// Waits between tries; after the last one the send stops.
const PATIENCE: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// A backend that asks for longer is not waited for.
const LONGEST_WAIT_S: u64 = 60;

/// The way to the backend.
pub(in crate::cli) struct Post {
    http: reqwest::Client,
    url: String,
    key: Zeroizing<String>,
}

/// What became of a piece.
pub(super) enum Posted {
    /// The backend has it; the message's id.
    Taken(String),
    /// The backend will never take it.
    Refused(String),
    /// Going on makes no sense.
    Stopped(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    message_id: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalError,
}

#[derive(Deserialize)]
struct RefusalError {
    code: String,
    message: String,
}

/// An answer, or why there is none.
enum Answer {
    Of(u16, Vec<u8>),
    Again(String, Option<Duration>),
}

impl Post {
    /// The API key comes from a file or the environment, never from the command line, which others can read.
    pub(in crate::cli) fn new(url: &str, key_file: Option<&Path>) -> Result<Self, Failure> {
        let key = match key_file {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                Failure(format!("the API-key file {} cannot be read: {error}", path.display()))
            })?,
            None => std::env::var(API_KEY)
                .map_err(|_| Failure(format!("no API key: give --api-key-file FILE or set {API_KEY}")))?,
        };
        let key = Zeroizing::new(Zeroizing::new(key).trim().to_owned());
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Failure(
                "an API key is one line as `pushseal api-key new` prints it in \"key\"".to_owned(),
            ));
        }
        if !reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(Failure(format!(
                "{url} is no address of a backend, such as https://push.example.com"
            )));
        }
        let http = reqwest::Client::builder()
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("pushseal/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure(format!("no TLS client: {error}")))?;
        Ok(Self { http, url: url.trim_end_matches('/').to_owned(), key })
    }

    /// Posts a message until there is an answer or patience is over.
    pub(super) async fn message(&self, body: String, idempotency_key: &str) -> Posted {
        match self.patiently("/v1/messages", &body, Some(idempotency_key)).await {
            Err(Failure(why)) => Posted::Stopped(why),
            Ok((202, answer)) => match serde_json::from_slice::<Taken>(&answer) {
                Ok(taken) => Posted::Taken(taken.message_id),
                Err(_) => Posted::Stopped(format!("{} answers, but is no PushSeal backend", self.url)),
            },
            Ok((status @ (401 | 403), answer)) => Posted::Stopped(refusal(status, &answer)),
            Ok((status, answer)) => Posted::Refused(refusal(status, &answer)),
        }
    }

    /// How large the message would be; the refusal's text when it would be refused.
    pub(super) async fn sizes(&self, body: String) -> Result<Result<Sizes, String>, Failure> {
        match self.patiently("/v1/sizes", &body, None).await? {
            (200, answer) => Ok(Ok(serde_json::from_slice(&answer)
                .map_err(|_| Failure(format!("{} answers, but is no PushSeal backend", self.url)))?)),
            (status @ (401 | 403 | 405), answer) => Err(Failure(refusal(status, &answer))),
            (status, answer) => Ok(Err(refusal(status, &answer))),
        }
    }

    /// Takes a message back.
    pub(in crate::cli) async fn revoke(&self, id: &str) -> Result<Revoked, Failure> {
        let path = format!("{}/v1/messages/{id}", self.url);
        let delete = || self.http.delete(&path).bearer_auth(self.key.as_str());
        match self.until_answered(delete).await? {
            (200, answer) => serde_json::from_slice(&answer)
                .map_err(|_| Failure(format!("{} answers, but is no PushSeal backend", self.url))),
            (status, answer) => Err(Failure(refusal(status, &answer))),
        }
    }

    async fn patiently(&self, path: &str, body: &str, key: Option<&str>) -> Result<(u16, Vec<u8>), Failure> {
        let url = format!("{}{path}", self.url);
        let post = || {
            let request = self.http.post(&url).bearer_auth(self.key.as_str());
            let request =
                key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
            request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_owned())
        };
        self.until_answered(post).await
    }

    async fn until_answered(
        &self,
        request: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let mut waits = PATIENCE.into_iter();
        loop {
            match self.once(request()).await {
                Answer::Of(status, answer) => return Ok((status, answer)),
                Answer::Again(why, asked) => match waits.next() {
                    None => return Err(Failure(why)),
                    Some(wait) => tokio::time::sleep(asked.unwrap_or(wait)).await,
                },
            }
        }
    }

    async fn once(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => {
                return Answer::Again(format!("{} does not answer in time", self.url), None);
            }
            Err(_) => {
                return Answer::Again(format!("{} cannot be reached: does it run there?", self.url), None);
            }
        };
        let status = response.status().as_u16();
        let asked =
            response.headers().get(reqwest::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let asked =
            asked.and_then(|text| text.parse().ok()).map(|s: u64| Duration::from_secs(s.min(LONGEST_WAIT_S)));
        match response.bytes().await {
            Ok(answer) if status == 429 || status >= 500 => Answer::Again(refusal(status, &answer), asked),
            Ok(answer) => Answer::Of(status, answer.to_vec()),
            Err(_) => Answer::Again(format!("{} broke off its answer", self.url), None),
        }
    }
}

/// The backend's own words.
fn refusal(status: u16, answer: &[u8]) -> String {
    match serde_json::from_slice::<Refusal>(answer) {
        Ok(Refusal { error }) => format!("{} ({})", error.message, error.code),
        Err(_) => format!("the backend answered HTTP {status}"),
    }
}
