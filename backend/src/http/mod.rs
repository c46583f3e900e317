//! The HTTP interface. `app` is the whole of it and needs no port.

mod attachments;
mod bearer;
mod body;
mod devices;
mod error;
mod health;
mod messages;
mod receipts;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, StatusCode};
use axum::routing::{get, post, put};
use pushseal::limits::ATTACHMENT_BYTES;
use tower::ServiceBuilder;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::access::{ApiKeys, DeviceAccess};
use crate::database::Database;
use crate::messages::Desk;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::push_kit::Regions;
use crate::registry::MasterKeys;

pub use error::ApiError;

/// Without a claim check, a message's data is at most 8 KiB; the rest is names and the notification.
const MAX_BODY: usize = 128 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the handlers share.
#[derive(Debug)]
pub struct Backend {
    /// Devices and messages.
    pub database: Arc<Database>,
    /// Opens device keys.
    pub vault: MasterKeys,
    /// Where messages go.
    pub regions: Regions,
    /// Who may send.
    pub api_keys: ApiKeys,
    /// Who may register.
    pub device_access: DeviceAccess,
    /// Whether data that does not fit goes by claim check.
    pub attachments: bool,
    /// Woken for new messages.
    pub outbox: Outbox,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl Backend {
    fn desk(&self) -> Desk<'_> {
        Desk {
            database: &self.database,
            vault: &self.vault,
            regions: &self.regions,
            attachments: self.attachments,
        }
    }
}

/// The routes with their limits.
pub fn app(backend: Arc<Backend>) -> Router {
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_TIMEOUT));
    let most = if backend.attachments { MAX_BODY.saturating_add(ATTACHMENT_BYTES) } else { MAX_BODY };
    Router::new()
        .route("/v1/devices/{id}", put(devices::register).delete(devices::remove))
        .route("/v1/messages", post(messages::send).layer(DefaultBodyLimit::max(most)))
        .route("/v1/messages/{id}", get(messages::status))
        .route("/v1/attachments/{id}", get(attachments::fetch))
        .route("/v1/receipts", post(receipts::take))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(|| async { ApiError::NoSuchPath })
        .method_not_allowed_fallback(|| async { ApiError::NoSuchMethod })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(layers)
        .with_state(backend)
}

/// The route's pattern and not the address: an address may name a device.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}
