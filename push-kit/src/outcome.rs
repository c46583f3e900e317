//! What each answer of Push Kit means for the messages in the request ("Push Kit, REST API v3: error codes").

use std::collections::HashMap;

use serde::Deserialize;

use crate::skew::Skew;

/// Receipts repeat it; a longer one is none.
const MAX_REQUEST_ID: usize = 128;

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Push Kit took it for every token.
    Sent,
    /// Push Kit took it for all tokens but these.
    PartlySent(Vec<Refused>),
    /// Every token failed. It says nothing about the tokens: a wrong project or address is answered alike.
    AllRefused,
    /// The Bearer has expired: sign again, once.
    Renew,
    /// The network, or too many calls: again later, until the message expires.
    Retry,
    /// Push Kit failed inside: again later, a few times.
    RetryLimited,
    /// Too many tokens for one request: send it in parts.
    Split,
    /// The configuration is wrong. The message waits for a person; see the alarm in the log.
    Misconfigured,
    /// This message can never be sent.
    Permanent,
}

/// A token that Push Kit refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The token, as sent.
    pub token: String,
    /// Push Kit's reason, trimmed.
    pub reason: String,
    /// True when the reason speaks about the token and not about the app: it will never work again.
    pub dead: bool,
}

/// What became of one call.
#[derive(Debug)]
pub struct Sent {
    /// What to do with the deliveries in it.
    pub outcome: Outcome,
    /// Push Kit's code, or `http_503`, `network`, `timeout`: what is stored and counted.
    pub code: String,
    /// Push Kit's id for the request, '' when it gave none. Receipts repeat it.
    pub request_id: String,
    /// The clocks, where the answer told a time.
    pub skew: Option<Skew>,
}

impl Sent {
    /// An outcome without a request's id.
    pub fn new(outcome: Outcome, code: impl Into<String>) -> Self {
        Self { outcome, code: code.into(), request_id: String::new(), skew: None }
    }

    pub(crate) fn failed_on_the_way(code: &str) -> Self {
        Self::new(Outcome::Retry, code)
    }
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    msg: String,
    #[serde(default, rename = "requestId")]
    request_id: String,
}

/// `msg` of `80100000`, which is JSON inside JSON. The v1 route names the list `illegal_tokens`.
#[derive(Deserialize)]
struct PartAnswer {
    #[serde(default, rename = "illegalTokens")]
    by_reason: HashMap<String, Vec<String>>,
    #[serde(default)]
    illegal_tokens: Vec<String>,
    #[serde(default = "one")]
    success: u64,
}

const fn one() -> u64 {
    1
}

/// Reads an answer. The code decides; the HTTP status only where there is none.
pub fn classify(status: u16, body: &[u8]) -> Sent {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Sent::new(by_status(status), format!("http_{status}"));
    };
    let outcome = match answer.code.as_str() {
        "80000000" => Outcome::Sent,
        "80100000" => partly(&answer.msg),
        "80300007" => Outcome::AllRefused,
        "80200003" | "80200005" => Outcome::Renew,
        "80300010" | "80300030" => Outcome::Split,
        "80300029" => Outcome::Retry,
        "81000001" => Outcome::RetryLimited,
        "80200001" | "80300002" | "80300036" | "80300037" => Outcome::Misconfigured,
        "80100001" | "80100003" | "80100004" | "80100022" | "80300008" => Outcome::Permanent,
        _ => by_status(status),
    };
    // The code is stored and becomes a metric's label: only what looks like one is taken.
    let known_shape = answer.code.len() == 8 && answer.code.bytes().all(|b| b.is_ascii_digit());
    let code = if known_shape { answer.code } else { format!("http_{status}") };
    let plain =
        answer.request_id.len() <= MAX_REQUEST_ID && answer.request_id.bytes().all(|b| b.is_ascii_graphic());
    let request_id = if plain { answer.request_id } else { String::new() };
    Sent { request_id, ..Sent::new(outcome, code) }
}

const fn by_status(status: u16) -> Outcome {
    match status {
        429 | 502 | 503 | 504 => Outcome::Retry,
        500..=599 => Outcome::RetryLimited,
        401 | 403 | 404 => Outcome::Misconfigured,
        _ => Outcome::Permanent,
    }
}

fn partly(msg: &str) -> Outcome {
    // Which tokens failed cannot be told, and sending to all again would reach some of them twice.
    let Ok(part) = serde_json::from_str::<PartAnswer>(msg) else { return Outcome::Permanent };
    if part.success == 0 {
        return Outcome::AllRefused;
    }
    let with_reason = part.by_reason.into_iter().flat_map(|(reason, tokens)| {
        let reason = reason.trim().to_owned();
        let dead = is_about_the_token(&reason);
        tokens.into_iter().map(move |token| Refused { token, reason: reason.clone(), dead })
    });
    let without = part.illegal_tokens.into_iter().map(|token| Refused {
        token,
        reason: "illegal_tokens".to_owned(),
        // The v1 route gives no reason, so it may be the app's fault.
        dead: false,
    });
    Outcome::PartlySent(with_reason.chain(without).collect())
}

/// Only these two reasons say that the token itself is bad. `noRight` is ambiguous, the others are the app's.
fn is_about_the_token(reason: &str) -> bool {
    matches!(reason, "tokenFormatError" | "tokenPlatformNotSupport")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, code: &str) -> Outcome {
        classify(status, format!(r#"{{"code":"{code}","msg":"x","requestId":"r"}}"#).as_bytes()).outcome
    }

    #[test]
    fn every_documented_code_has_its_reaction() {
        let table = [
            ("80000000", Outcome::Sent),
            ("80300007", Outcome::AllRefused),
            ("80100001", Outcome::Permanent),
            ("80100003", Outcome::Permanent),
            ("80100004", Outcome::Permanent),
            ("80100022", Outcome::Permanent),
            ("80200001", Outcome::Misconfigured),
            ("80200005", Outcome::Renew),
            ("80200003", Outcome::Renew),
            ("80300002", Outcome::Misconfigured),
            ("80300008", Outcome::Permanent),
            ("80300010", Outcome::Split),
            ("80300029", Outcome::Retry),
            ("80300030", Outcome::Split),
            ("80300036", Outcome::Misconfigured),
            ("80300037", Outcome::Misconfigured),
            ("81000001", Outcome::RetryLimited),
        ];
        for (code, expected) in table {
            for status in [200, 400, 401, 500] {
                assert_eq!(outcome(status, code), expected, "{code} with HTTP {status}");
            }
        }
    }

    #[test]
    fn without_a_code_the_status_decides() {
        let table = [
            (500, Outcome::RetryLimited),
            (502, Outcome::Retry),
            (503, Outcome::Retry),
            (504, Outcome::Retry),
            (429, Outcome::Retry),
            (401, Outcome::Misconfigured),
            (404, Outcome::Misconfigured),
            (400, Outcome::Permanent),
            (200, Outcome::Permanent),
        ];
        for (status, expected) in table {
            for body in ["", "<html>", "{}", "null", r#"{"code":8}"#] {
                let sent = classify(status, body.as_bytes());
                assert_eq!(sent.outcome, expected, "HTTP {status} with {body:?}");
                assert_eq!(sent.code, format!("http_{status}"));
            }
        }
    }

    #[test]
    fn only_two_reasons_speak_about_the_token() {
        let reasons = [
            ("noPushTypeRight", false),
            ("noRight", false),
            ("atomicUnableSendUnsubscribedMsg", false),
            ("tokenFormatError", true),
            ("countryNotSupport", false),
            ("tokenPlatformNotSupport", true),
            ("disableSendHuaweiMsgBecauseOfPenalty", false),
            ("differentImgVerifyPolicy", false),
            ("appinfoError", false),
            ("noRightToSendThisLiveNotificationEvent", false),
            ("notSupportPlayVoice", false),
        ];
        for (reason, dead) in reasons {
            for key in [reason.to_owned(), format!(" {reason} ")] {
                let msg = serde_json::json!({"illegalTokens": {key: ["tok"]}, "success": 1, "failure": 1})
                    .to_string();
                let body = serde_json::json!({"code": "80100000", "msg": msg}).to_string();
                let refused = Refused { token: "tok".into(), reason: reason.into(), dead };
                assert_eq!(classify(200, body.as_bytes()).outcome, Outcome::PartlySent(vec![refused]));
            }
        }
    }

    #[test]
    fn a_batch_that_failed_alike_says_nothing_about_its_tokens() {
        let msg = r#"{"illegalTokens":{"tokenFormatError":["a","b"]},"success":0,"failure":2}"#;
        let body = serde_json::json!({"code": "80100000", "msg": msg}).to_string();
        assert_eq!(classify(200, body.as_bytes()).outcome, Outcome::AllRefused);
    }

    #[test]
    fn an_unreadable_part_answer_is_not_sent_again() {
        assert_eq!(outcome(200, "80100000"), Outcome::Permanent);
    }

    #[test]
    fn an_odd_code_does_not_become_a_label() {
        let sent = classify(400, br#"{"code":"<script>","msg":""}"#);
        assert_eq!((sent.code.as_str(), sent.outcome), ("http_400", Outcome::Permanent));
    }
}
