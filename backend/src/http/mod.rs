//! The HTTP interface. `app` is the whole of it and needs no port.

mod attachments;
mod backend;
mod bearer;
mod body;
mod database_watch;
mod devices;
mod error;
mod health;
mod id;
mod limited;
mod limits;
mod messages;
mod open_answers;
mod openapi;
mod receipts;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use tower::ServiceBuilder;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::TraceLayer;

pub use backend::Backend;
pub use database_watch::DatabaseWatch;
pub use error::ApiError;
pub use limits::Limits;
pub use openapi::OPENAPI;
pub use server::serve_until;

const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID: usize = 64;

/// The routes with their limits.
pub fn app(backend: Arc<Backend>) -> Router {
    let layers = ServiceBuilder::new()
        .map_request(without_strange_id)
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(from_fn_with_state(Arc::clone(&backend), in_time));
    let limited = from_fn_with_state(Arc::clone(&backend), limited::check);
    let with_routes = |router: Router<Arc<Backend>>, routes: Routes| {
        routes.into_iter().fold(router, |r, (path, to)| r.route(path, to))
    };
    with_routes(Router::new(), versioned())
        .route_layer(limited)
        .merge(with_routes(Router::new(), operation()))
        .fallback(|| async { ApiError::NoSuchPath })
        .method_not_allowed_fallback(|| async { ApiError::NoSuchMethod })
        .layer(layers)
        .with_state(backend)
}

type Routes = Vec<(&'static str, MethodRouter<Arc<Backend>>)>;

/// For senders, devices and Push Kit: limited.
fn versioned() -> Routes {
    vec![
        ("/v1/devices/{id}", put(devices::register).delete(devices::remove)),
        ("/v1/devices/{id}/proof", post(devices::prove)),
        ("/v1/messages", post(messages::send)),
        ("/v1/messages/{id}", get(messages::status).delete(messages::revoke)),
        ("/v1/sizes", post(messages::sizes)),
        ("/v1/attachments/{id}", get(attachments::fetch)),
        ("/v1/receipts", post(receipts::take)),
    ]
}

/// For the operator.
fn operation() -> Routes {
    vec![
        ("/healthz", get(health::alive)),
        ("/readyz", get(health::ready)),
        ("/metrics", get(health::metrics)),
        ("/openapi.json", get(openapi::document)),
    ]
}

/// The path of every route, as a pattern. A test holds the OpenAPI document against them.
pub fn paths() -> Vec<&'static str> {
    versioned().into_iter().chain(operation()).map(|(path, _)| path).collect()
}

/// No request takes longer, whatever it waits for; each is counted.
async fn in_time(State(backend): State<Arc<Backend>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let begin = Instant::now();
    let answered = tokio::time::timeout(ANSWER_TIMEOUT, next.run(request)).await;
    let answer = answered.unwrap_or_else(|_| ApiError::NotInTime.into_response());
    backend.metrics.answered(method.as_str(), &route, answer.status().as_u16(), begin.elapsed());
    answer
}

/// A proxy's id is kept if it looks like one; it is repeated in the log and in the answer.
fn without_strange_id(mut request: Request) -> Request {
    let is_plain = |id: &HeaderValue| {
        let byte_is_plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=MAX_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(byte_is_plain)
    };
    if !request.headers().get(&REQUEST_ID).is_some_and(is_plain) {
        request.headers_mut().remove(&REQUEST_ID);
    }
    request
}

/// The route's pattern and not the address: an address may name a device.
fn span(request: &Request) -> tracing::Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}
