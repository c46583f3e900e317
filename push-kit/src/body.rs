//! The whole body of a request on any route, and its size.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::options::PushOptions;
use crate::route::Api;
use crate::v1::V1Body;

/// Push Kit takes 4096 bytes without the tokens and does not say how it counts. The body is measured as it is sent, with an empty
/// token list, and a margin is left over.
pub const SIZE_LIMIT: usize = 4096 - SIZE_MARGIN;
const SIZE_MARGIN: usize = 32;

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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct V3Body<'a> {
    payload: &'a RawValue,
    push_options: V3Options<'a>,
    target: V3Target<'a>,
}

#[derive(Serialize)]
struct V3Target<'a> {
    token: &'a [&'a str],
}

/// `pushOptions`: those members of [`PushOptions`] that the route has.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct V3Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    test_message: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bi_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collapse_key: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_mode: Option<u32>,
}

/// The body for these tokens. On v3 `payload` is that of [`Payload::to_json`](crate::Payload::to_json), on v1 and v2 a
/// [`V1Message`](crate::V1Message) as JSON.
///
/// # Errors
/// When a payload of v1 or v2 is no [`V1Message`](crate::V1Message).
pub fn assemble(
    api: Api,
    payload: &RawValue,
    options: &PushOptions,
    tokens: &[&str],
) -> serde_json::Result<Vec<u8>> {
    match api {
        Api::V3 => serde_json::to_vec(&V3Body {
            payload,
            push_options: V3Options {
                test_message: options.test_message,
                ttl: options.ttl,
                bi_tag: options.bi_tag.as_deref(),
                receipt_id: options.receipt_id.as_deref(),
                collapse_key: options.collapse_key,
                background_mode: options.background_mode,
            },
            target: V3Target { token: tokens },
        }),
        Api::V1 | Api::V2 => {
            serde_json::to_vec(&V1Body::new(serde_json::from_str(payload.get())?, options, tokens))
        }
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
    use crate::notification::Notification;
    use crate::options::Urgency;
    use crate::v1::V1Message;
    use serde_json::{Value, json};

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    fn all_options() -> PushOptions {
        PushOptions {
            test_message: Some(true),
            ttl: Some(60),
            bi_tag: Some("tag".into()),
            receipt_id: Some("r".into()),
            collapse_key: Some(5),
            background_mode: Some(1),
            urgency: Some(Urgency::High),
            validate_only: Some(true),
        }
    }

    #[test]
    fn a_v3_body_is_what_the_documents_show() {
        let body = assemble(Api::V3, &raw(r#"{"extraData":"x"}"#), &all_options(), &["t1", "t2"]).unwrap();
        let expected = json!({"payload": {"extraData": "x"}, "target": {"token": ["t1", "t2"]}, "pushOptions": {
            "testMessage": true, "ttl": 60, "biTag": "tag", "receiptId": "r", "collapseKey": 5, "backgroundMode": 1}});
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
    }

    #[test]
    fn a_v1_body_has_every_option_under_its_own_name() {
        let shown = Notification {
            title: "t".into(),
            body: "b".into(),
            category: Some("IM".into()),
            notify_id: Some(7),
            ..Notification::default()
        };
        let payload = serde_json::value::to_raw_value(&V1Message::new(Some(&shown), None)).unwrap();
        for api in [Api::V1, Api::V2] {
            let body = assemble(api, &payload, &all_options(), &["t"]).unwrap();
            let expected = json!({"validate_only": true, "message": {"notification": {"title": "t", "body": "b"}, "token": ["t"],
                "android": {"target_user_type": 1, "urgency": "HIGH", "category": "IM", "ttl": "60s", "collapse_key": 5,
                    "bi_tag": "tag", "receipt_id": "r",
                    "notification": {"click_action": {"type": 3}, "default_sound": true, "notify_id": 7}}}});
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), expected);
        }
    }

    #[test]
    fn v1_data_is_a_text_and_a_message_without_the_word_is_no_test() {
        let payload = serde_json::value::to_raw_value(&V1Message::new(None, Some(r#"{"a":1}"#))).unwrap();
        let options = PushOptions { ttl: Some(60), test_message: Some(false), ..PushOptions::default() };
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
