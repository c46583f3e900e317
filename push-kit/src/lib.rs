//! A client for the server side of **Huawei Push Kit**: HarmonyOS 5 and later (route v3), and the older routes v1 and v2.
//!
//! It has no database and no HTTP server: it makes requests, says what each answer means for each token, and reads receipts.
//!
//! ```no_run
//! use huawei_push_kit::{Endpoint, JwtSource, Message, Notification, Outcome, PUSH_URL, Payload, PushClient, ServiceAccount, TOKEN_URL};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account = ServiceAccount::load("service-account.json".as_ref())?;
//! let endpoint = Endpoint::v3(PUSH_URL, JwtSource::new(account, TOKEN_URL.to_owned()));
//! let client = PushClient::new()?;
//!
//! let text = Notification { title: "Hello".into(), body: "From Rust".into(), ..Notification::default() };
//! let message = Message::new(Payload::Alert(Box::new(text)));
//! message.check(endpoint.api())?;
//!
//! let sent = endpoint.send(&client, &message, &["THE DEVICE'S PUSH TOKEN"]).await;
//! match &sent.outcome {
//!     Outcome::Sent => println!("sent as {}", sent.request_id),
//!     other => println!("{}: {other:?}", sent.code),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Parts
//!
//! | | |
//! |---|---|
//! | [`ServiceAccount`], [`JwtSource`], [`OAuthSource`] | credentials; one token for as long as it lives, however many senders wait |
//! | [`Endpoint`], [`PushClient`] | where messages go, and the connections |
//! | [`Message`], [`Payload`], [`PushOptions`] | what is sent, checked before Push Kit does |
//! | [`measure`], [`SIZE_LIMIT`] | the size, counted as Push Kit counts it |
//! | [`Outcome`], [`Refused`], [`Advice`] | what an answer means: for the message, and for each token |
//! | [`Revoke`] | a notification is taken back |
//! | [`receipt`] | what Push Kit reports later: verified and read |
//! | [`SharedTokens`] | several processes share one OAuth token, through a store of the caller |
//!
//! # What an answer means
//!
//! A token is invalid only when Push Kit says `tokenFormatError` of it: [`Advice::InvalidToken`]. An answer that is not understood
//! (a portal's page, a redirect, half a body, a new code) says nothing about the message: [`Outcome::NotUnderstood`], send it again
//! until it expires. `Retry-After` is in [`Sent::retry_after`].

#![forbid(unsafe_code)]

mod bearer;
mod body;
mod client;
mod endpoint;
mod jwt;
mod message;
mod notification;
mod oauth;
mod options;
mod outcome;
mod payload;
mod push_type;
mod reason;
pub mod receipt;
mod retry_after;
mod revoke;
mod route;
mod service_account;
mod shared;
mod skew;
mod v1;
mod widget;

pub use bearer::{AuthError, Bearer, Origin};
pub use body::{SIZE_LIMIT, TooLarge, assemble, measure};
pub use client::{ClientOptions, PushClient};
pub use endpoint::Endpoint;
pub use jwt::JwtSource;
pub use message::{InvalidMessage, Message};
pub use notification::{Badge, ClickAction, InvalidMember, Notification, is_app_message_id};
pub use oauth::OAuthSource;
pub use options::{CALL_TTL_S, DEFAULT_TTL_S, MAX_TTL_S, PushOptions, Urgency};
pub use outcome::{Outcome, Sent, classify};
pub use payload::Payload;
pub use push_type::PushType;
pub use reason::{Advice, Refused, remedy};
pub use revoke::{MAX_REVOKE_TOKENS, Revoke};
pub use route::Api;
pub use service_account::{AccountError, ServiceAccount};
pub use shared::{AskLock, BoxFuture, SharedToken, SharedTokens, StoreFailed, Turn};
pub use skew::Skew;
pub use v1::{AndroidNotification, V1Message, V1Notification};
pub use widget::{FormImage, FormUpdate, LiveView};

/// Huawei's sending address. Other vendors of OpenHarmony devices have their own.
pub const PUSH_URL: &str = "https://push-api.cloud.huawei.com";
/// Huawei's authorisation address: `aud` of the JWT on v3; where access tokens are asked for on v1 and v2.
pub const TOKEN_URL: &str = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
