//! The body of `POST /v1/messages` and what may stand together in it.

use push_kit::{Notification, PushOptions, PushType};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::registry::{is_id, is_user};

const MAX_MESSAGE_ID: usize = 64;
const MAX_BI_TAG: usize = 64;
/// Push Kit keeps a message for a day when nothing else is said, and never longer than 15 days.
const DEFAULT_TTL_S: u32 = 86_400;
const MAX_TTL_S: u32 = 1_296_000;
/// More receivers are several requests: one request is one transaction.
pub(crate) const MAX_RECEIVERS: usize = 1000;
/// Devices that one message reaches: its sealed payloads are in memory together.
pub(crate) const MAX_DEVICES: usize = 10_000;
const SPOKEN: &str = "PLAY_VOICE";
/// Message ids of the backend's own begin so: the app acts on them.
pub(super) const RESERVED_ID: &str = "pushseal:";

/// The request as it is sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendRequest {
    /// Who gets it.
    pub to: Target,
    /// Any JSON: what the app's handler gets. Only the device can read it.
    #[serde(default)]
    pub data: Option<Box<RawValue>>,
    /// The message's id; made when it is missing.
    #[serde(default)]
    pub id: Option<String>,
    /// Seconds until it is given up. When it is given, the app refuses the message after that time too.
    #[serde(default)]
    pub ttl: Option<u32>,
    /// How it is delivered.
    #[serde(default, rename = "type")]
    pub kind: Kind,
    /// Background messages: the system writes each into the app's table while the app does not run.
    #[serde(default)]
    pub proxy_data: bool,
    /// What is shown. Huawei can read it.
    #[serde(default)]
    pub notification: Option<Notification>,
    /// `false`: one plain payload for every device, which Huawei can read. The app must allow it.
    #[serde(default = "yes")]
    pub sealed: bool,
    /// On the v1 route, `notification` beside `data` may keep the app from running: it must be asked for.
    #[serde(default)]
    pub allow_notification_with_data: bool,
    /// As Push Kit's `pushOptions.collapseKey`.
    #[serde(default)]
    pub collapse_key: Option<i32>,
    /// As `pushOptions.biTag`.
    #[serde(default)]
    pub bi_tag: Option<String>,
    /// As `pushOptions.receiptId`.
    #[serde(default)]
    pub receipt_id: Option<String>,
    /// As `pushOptions.testMessage`.
    #[serde(default)]
    pub test_message: bool,
    /// As `pushOptions.backgroundMode`.
    #[serde(default)]
    pub background_mode: Option<u32>,
}

const fn yes() -> bool {
    true
}

/// Receivers, by device or by user.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Device ids, as the answers to registrations have them.
    #[serde(default)]
    pub devices: Vec<String>,
    /// Users: all devices of each.
    #[serde(default)]
    pub users: Vec<String>,
}

/// How a message is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Push-type 6: data for the app.
    #[default]
    Background,
    /// Push-type 0: a notification; the data comes with the tap.
    Alert,
    /// Push-type 2: the app's extension process gets the data and changes what is shown.
    Extension,
    /// Push-type 10: a call.
    Call,
    /// Push-types 0 and 6 with one id: shown, and handed to the app when it can run.
    Pair,
}

/// What is wrong with a message. No variant holds what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// No receiver, or too many.
    #[error("to must name 1 to {MAX_RECEIVERS} devices, or users, or both: send to more in several requests")]
    Receivers,
    /// A receiver is not in its form.
    #[error("a name in to is not a device id or a user")]
    Receiver,
    /// The message id.
    #[error(
        "id must be 1 to {MAX_MESSAGE_ID} letters, digits, '-', '_', '.' or ':', and not begin with {RESERVED_ID}"
    )]
    Id,
    /// The time to live.
    #[error("ttl must be 1 to {MAX_TTL_S} seconds (15 days)")]
    Ttl,
    /// Nothing to send.
    #[error("data is missing: this type carries data")]
    NoData,
    /// Nothing to show.
    #[error("notification is missing: this type shows one")]
    NoNotification,
    /// A background message or call with a notification.
    #[error(
        "this type shows no notification, and data beside a notification keeps the app from running: \
         use type \"alert\" or \"pair\""
    )]
    Mixed,
    /// The v1 route with both.
    #[error(
        "on the v1 route data beside a notification may keep the app from running: send two messages, or say \
         \"allowNotificationWithData\": true"
    )]
    MixedV1,
    /// A kind the v1 route does not have.
    #[error("the v1 route has the types \"background\" and \"alert\" only")]
    NotOnV1,
    /// An option of another type.
    #[error("{0} does not belong to this type")]
    ForeignOption(&'static str),
    /// An option out of range.
    #[error("{0} is not in its range")]
    OptionRange(&'static str),
    /// Plain data where only sealed data goes.
    #[error("\"sealed\": false is for the types background, extension and call")]
    UnsealedKind,
    /// The category of a spoken message.
    #[error("an extension message has the category {SPOKEN}")]
    Category,
}

impl SendRequest {
    /// Checks everything that does not depend on the receivers.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), InvalidMessage> {
        self.to.check()?;
        if self.id.as_deref().is_some_and(|id| !is_message_id(id)) {
            return Err(InvalidMessage::Id);
        }
        if self.ttl.is_some_and(|ttl| !(1..=MAX_TTL_S).contains(&ttl)) {
            return Err(InvalidMessage::Ttl);
        }
        self.check_content()?;
        self.check_options()
    }

    fn check_content(&self) -> Result<(), InvalidMessage> {
        match self.kind {
            Kind::Background | Kind::Call if self.notification.is_some() => {
                return Err(InvalidMessage::Mixed);
            }
            Kind::Alert | Kind::Extension | Kind::Pair if self.notification.is_none() => {
                return Err(InvalidMessage::NoNotification);
            }
            _ => {}
        }
        if self.kind != Kind::Alert && self.data.is_none() {
            return Err(InvalidMessage::NoData);
        }
        let spoken = self.notification.as_ref().and_then(|shown| shown.category.as_deref());
        if self.kind == Kind::Extension && spoken.is_some_and(|category| category != SPOKEN) {
            return Err(InvalidMessage::Category);
        }
        if !self.sealed && matches!(self.kind, Kind::Alert | Kind::Pair) {
            return Err(InvalidMessage::UnsealedKind);
        }
        Ok(())
    }

    fn check_options(&self) -> Result<(), InvalidMessage> {
        let types = self.push_types();
        if self.proxy_data && !types.contains(&PushType::Background) {
            return Err(InvalidMessage::ForeignOption("proxyData"));
        }
        if self.background_mode.is_some() && !types.contains(&PushType::Background) {
            return Err(InvalidMessage::ForeignOption("backgroundMode"));
        }
        let collapses = types.iter().any(|t| matches!(t, PushType::Alert | PushType::Extension));
        if self.collapse_key.is_some() && !collapses {
            return Err(InvalidMessage::ForeignOption("collapseKey"));
        }
        if self.collapse_key.is_some_and(|key| !(-1..=100).contains(&key)) {
            return Err(InvalidMessage::OptionRange("collapseKey"));
        }
        if self.background_mode.is_some_and(|mode| mode != 1) {
            return Err(InvalidMessage::OptionRange("backgroundMode"));
        }
        if self.bi_tag.as_deref().is_some_and(|tag| tag.is_empty() || tag.len() > MAX_BI_TAG) {
            return Err(InvalidMessage::OptionRange("biTag"));
        }
        Ok(())
    }

    /// The push types this message goes out with.
    pub const fn push_types(&self) -> &'static [PushType] {
        match self.kind {
            Kind::Background => &[PushType::Background],
            Kind::Alert => &[PushType::Alert],
            Kind::Extension => &[PushType::Extension],
            Kind::Call => &[PushType::Call],
            Kind::Pair => &[PushType::Alert, PushType::Background],
        }
    }

    /// Seconds until it is given up.
    pub fn ttl_s(&self) -> u32 {
        self.ttl.unwrap_or(DEFAULT_TTL_S)
    }

    /// `pushOptions`, whichever push type they are for.
    pub fn options(&self) -> PushOptions {
        PushOptions {
            test_message: self.test_message.then_some(true),
            ttl: Some(self.ttl_s()),
            bi_tag: self.bi_tag.clone(),
            receipt_id: self.receipt_id.clone(),
            collapse_key: self.collapse_key,
            background_mode: self.background_mode,
        }
    }
}

impl Target {
    fn check(&self) -> Result<(), InvalidMessage> {
        let most = self.devices.len().max(self.users.len());
        if most == 0 || most > MAX_RECEIVERS {
            return Err(InvalidMessage::Receivers);
        }
        let devices = self.devices.iter().all(|id| is_id(id));
        let users = self.users.iter().all(|user| is_user(user));
        if devices && users { Ok(()) } else { Err(InvalidMessage::Receiver) }
    }
}

/// A message's id is part of an address.
fn is_message_id(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'));
    !id.is_empty() && id.len() <= MAX_MESSAGE_ID && plain && !id.starts_with(RESERVED_ID)
}
