//! Request bodies: bounded, and JSON errors that name the place without repeating what was sent.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use super::error::ApiError;

/// The body's bytes.
pub(super) struct Body(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::BodyTooLarge)
            }
            Err(rejection) => {
                drop(rejection.into_response());
                Err(ApiError::BodyUnreadable)
            }
        }
    }
}

impl Body {
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
