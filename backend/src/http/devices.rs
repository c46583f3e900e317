//! `/v1/devices/{id}`: a device registers itself and its push token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::Backend;
use super::bearer::{DeviceUser, device_user};
use super::body::{Body, MAX_BODY};
use super::error::ApiError;
use super::id::Id;
use crate::clock;
use crate::registry::{self, DeviceId, Registration, RegistrationBody};

/// `PUT`: 201 for a new device, 200 for a known one. Repeating it changes nothing.
pub(super) async fn register(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let user = device_user(&backend, request.headers())?;
    let body = Body::read(request.into_body(), MAX_BODY, &backend.limits).await?;
    let mut registration =
        Registration::parse(&id, body.json::<RegistrationBody>()?).map_err(ApiError::Registration)?;
    act_for(&user, &mut registration)?;
    if !backend.regions.contains_key(&registration.region) {
        return Err(ApiError::UnknownRegion);
    }
    let created = registry::register(
        &backend.database,
        &backend.vault,
        &backend.regions,
        &registration,
        clock::now_ms(),
    )
    .await?;
    backend.metrics.registered(if created { "created" } else { "updated" });
    let key_ids: Vec<_> = registration.keys.iter().map(|key| key.id.as_str()).collect();
    let answer = Json(json!({"deviceId": registration.device.as_str(), "keyIds": key_ids}));
    Ok((if created { StatusCode::CREATED } else { StatusCode::OK }, answer))
}

/// `DELETE`: 204, also when there is no such device.
pub(super) async fn remove(
    State(backend): State<Arc<Backend>>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let user = device_user(&backend, &headers)?;
    let device = DeviceId::new(&id).map_err(ApiError::Registration)?;
    registry::remove(&backend.database, &device, user.id()).await?;
    backend.metrics.registered("removed");
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
