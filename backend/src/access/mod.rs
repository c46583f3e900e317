//! Who may do what: senders by API key, devices by the app's own JWT.

mod api_key;
mod current;
mod device_jwt;
mod jwks;

pub use api_key::{ApiKey, ApiKeyError, ApiKeys, KeyLimits, NewApiKey, Scope};
pub use current::Current;
pub use device_jwt::{DeviceAccess, DeviceAuthError, DeviceAuthSettings, JwtVerifier, SignInError};
