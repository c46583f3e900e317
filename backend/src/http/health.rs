//! For the operator: is it alive, is it ready, what does it count.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use sqlx::Row;

use super::Backend;
use super::error::ApiError;
use crate::clock;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The process answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({"status": "alive", "version": env!("CARGO_PKG_VERSION")}))
}

/// The database answers too.
pub(super) async fn ready(State(backend): State<Arc<Backend>>) -> Result<Json<Value>, ApiError> {
    sqlx::query("SELECT 1").execute(&backend.database.pool).await?;
    Ok(Json(json!({"status": "ready"})))
}

/// Prometheus' text.
pub(super) async fn metrics(State(backend): State<Arc<Backend>>) -> Result<Response, ApiError> {
    let row = sqlx::query("SELECT COUNT(*), MIN(due_at) FROM deliveries WHERE state = 'queued'")
        .fetch_one(&backend.database.pool)
        .await?;
    let oldest: Option<i64> = row.try_get(1)?;
    let age_ms = oldest.map_or(0, |due_at| clock::now_ms().saturating_sub(due_at).max(0));
    backend.metrics.waiting(row.try_get(0)?, age_ms.div_euclid(1000));
    let text = backend.metrics.text().unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response())
}
