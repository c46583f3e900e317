//! What each answer of Push Kit means for the messages in the request.
//!
//! Sources: Huawei, "Push Kit, REST API: scenario-based messages, response parameters" (push-scenariozed-api-response), "Revoking a
//! message" (push-msg-revoke), and the codes that the server demos of the v1 route name.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;

use crate::bearer::AuthError;
use crate::reason::{Advice, Refused};
use crate::skew::Skew;

/// Receipts repeat it; a longer one is none.
const MAX_REQUEST_ID: usize = 128;
/// A reason is stored and becomes a metric's label: only a short plain word is taken.
const MAX_REASON: usize = 64;

/// What to do after an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Push Kit took it for every token.
    Sent,
    /// Push Kit took it for all tokens but these.
    PartlySent(Vec<Refused>),
    /// Every token failed. Tokens that are not in the list got no reason: nothing is known about them, as a wrong project or
    /// address is answered alike.
    AllRefused(Vec<Refused>),
    /// The Bearer has expired: make another one, once.
    Renew,
    /// The network, or too many calls: again later, until the message expires.
    Retry,
    /// Push Kit failed inside: again later, a few times.
    Internal,
    /// The answer is not of Push Kit, or of a Push Kit that this crate does not know. It says nothing about the message: again
    /// later, until the message expires.
    NotUnderstood,
    /// Too many tokens for one request: send it in parts.
    Split,
    /// The configuration is wrong. Keep the message until an operator has corrected it.
    Misconfigured,
    /// This message can never be sent.
    Permanent,
}

/// The result of one call.
#[derive(Debug)]
pub struct Sent {
    /// What to do with the messages in it.
    pub outcome: Outcome,
    /// Push Kit's code, or `http_503`, `network`, `timeout`, `oauth_unreachable`, …: to be stored and counted.
    pub code: String,
    /// Push Kit's id for the request, '' when it gave none. Receipts repeat it.
    pub request_id: String,
    /// How the clocks differ, where the answer told a time.
    pub skew: Option<Skew>,
    /// How long the other side asks to wait before the next call.
    pub retry_after: Option<Duration>,
}

impl Sent {
    /// An outcome without a request's id.
    pub fn new(outcome: Outcome, code: impl Into<String>) -> Self {
        Self { outcome, code: code.into(), request_id: String::new(), skew: None, retry_after: None }
    }

    /// The outcome of a call that was not made, because there was no credential for it.
    pub fn not_authorised(error: &AuthError) -> Self {
        let outcome = match error {
            AuthError::Unreachable { .. } => Outcome::Retry,
            AuthError::Refused { .. } | AuthError::Signing => Outcome::Misconfigured,
        };
        Self { retry_after: error.retry_after(), ..Self::new(outcome, error.code()) }
    }

    /// The tokens that were refused, whichever outcome names them.
    pub fn refused(&self) -> &[Refused] {
        match &self.outcome {
            Outcome::PartlySent(list) | Outcome::AllRefused(list) => list,
            _ => &[],
        }
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

/// `msg` of `80100000` and `80300007`, which is JSON inside JSON. The routes v1 and v2 name the list `illegal_tokens`.
#[derive(Deserialize)]
struct PartAnswer {
    #[serde(default, rename = "illegalTokens")]
    by_reason: HashMap<String, Vec<String>>,
    #[serde(default)]
    illegal_tokens: Vec<String>,
    success: Option<u64>,
}

/// Reads an answer. The code decides; the HTTP status only where there is none.
pub fn classify(status: u16, body: &[u8]) -> Sent {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return Sent::new(by_status(status), format!("http_{status}"));
    };
    let outcome = match answer.code.as_str() {
        "80000000" => Outcome::Sent,
        "80100000" => partly(&answer.msg),
        "80300007" => Outcome::AllRefused(refused(&answer.msg).map_or_else(Vec::new, |(list, _)| list)),
        "80200003" | "80200005" => Outcome::Renew,
        "80300010" | "80300030" => Outcome::Split,
        "80300029" | "80600003" | "80100013" | "80300011" => Outcome::Retry,
        "81000001" | "80000001" => Outcome::Internal,
        "80200001" | "80300002" | "80300028" | "80300032" | "80300036" | "80300037" | "82000012"
        | "82000013" => Outcome::Misconfigured,
        "80100001" | "80100002" | "80100003" | "80100004" | "80100016" | "80100017" | "80100018"
        | "80100020" | "80100022" | "80300008" | "80300017" => Outcome::Permanent,
        _ => Outcome::NotUnderstood,
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
        500 => Outcome::Internal,
        401 | 403 | 404 => Outcome::Misconfigured,
        _ => Outcome::NotUnderstood,
    }
}

/// Without the list it cannot be told which tokens failed: the answer is not understood.
fn partly(msg: &str) -> Outcome {
    match refused(msg) {
        Some((list, Some(0))) => Outcome::AllRefused(list),
        Some((list, _)) if !list.is_empty() => Outcome::PartlySent(list),
        _ => Outcome::NotUnderstood,
    }
}

/// The refused tokens and the number of the others.
fn refused(msg: &str) -> Option<(Vec<Refused>, Option<u64>)> {
    let part: PartAnswer = serde_json::from_str(msg).ok()?;
    let with_reason = part.by_reason.into_iter().flat_map(|(reason, tokens)| {
        let reason = plain(reason.trim());
        let advice = Advice::of(&reason);
        tokens.into_iter().map(move |token| Refused { token, reason: reason.clone(), advice })
    });
    let without = part.illegal_tokens.into_iter().map(|token| Refused {
        token,
        reason: "illegal_tokens".to_owned(),
        // It may be the app's fault.
        advice: Advice::Permanent,
    });
    Some((with_reason.chain(without).collect(), part.success))
}

fn plain(reason: &str) -> String {
    let is_word = !reason.is_empty()
        && reason.len() <= MAX_REASON
        && reason.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_word { reason } else { "unknown_reason" }.to_owned()
}
