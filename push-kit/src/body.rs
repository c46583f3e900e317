//! The whole body of a request on either route, and its size.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::request::{Notification, PushOptions};

/// Push Kit takes 4096 bytes without the tokens and does not say how it counts. The body is measured as it is
/// sent, with an empty token list, and a margin is left over.
pub const SIZE_LIMIT: usize = 4096 - SIZE_MARGIN;
const SIZE_MARGIN: usize = 32;
/// Tokens in one request.
pub const MAX_TOKENS: usize = 1000;

/// Which sending API a region has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Api {
    /// HarmonyOS 5 and later: service-account JWT.
    #[default]
    V3,
    /// Older systems: OAuth 2.0 client credentials.
    V1,
}

impl Api {
    /// The address that messages of a project are posted to.
    pub fn send_url(self, base: &str, project_id: &str) -> String {
        let version = match self {
            Self::V3 => "v3",
            Self::V1 => "v1",
        };
        format!("{}/{version}/{project_id}/messages:send", base.trim_end_matches('/'))
    }
}

/// The body does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message takes {size} of the {SIZE_LIMIT} bytes that Push Kit carries: {over} too many", over = size.saturating_sub(SIZE_LIMIT))]
pub struct TooLarge {
    /// Bytes of the body without tokens.
    pub size: usize,
}

impl TooLarge {
    /// Bytes beyond the limit.
    pub const fn over(&self) -> usize {
        self.size.saturating_sub(SIZE_LIMIT)
    }
}

/// What the v1 route calls `message`, without options and tokens.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V1Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<V1Notification>,
    /// JSON text in a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct V1Notification {
    title: String,
    body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

impl V1Message {
    /// A message with either part or both.
    pub fn new(notification: Option<&Notification>, data: Option<&str>) -> Self {
        let notification = notification.map(|shown| V1Notification {
            title: shown.title.clone(),
            body: shown.body.clone(),
            image: shown.image.clone(),
        });
        Self { notification, data: data.map(str::to_owned) }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct V3Body<'a> {
    payload: &'a RawValue,
    push_options: &'a PushOptions,
    target: V3Target<'a>,
}

#[derive(Serialize)]
struct V3Target<'a> {
    token: &'a [&'a str],
}

#[derive(Serialize)]
struct V1Body<'a> {
    validate_only: bool,
    message: V1BodyMessage<'a>,
}

#[derive(Serialize)]
struct V1BodyMessage<'a> {
    #[serde(flatten)]
    message: V1Message,
    android: V1Options<'a>,
    token: &'a [&'a str],
}

#[derive(Serialize)]
struct V1Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collapse_key: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bi_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_id: Option<&'a str>,
}

/// The body for these tokens. On v3 `payload` is Push Kit's `payload`, on v1 it is a [`V1Message`].
///
/// # Errors
/// When a v1 payload is no [`V1Message`].
pub fn assemble(
    api: Api,
    payload: &RawValue,
    options: &PushOptions,
    tokens: &[&str],
) -> serde_json::Result<Vec<u8>> {
    match api {
        Api::V3 => {
            serde_json::to_vec(&V3Body { payload, push_options: options, target: V3Target { token: tokens } })
        }
        Api::V1 => serde_json::to_vec(&V1Body {
            validate_only: false,
            message: V1BodyMessage {
                message: serde_json::from_str(payload.get())?,
                android: V1Options {
                    ttl: options.ttl.map(|seconds| format!("{seconds}s")),
                    collapse_key: options.collapse_key,
                    bi_tag: options.bi_tag.as_deref(),
                    receipt_id: options.receipt_id.as_deref(),
                },
                token: tokens,
            },
        }),
    }
}

/// The bytes of the body without its tokens, at most [`SIZE_LIMIT`].
///
/// # Errors
/// [`TooLarge`] when they are more than the limit.
pub fn measure(api: Api, payload: &RawValue, options: &PushOptions) -> Result<usize, TooLarge> {
    let size = assemble(api, payload, options, &[]).map_or(usize::MAX, |body| body.len());
    if size > SIZE_LIMIT { Err(TooLarge { size }) } else { Ok(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn a_v3_body_is_what_the_documents_show() {
        let options = PushOptions { ttl: Some(60), ..PushOptions::default() };
        let body = assemble(Api::V3, &raw(r#"{"extraData":"x"}"#), &options, &["t1", "t2"]).unwrap();
        let expected =
            r#"{"payload":{"extraData":"x"},"pushOptions":{"ttl":60},"target":{"token":["t1","t2"]}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn a_v1_body_is_what_the_documents_show() {
        let message = V1Message::new(None, Some(r#"{"a":1}"#));
        let payload = raw(&serde_json::to_string(&message).unwrap());
        let options = PushOptions { ttl: Some(60), ..PushOptions::default() };
        let body = assemble(Api::V1, &payload, &options, &["t"]).unwrap();
        let expected =
            r#"{"validate_only":false,"message":{"data":"{\"a\":1}","android":{"ttl":"60s"},"token":["t"]}}"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn the_size_is_the_bodys_without_tokens_and_the_limit_is_met_exactly() {
        let options = PushOptions { ttl: Some(60), ..PushOptions::default() };
        let empty = assemble(Api::V3, &raw(r#"{"extraData":""}"#), &options, &[]).unwrap().len();
        let with = |bytes: usize| raw(&format!(r#"{{"extraData":"{}"}}"#, "x".repeat(bytes)));
        let most = SIZE_LIMIT - empty;
        assert_eq!(measure(Api::V3, &with(most), &options), Ok(SIZE_LIMIT));
        let error = measure(Api::V3, &with(most + 1), &options).unwrap_err();
        assert_eq!((error.size, error.over()), (SIZE_LIMIT + 1, 1));
    }

    #[test]
    fn the_envelope_of_a_background_message_is_as_documented() {
        for payload in [r#"{"extraData":""}"#, r#"{"extraData":"","proxyData":"ENABLE"}"#] {
            let options = PushOptions { ttl: Some(86_400), ..PushOptions::default() };
            let size = measure(Api::V3, &raw(payload), &options).unwrap();
            assert!((71..=146).contains(&size), "{size}");
        }
    }
}
