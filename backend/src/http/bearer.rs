//! The `Authorization` header.

use std::sync::Arc;

use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use super::backend::Backend;
use super::error::ApiError;
use crate::access::{ApiKey, DeviceAccess, Scope, SignInError};
use crate::clock;
use crate::registry::{Authority, DeviceKey};

/// The token of `Authorization: Bearer TOKEN`.
fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The sender's API key, if it has the scope. The key was looked up when its requests were counted.
pub(super) fn sender(head: &Parts, scope: Scope) -> Result<&ApiKey, ApiError> {
    match head.extensions.get::<Arc<ApiKey>>() {
        Some(key) if key.may(scope) => Ok(key),
        Some(_) => Err(ApiError::Forbidden("this API key lacks the scope for this")),
        None if token(&head.headers).is_some() => {
            Err(ApiError::Unauthorised("this API key is not known, or has expired"))
        }
        None => Err(ApiError::Unauthorised("an API key is needed: Authorization: Bearer KEY")),
    }
}

/// The API key that a request brings, if it is one of ours.
pub(super) fn api_key(backend: &Backend, headers: &HeaderMap) -> Option<Arc<ApiKey>> {
    backend.api_keys.get().find(token(headers)?, clock::now_ms()).map(Arc::clone)
}

/// Who registers a device.
pub(super) enum DeviceUser {
    /// Development: anyone.
    Anyone,
    /// The signed-in user.
    User(String),
}

impl DeviceUser {
    /// The user's id; nothing when anyone may act.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::User(user) => Some(user),
        }
    }

    /// On whose word the registry acts.
    pub(super) fn authority(&self) -> Authority<'_> {
        self.id().map_or(Authority::DeviceKey, Authority::User)
    }
}

/// The user that a device's request acts for.
pub(super) fn device_user(backend: &Backend, headers: &HeaderMap) -> Result<DeviceUser, ApiError> {
    match &backend.device_access {
        DeviceAccess::Closed => Err(ApiError::RegistrationClosed),
        DeviceAccess::Open => Ok(DeviceUser::Anyone),
        DeviceAccess::Jwt(verifier) => {
            const MISSING: &str = "the app's own JWT is needed: Authorization: Bearer JWT";
            let token = token(headers).ok_or(ApiError::Unauthorised(MISSING))?;
            const REFUSED: &str = "this JWT is not accepted, or not any more";
            let user = verifier.user(token).map_err(|error| match error {
                SignInError::Refused => ApiError::Unauthorised(REFUSED),
                SignInError::KeysUnknown => ApiError::SignInUnavailable,
            })?;
            backend.limits.user(&user)?;
            Ok(DeviceUser::User(user))
        }
    }
}

/// The device key of `Authorization: Bearer KEYID.KEY`, by which a device is removed where nobody signs in. A JWT is none.
pub(super) fn device_key(headers: &HeaderMap) -> Option<DeviceKey> {
    let (id, key) = token(headers)?.rsplit_once('.')?;
    DeviceKey::parse(id, key).ok()
}
