//! Huawei Push Kit as the sender sees it: credentials, the request, the call, what an answer means, and receipts.

#![forbid(unsafe_code)]

mod bearer;
mod body;
mod client;
mod credential;
mod jwt;
mod oauth;
mod outcome;
pub mod receipt;
mod request;
mod service_account;
mod shared;
mod skew;

pub use bearer::{AuthError, Bearer, Origin};
pub use body::{Api, MAX_TOKENS, SIZE_LIMIT, TooLarge, V1Message, assemble, measure};
pub use client::PushClient;
pub use credential::Credential;
pub use jwt::JwtSource;
pub use oauth::OAuthSource;
pub use outcome::{Outcome, Refused, Sent, classify};
pub use request::{ClickAction, Notification, PushOptions, PushType, SealedMember};
pub use service_account::{AccountError, ServiceAccount};
pub use shared::{AskLock, BoxFuture, SharedToken, SharedTokens, StoreFailed, Turn};
pub use skew::Skew;
