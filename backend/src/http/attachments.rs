//! `/v1/attachments/{id}`: a device fetches the data that did not fit into its message.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;

use super::backend::Backend;
use super::bearer::device_user;
use super::error::ApiError;
use super::id::Id;
use super::open_answers::OpenAnswer;
use crate::clock;
use crate::database::Database;
use crate::messages::{self, StoredAttachment};

/// `GET`: the ciphertext, or from `Range: bytes=N-` on the rest of it.
pub(super) async fn fetch(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let user = device_user(&backend, &headers)?;
    let open = backend.limits.attachment(user.id())?;
    let stored = messages::attachment(&backend.database, &id, user.id(), clock::now_ms()).await?;
    let stored = stored.ok_or(ApiError::NoSuchAttachment)?;
    let first = range_start(&headers);
    Ok(answer(Reading { stored, database: Arc::clone(&backend.database), next: 0, _open: open }, first))
}

/// An attachment on its way to its reader: one piece of it is in memory at a time.
struct Reading {
    stored: StoredAttachment,
    database: Arc<Database>,
    /// The byte that comes next.
    next: usize,
    _open: Option<OpenAnswer>,
}

/// Another form of range, or one that begins after the end, is answered with all of it (RFC 9110 §14.2).
fn answer(mut reading: Reading, start: Option<usize>) -> Response {
    const TYPE: (HeaderName, &str) = (header::CONTENT_TYPE, "application/octet-stream");
    let total = reading.stored.size;
    let start = start.filter(|&start| start > 0 && start < total);
    reading.next = start.unwrap_or(0);
    let length = [(header::CONTENT_LENGTH, total.saturating_sub(reading.next).to_string())];
    let body = Body::from_stream(try_unfold(reading, next_piece));
    match start {
        None => ([TYPE, (header::ACCEPT_RANGES, "bytes")], length, body).into_response(),
        Some(start) => {
            let range = format!("bytes {start}-{}/{total}", total.saturating_sub(1));
            (StatusCode::PARTIAL_CONTENT, [TYPE], length, [(header::CONTENT_RANGE, range)], body)
                .into_response()
        }
    }
}

/// An error cuts the connection: the device sees that bytes are missing, and asks for the rest.
async fn next_piece(mut reading: Reading) -> Result<Option<(Bytes, Reading)>, sqlx::Error> {
    let piece = reading.stored.read(&reading.database, reading.next).await.inspect_err(|error| {
        tracing::error!(%error, "an attachment was cut off");
    })?;
    reading.next = reading.next.saturating_add(piece.len());
    Ok((!piece.is_empty()).then(|| (Bytes::from(piece), reading)))
}

fn range_start(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
}
