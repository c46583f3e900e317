//! The description of the interface, for people and generators. It is written by hand; a test holds it against the
//! routes and against real answers.

use axum::http::{HeaderName, header};

/// OpenAPI 3.1, as JSON.
pub const OPENAPI: &str = include_str!("../../openapi.json");

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// `GET /openapi.json`.
pub(super) async fn document() -> ([(HeaderName, &'static str); 1], &'static str) {
    (JSON, OPENAPI)
}
