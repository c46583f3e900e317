//! Who may do what: senders by API key, devices by the app's own JWT.

mod api_key;
mod current;
mod device_jwt;
mod grant;
mod jwks;

pub use api_key::{ApiKey, ApiKeyError, ApiKeys, NewApiKey};
pub use current::Current;
pub use device_jwt::{DeviceAccess, DeviceAuthError, DeviceAuthSettings, JwtVerifier, SignInError};
pub use grant::{KeyLimits, Scope};
