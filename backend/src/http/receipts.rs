//! `/v1/receipts`: Push Kit reports what became of messages on their devices.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use push_kit::receipt::{Batch, Callback, ReceiptKey};
use serde_json::{Value, json};

use super::backend::Backend;
use super::body::Body;
use super::error::ApiError;
use crate::clock;
use crate::receipts::{self, Stored};

/// A thousand results with tokens, ids and tags.
const MAX_RECEIPT_BODY: usize = 1024 * 1024;

/// `POST`: the answer that the documents ask for, once the results are durable.
pub(super) async fn take(
    State(backend): State<Arc<Backend>>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let now_ms = clock::now_ms();
    let (callback, regions) = signed(&backend, request.headers(), now_ms)?;
    let body = Body::read(request.into_body(), MAX_RECEIPT_BODY, &backend.limits).await?;
    let batch = Batch::parse(&body.0).map_err(|error| ApiError::Body(error.to_string()))?;
    let (nonce, signed_at) = (&callback.nonce, callback.signed_at());
    let stored = receipts::store(&backend.database, &regions, nonce, &batch, signed_at, now_ms).await?;
    count(&backend, &stored.ok_or_else(|| refused(&backend, "replayed"))?);
    Ok(Json(json!({"code": "0", "message": "success"})))
}

/// The callback's header and the regions whose secret signed it, if one signed it just now.
fn signed<'a>(
    backend: &'a Backend,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<(Callback, Vec<&'a str>), ApiError> {
    let keys: Vec<(&str, &ReceiptKey)> = backend
        .regions
        .values()
        .filter_map(|region| Some((region.name.as_str(), region.receipts.as_ref()?)))
        .collect();
    if keys.is_empty() {
        return Err(ApiError::ReceiptsClosed);
    }
    let header = headers.get("x-huawei-callback-id").and_then(|value| value.to_str().ok());
    let callback = header.and_then(Callback::parse).ok_or_else(|| refused(backend, "unsigned"))?;
    let signers: Vec<&str> =
        keys.iter().filter(|(_, key)| key.accepts(&callback)).map(|&(name, _)| name).collect();
    if signers.is_empty() {
        return Err(refused(backend, "forged"));
    }
    if callback.is_fresh(now_ms) { Ok((callback, signers)) } else { Err(refused(backend, "stale")) }
}

/// Who forges is not told what was wrong; the operator is.
fn refused(backend: &Backend, reason: &'static str) -> ApiError {
    tracing::warn!(reason, "a receipt was refused");
    backend.metrics.receipt_refused(reason);
    ApiError::ReceiptRefused
}

fn count(backend: &Backend, stored: &Stored) {
    for &result in &stored.results {
        backend.metrics.receipt(result);
    }
    for _ in 0..stored.odd {
        backend.metrics.receipt_refused("odd");
    }
    for result in &stored.retired {
        backend.metrics.token_retired(&format!("receipt_{result}"));
    }
    tracing::info!(
        results = stored.results.len(),
        odd = stored.odd,
        matched = stored.matched,
        "a receipt was stored"
    );
}
