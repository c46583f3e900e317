//! `/v1/messages`: a sender gives a message and asks what became of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::backend::Backend;
use super::bearer::sender;
use super::body::{Body, MAX_BODY, MAX_BODY_WITH_ATTACHMENT};
use super::error::ApiError;
use super::id::Id;
use crate::access::Scope;
use crate::messages::{self, MessageStatus, Revoked, SendRequest, Sender, Sizes};

const MAX_IDEMPOTENCY_KEY: usize = 128;

/// `POST`: 202 once the message is durable.
pub(super) async fn send(
    State(backend): State<Arc<Backend>>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (head, body) = request.into_parts();
    let key = sender(&head, Scope::Send)?;
    let sender = Sender { name: key.name(), idempotency_key: idempotency_key(&head.headers)? };
    let most = if backend.attachments { MAX_BODY_WITH_ATTACHMENT } else { MAX_BODY };
    let body = Body::read(body, most, &backend.limits).await?;
    let request: SendRequest = body.json()?;
    let accepted = messages::accept(backend.context(&key.limits().regions), sender, &request, &body.0).await;
    let accepted = accepted.map_err(ApiError::Message)?;
    if !accepted.repeated {
        backend.metrics.accepted();
        backend.outbox.wake();
    }
    Ok((StatusCode::ACCEPTED, Json(json!({"messageId": accepted.message_id}))))
}

/// `POST /v1/sizes`: how large the message would be for each device. Nothing is kept.
pub(super) async fn sizes(
    State(backend): State<Arc<Backend>>,
    request: Request,
) -> Result<Json<Sizes>, ApiError> {
    let (head, body) = request.into_parts();
    let key = sender(&head, Scope::Send)?;
    let most = if backend.attachments { MAX_BODY_WITH_ATTACHMENT } else { MAX_BODY };
    let body = Body::read(body, most, &backend.limits).await?;
    let sizes = messages::sizes(backend.context(&key.limits().regions), &body.json()?).await;
    sizes.map(Json).map_err(ApiError::Message)
}

/// `GET`: the state of each device's delivery.
pub(super) async fn status(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    request: Request,
) -> Result<Json<MessageStatus>, ApiError> {
    let (head, _) = request.into_parts();
    let name = sender(&head, Scope::Read)?.name();
    messages::status(&backend.database, name, &id).await?.map(Json).ok_or(ApiError::NoSuchMessage)
}

/// `DELETE`: deliveries that wait are stopped, notifications that were sent are revoked at Push Kit.
pub(super) async fn revoke(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    request: Request,
) -> Result<Json<Revoked>, ApiError> {
    let (head, _) = request.into_parts();
    let key = sender(&head, Scope::Send)?;
    let context = backend.context(&key.limits().regions);
    messages::revoke(context, &backend.push, key.name(), &id).await.map(Json).map_err(ApiError::from)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().map_err(|_| ApiError::IdempotencyKey)?;
    // HTTP takes blanks off both ends; those within belong to the key.
    let plain = key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if key.is_empty() || key.len() > MAX_IDEMPOTENCY_KEY || !plain {
        return Err(ApiError::IdempotencyKey);
    }
    Ok(Some(key))
}
