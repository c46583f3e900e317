//! Huawei Push Kit as the sender sees it: authentication, the request, the call, and what an answer means.

mod account;
mod auth;
mod body;
mod client;
mod oauth;
mod outcome;
mod region;
mod request;
mod skew;
mod token_store;

pub use account::{AccountError, ServiceAccount};
pub use auth::{AuthError, Bearer, JwtSource, Origin};
pub use body::{Api, MAX_TOKENS, SIZE_LIMIT, TooLarge, V1Message, assemble, measure};
pub use client::{PushClient, Sent};
pub use oauth::OAuthSource;
pub use outcome::{Outcome, Refused, classify};
pub use region::{Auth, Region, Regions};
pub use request::{ClickAction, Notification, PushOptions, PushType, SealedMember};
pub use skew::Skew;
pub(crate) use token_store::is_this_machine;
pub use token_store::{RedisAddressError, TokenStore};
