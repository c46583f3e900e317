//! The limits, before every route of the interface.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::backend::Backend;
use super::bearer::api_key;
use super::error::ApiError;
use crate::access::DeviceAccess;

/// Runs before every route of the interface, and before anything of the body is read.
pub(super) async fn check(
    State(backend): State<Arc<Backend>>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    match api_key(&backend, request.headers()) {
        Some(key) => {
            backend.limits.key(key.name())?;
            request.extensions_mut().insert(key);
        }
        // Open registration is for development, where one machine plays many devices.
        None if matches!(backend.device_access, DeviceAccess::Open) => {}
        None => backend.limits.address(&request)?,
    }
    Ok(next.run(request).await)
}
