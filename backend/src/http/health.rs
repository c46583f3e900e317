//! For the operator: is it alive, is it ready, what does it count.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::backend::Backend;
use super::error::ApiError;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "alive", "version": env!("CARGO_PKG_VERSION")}))
}

/// The database takes writes, and soon.
pub(super) async fn ready(State(backend): State<Arc<Backend>>) -> Result<Json<Value>, ApiError> {
    backend.database_watch.takes_writes(&backend.database).await?;
    Ok(Json(json!({"status": "ready"})))
}

/// Prometheus' text. What this process counts is told without the database too.
pub(super) async fn metrics(State(backend): State<Arc<Backend>>) -> Response {
    let watch = &backend.database_watch;
    let (probed, waiting) =
        tokio::join!(watch.takes_writes(&backend.database), watch.waiting(&backend.database));
    if let Err(error) = &probed {
        tracing::error!(%error, "the database takes no writes");
    }
    backend.metrics.database(probed.is_ok(), waiting.as_ref());
    let text = backend.metrics.text().unwrap_or_default();
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}
