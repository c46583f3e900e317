//! For the operator: is it alive, is it ready, what does it count.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Backend;
use super::error::ApiError;
use crate::clock;
use crate::outbox;

/// Who balances load or watches asks every few seconds.
const READY_WITHIN: Duration = Duration::from_secs(2);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "alive", "version": env!("CARGO_PKG_VERSION")}))
}

/// The database answers too, and soon.
pub(super) async fn ready(State(backend): State<Arc<Backend>>) -> Result<Json<Value>, ApiError> {
    soon(sqlx::query("SELECT 1").execute(&backend.database.pool)).await?;
    Ok(Json(json!({"status": "ready"})))
}

/// Prometheus' text. What this process counts is told without the database too.
pub(super) async fn metrics(State(backend): State<Arc<Backend>>) -> Response {
    let waiting = soon(outbox::waiting(&backend.database, clock::now_ms())).await;
    if let Err(error) = &waiting {
        tracing::error!(%error, "the metrics go without the queue");
    }
    backend.metrics.waiting(waiting.ok().as_ref());
    let text = backend.metrics.text().unwrap_or_default();
    ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response()
}

/// Waits for the database, but not for long.
async fn soon<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(READY_WITHIN, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
