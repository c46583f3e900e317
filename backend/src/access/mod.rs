//! Who may do what: senders by API key, devices by the app's own JWT.

mod api_key;
mod device_jwt;

pub use api_key::{ApiKey, ApiKeyError, ApiKeys, NewApiKey, Scope};
pub use device_jwt::{DeviceAccess, DeviceAuthError, DeviceAuthSettings, JwtVerifier};
