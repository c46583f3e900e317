//! Errors as the API tells them: a status, a stable code, and a sentence that says what to do.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::{Value, json};

use crate::messages::{AcceptError, InvalidMessage, RevokeError};
use crate::registry::{InvalidRegistration, RegistryError};
use push_kit::SIZE_LIMIT;

/// A database that starts again takes a few seconds.
const COME_AGAIN_S: u64 = 5;
const DATABASE: &str = "database_unavailable";
const TOO_MANY_DEVICES: &str = "too_many_devices";

/// Every error of the API.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The body is no JSON of the right shape; the text names the place.
    #[error("the request body is wrong: {0}")]
    Body(String),
    /// More than the route takes.
    #[error("the request body is larger than this route takes")]
    BodyTooLarge,
    /// The body did not come in time.
    #[error("the request body did not come in time")]
    BodyTooSlow,
    /// The body ended early.
    #[error("the request body could not be read")]
    BodyUnreadable,
    /// No credential, or one that is not known.
    #[error("{0}")]
    Unauthorised(&'static str),
    /// The credential does not reach this far.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The keys of the app's sign-in are not known.
    #[error("the keys of the app's sign-in are not known now: send the same again in a few seconds")]
    SignInUnavailable,
    /// No configuration says who may register.
    #[error(
        "device registration is closed: configure [device_auth], or for development start with --open-registration"
    )]
    RegistrationClosed,
    /// A registration with something wrong in it.
    #[error(transparent)]
    Registration(InvalidRegistration),
    /// A region that is not configured.
    #[error("this region is not configured on this backend")]
    UnknownRegion,
    /// A header is not in its form.
    #[error("Idempotency-Key must be 1 to 128 printable ASCII characters and blanks")]
    IdempotencyKey,
    /// A message that is not taken.
    #[error(transparent)]
    Message(AcceptError),
    /// The sender has no such message.
    #[error("there is no message with this id")]
    NoSuchMessage,
    /// Push Kit cannot revoke now.
    #[error("Push Kit does not revoke now ({0}): send the same request again later")]
    RevokeLater(String),
    /// Push Kit refuses to revoke.
    #[error(
        "Push Kit does not revoke ({0}): check client_id of the region and the app's rights in the console"
    )]
    RevokeRefused(String),
    /// No such attachment for this user.
    #[error("there is no attachment with this id, or not any more")]
    NoSuchAttachment,
    /// No region has a receipt secret.
    #[error("receipts are not configured: name receipt_user and receipt_secret_file in a region")]
    ReceiptsClosed,
    /// Not signed by Push Kit, not now, or not for the first time.
    #[error("this receipt is not accepted")]
    ReceiptRefused,
    /// No such route.
    #[error("there is nothing at this path")]
    NoSuchPath,
    /// The route has other methods.
    #[error("this path has another method")]
    NoSuchMethod,
    /// More requests than one key, user or address may make.
    #[error("too many requests: wait {0} s")]
    TooMany(u64),
    /// The answer is not ready in time.
    #[error("there is no answer in time")]
    NotInTime,
    /// The registry refuses or fails.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl ApiError {
    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Body(_) | Self::Registration(_) | Self::UnknownRegion | Self::IdempotencyKey => {
                StatusCode::BAD_REQUEST
            }
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unauthorised(_) | Self::ReceiptRefused => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::RegistrationClosed | Self::ReceiptsClosed => StatusCode::FORBIDDEN,
            Self::NoSuchMessage | Self::NoSuchAttachment | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Message(error) => message_status(error),
            Self::Registry(error) => registry_status(error),
            Self::RevokeRefused(_) => StatusCode::CONFLICT,
            Self::Database(_) | Self::NotInTime | Self::SignInUnavailable | Self::RevokeLater(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Body(_) => "invalid_body",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyUnreadable => "body_unreadable",
            Self::BodyTooSlow => "body_too_slow",
            Self::TooMany(_) => "too_many_requests",
            Self::NotInTime => "not_in_time",
            Self::Unauthorised(_) => "unauthorised",
            Self::Forbidden(_) => "forbidden",
            Self::SignInUnavailable => "sign_in_unavailable",
            Self::RegistrationClosed => "registration_closed",
            Self::Registration(_) => "invalid_registration",
            Self::UnknownRegion => "unknown_region",
            Self::IdempotencyKey => "invalid_idempotency_key",
            Self::NoSuchMessage => "no_such_message",
            Self::RevokeLater(_) => "revoke_later",
            Self::RevokeRefused(_) => "revoke_refused",
            Self::NoSuchAttachment => "no_such_attachment",
            Self::ReceiptsClosed => "receipts_closed",
            Self::ReceiptRefused => "receipt_refused",
            Self::NoSuchPath => "no_such_path",
            Self::NoSuchMethod => "no_such_method",
            Self::Message(error) => message_code(error),
            Self::Registry(error) => registry_code(error),
            Self::Database(_) => DATABASE,
        }
    }

    /// For `Retry-After`: seconds until it is worth asking again. Nothing where a person has to act first.
    fn come_again_s(&self) -> Option<u64> {
        match self {
            Self::TooMany(wait_s) => Some(*wait_s),
            Self::NotInTime | Self::SignInUnavailable | Self::RevokeLater(_) => Some(COME_AGAIN_S),
            _ => (self.code() == DATABASE).then_some(COME_AGAIN_S),
        }
    }

    /// What is told. The cause of a fault is for the operator's log: it may name hosts and tables.
    fn told(&self) -> String {
        match self.code() {
            DATABASE => {
                "the database does not answer now: send the same again in a few seconds; with an id or an \
                         Idempotency-Key it stays one message"
                    .to_owned()
            }
            _ if self.status().is_server_error() => {
                "the backend cannot do this now: try again later".to_owned()
            }
            _ => self.to_string(),
        }
    }

    /// Numbers that a program can use.
    fn details(&self) -> Option<Value> {
        match self {
            Self::Message(AcceptError::TooLarge(error)) => {
                Some(json!({"size": error.size, "limit": SIZE_LIMIT, "over": error.over()}))
            }
            Self::Message(AcceptError::Data(error)) => {
                Some(json!({"code": error.code(), "name": error.name()}))
            }
            _ => None,
        }
    }
}

fn message_status(error: &AcceptError) -> StatusCode {
    match error {
        AcceptError::Invalid(_) | AcceptError::Data(_) | AcceptError::TooManyDevices => {
            StatusCode::BAD_REQUEST
        }
        AcceptError::RegionNotAllowed => StatusCode::FORBIDDEN,
        AcceptError::NoReceiver => StatusCode::NOT_FOUND,
        AcceptError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        AcceptError::Conflict => StatusCode::CONFLICT,
        AcceptError::Registry(error) => registry_status(error),
        AcceptError::Database(_) | AcceptError::NoRandomness(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn message_code(error: &AcceptError) -> &'static str {
    match error {
        AcceptError::Invalid(InvalidMessage::Mixed | InvalidMessage::MixedV1) => "notification_with_data",
        AcceptError::Invalid(_) => "invalid_message",
        AcceptError::Data(_) => "invalid_data",
        AcceptError::RegionNotAllowed => "forbidden",
        AcceptError::NoReceiver => "no_receiver",
        AcceptError::TooManyDevices => TOO_MANY_DEVICES,
        AcceptError::TooLarge(_) => "message_too_large",
        AcceptError::Conflict => "id_in_use",
        AcceptError::Registry(error) => registry_code(error),
        AcceptError::Database(_) => DATABASE,
        AcceptError::NoRandomness(_) => "no_randomness",
    }
}

const fn registry_status(error: &RegistryError) -> StatusCode {
    match error {
        RegistryError::NotProven | RegistryError::ProofRefused => StatusCode::FORBIDDEN,
        RegistryError::Conflict => StatusCode::CONFLICT,
        RegistryError::TooManyDevices(_) => StatusCode::BAD_REQUEST,
        RegistryError::Database(_) | RegistryError::Vault(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

const fn registry_code(error: &RegistryError) -> &'static str {
    match error {
        RegistryError::NotProven => "device_key_needed",
        RegistryError::ProofRefused => "proof_refused",
        RegistryError::Conflict => "registration_conflict",
        RegistryError::TooManyDevices(_) => TOO_MANY_DEVICES,
        RegistryError::Database(_) => DATABASE,
        RegistryError::Vault(_) => "keys_unreadable",
    }
}

impl From<RevokeError> for ApiError {
    fn from(error: RevokeError) -> Self {
        match error {
            RevokeError::NoSuchMessage => Self::NoSuchMessage,
            RevokeError::Later(code) => Self::RevokeLater(code),
            RevokeError::Refused(code) => Self::RevokeRefused(code),
            RevokeError::Database(error) => Self::Database(error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = self.status();
        let code = self.code();
        if status.is_server_error() {
            tracing::error!(code, error = %self, "a request failed");
        }
        let mut error = json!({"code": code, "message": self.told()});
        if let (Some(details), Some(object)) = (self.details(), error.as_object_mut()) {
            object.insert("details".to_owned(), details);
        }
        let wait_s = self.come_again_s();
        let retry_after = wait_s.map(|wait_s| AppendHeaders([(header::RETRY_AFTER, wait_s.to_string())]));
        let credential = matches!(self, Self::Unauthorised(_));
        let wanted = credential.then_some(AppendHeaders([(header::WWW_AUTHENTICATE, "Bearer")]));
        (status, retry_after, wanted, Json(json!({"error": error}))).into_response()
    }
}
