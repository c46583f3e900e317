//! The `Authorization` header.

use axum::http::{HeaderMap, header};

use super::Backend;
use super::error::ApiError;
use crate::access::{DeviceAccess, Scope};

/// The token of `Authorization: Bearer TOKEN`.
fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The sender's name, if its API key has the scope.
pub(super) fn sender<'a>(
    backend: &'a Backend,
    headers: &HeaderMap,
    scope: Scope,
) -> Result<&'a str, ApiError> {
    const MISSING: &str = "an API key is needed: Authorization: Bearer KEY";
    let token = token(headers).ok_or(ApiError::Unauthorised(MISSING))?;
    let (name, scopes) =
        backend.api_keys.find(token).ok_or(ApiError::Unauthorised("this API key is not known"))?;
    if scopes.contains(&scope) {
        Ok(name)
    } else {
        Err(ApiError::Forbidden("this API key lacks the scope for this"))
    }
}

/// The name of the API key that a request brings, if it is one of ours.
pub(super) fn key_name<'a>(backend: &'a Backend, headers: &HeaderMap) -> Option<&'a str> {
    Some(backend.api_keys.find(token(headers)?)?.0)
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
            let user = verifier.user(token).ok_or(ApiError::Unauthorised(REFUSED))?;
            backend.limits.user(&user)?;
            Ok(DeviceUser::User(user))
        }
    }
}
