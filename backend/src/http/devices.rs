//! `/v1/devices/{id}`: a device registers itself and its push token, and proves that the token is its own.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::backend::Backend;
use super::bearer::{DeviceUser, device_key, device_user};
use super::body::{Body, MAX_BODY};
use super::error::ApiError;
use super::id::Id;
use crate::clock;
use crate::messages;
use crate::registry::{self, Aaid, Registration, RegistrationBody};

/// `PUT` with the AAID: 201 for a new device, 200 for a known one. Repeating it changes nothing.
pub(super) async fn register(
    State(backend): State<Arc<Backend>>,
    Id(aaid): Id,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let user = device_user(&backend, request.headers())?;
    let body = Body::read(request.into_body(), MAX_BODY, &backend.limits).await?;
    let mut registration =
        Registration::parse(&aaid, body.json::<RegistrationBody>()?).map_err(ApiError::Registration)?;
    act_for(&user, &mut registration)?;
    if !backend.regions.contains_key(&registration.region) {
        return Err(ApiError::UnknownRegion);
    }
    let registered = registry::register(
        &backend.database,
        &backend.vault,
        &backend.regions,
        user.authority(),
        &registration,
        clock::now_ms(),
    )
    .await?;
    if registered.shares_token {
        challenge(&backend, &registered.device_id).await;
    }
    backend.metrics.registered(if registered.is_new { "created" } else { "updated" });
    let key_ids: Vec<_> = registration.keys.iter().map(|key| key.id.as_str()).collect();
    let answer = Json(json!({"deviceId": registered.device_id, "keyIds": key_ids}));
    Ok((if registered.is_new { StatusCode::CREATED } else { StatusCode::OK }, answer))
}

/// The registration stands without it; the next one asks again.
async fn challenge(backend: &Backend, device_id: &str) {
    match messages::send_challenge(backend.context(&[]), device_id, clock::now_ms()).await {
        Ok(true) => backend.outbox.wake(),
        Ok(false) => {}
        Err(error) => tracing::warn!(%error, "a challenge for a push token could not be sent"),
    }
}

/// `DELETE` with the AAID: 204, also when the user has no such device.
pub(super) async fn remove(
    State(backend): State<Arc<Backend>>,
    Id(aaid): Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let user = device_user(&backend, &headers)?;
    let aaid = Aaid::new(&aaid).map_err(ApiError::Registration)?;
    let key = device_key(&headers);
    registry::remove(&backend.database, &backend.vault, user.authority(), &aaid, key).await?;
    backend.metrics.registered("removed");
    Ok(StatusCode::NO_CONTENT)
}

/// The body of `POST /v1/devices/{id}/proof`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofBody {
    nonce: String,
}

/// `POST` with the device's id: 204 when the nonce is that of its challenge. Repeating it changes nothing.
pub(super) async fn prove(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let user = device_user(&backend, request.headers())?;
    let body = Body::read(request.into_body(), MAX_BODY, &backend.limits).await?;
    let ProofBody { nonce } = body.json()?;
    registry::prove(&backend.database, user.authority(), &id, &nonce, clock::now_ms()).await?;
    backend.metrics.registered("proven");
    Ok(StatusCode::NO_CONTENT)
}

/// The JWT says whose device it is; the body may repeat it.
fn act_for(user: &DeviceUser, registration: &mut Registration) -> Result<(), ApiError> {
    let Some(user) = user.id() else { return Ok(()) };
    if registration.user.as_deref().is_some_and(|named| named != user) {
        return Err(ApiError::Forbidden("user is not the one that the JWT is for: leave it out"));
    }
    registration.user = Some(user.to_owned());
    Ok(())
}
