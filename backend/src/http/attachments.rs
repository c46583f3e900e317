//! `/v1/attachments/{id}`: a device fetches what did not fit into its message.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Backend;
use super::bearer::device_user;
use super::error::ApiError;
use super::id::Id;
use crate::clock;
use crate::messages;

/// `GET`: the ciphertext, or from `Range: bytes=N-` on what is left of it.
pub(super) async fn fetch(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let user = device_user(&backend, &headers)?;
    let content = messages::attachment(&backend.database, &id, user.id(), clock::now_ms()).await?;
    let content = content.ok_or(ApiError::NoSuchAttachment)?;
    Ok(answer(content, range_start(&headers)))
}

/// Another form of range, or one that begins after the end, is answered with all of it (RFC 9110 §14.2).
fn answer(mut content: Vec<u8>, start: Option<usize>) -> Response {
    const TYPE: (header::HeaderName, &str) = (header::CONTENT_TYPE, "application/octet-stream");
    let total = content.len();
    match start.filter(|&start| start > 0 && start < total) {
        None => ([TYPE, (header::ACCEPT_RANGES, "bytes")], content).into_response(),
        Some(start) => {
            let range = format!("bytes {start}-{}/{total}", total.saturating_sub(1));
            let rest = content.split_off(start);
            (StatusCode::PARTIAL_CONTENT, [TYPE], [(header::CONTENT_RANGE, range)], rest).into_response()
        }
    }
}

fn range_start(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}
