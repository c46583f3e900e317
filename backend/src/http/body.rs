//! Request bodies: bounded, and JSON errors that name the place without repeating what was sent.

use axum::body::{Bytes, HttpBody};
use http_body_util::LengthLimitError;
use pushseal::limits::ATTACHMENT_BYTES;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::limits::Limits;

/// The body's bytes.
pub(super) struct Body(pub(super) Bytes);

/// Without a claim check, a message's data is at most 8 KiB; the rest is names and the notification.
pub(super) const MAX_BODY: usize = 128 * 1024;
/// With a claim check, a message brings an attachment.
pub(super) const MAX_BODY_WITH_ATTACHMENT: usize = MAX_BODY + ATTACHMENT_BYTES;

impl Body {
    /// Reads a body of at most so many bytes. One that says that it is larger is not read at all. Who may send is
    /// checked before, so that strangers take no memory.
    pub(super) async fn read(body: axum::body::Body, most: usize, limits: &Limits) -> Result<Self, ApiError> {
        if usize::try_from(body.size_hint().lower()).map_or(true, |size| size > most) {
            return Err(ApiError::BodyTooLarge);
        }
        let read = tokio::time::timeout(limits.body_time, axum::body::to_bytes(body, most)).await;
        match read.map_err(|_| ApiError::BodyTooSlow)? {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) => Err(match error.into_inner().downcast_ref::<LengthLimitError>() {
                Some(_) => ApiError::BodyTooLarge,
                None => ApiError::BodyUnreadable,
            }),
        }
    }

    /// Reads JSON.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.0).map_err(|error| ApiError::Body(describe(&error)))
    }
}

/// serde's texts quote the value that is wrong, which may be a key or a token. Only texts that quote names are kept.
fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!("line {}, column {}", error.line(), error.column());
    let names_only = ["missing field", "unknown field", "duplicate field"];
    match (error.classify(), names_only.iter().any(|start| text.starts_with(start))) {
        (serde_json::error::Category::Data, true) if text.len() < 300 => text,
        (serde_json::error::Category::Data, _) => format!("a value has the wrong type or form at {place}"),
        _ => format!("it is not JSON ({place})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[expect(dead_code, reason = "only its parsing is looked at")]
        size: u32,
    }

    fn error(body: &'static str) -> String {
        Body(Bytes::from_static(body.as_bytes())).json::<Shape>().unwrap_err().to_string()
    }

    #[test]
    fn the_place_is_named_and_the_value_is_not() {
        assert!(error("{}").contains("missing field `size`"));
        assert!(error(r#"{"x":1}"#).contains("unknown field `x`"));
        let wrong = error(r#"{"size":"secret"}"#);
        assert!(wrong.contains("line 1, column") && !wrong.contains("secret"), "{wrong}");
        assert!(error("{").contains("not JSON"));
        assert!(error("").contains("not JSON"));
    }
}
