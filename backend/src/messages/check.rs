//! What may stand together in a message, and what Push Kit would refuse of it.

use push_kit::{Badge, InvalidMember, MAX_TTL_S, PushType};

use super::request::{Kind, SendRequest, Target};
use crate::registry::{is_id, is_user};

const MAX_MESSAGE_ID: usize = 64;
/// More receivers are several requests: one request is one transaction.
pub(crate) const MAX_RECEIVERS: usize = 1000;
/// Devices that one message reaches: its sealed payloads are in memory together.
pub(crate) const MAX_DEVICES: usize = 10_000;
const SPOKEN: &str = "PLAY_VOICE";
/// Message ids of the backend's own begin so: the app acts on them.
pub(super) const RESERVED_ID: &str = "pushseal:";

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
    /// Plain data where only sealed data goes.
    #[error("\"sealed\": false is for the types background, extension and call")]
    UnsealedKind,
    /// A member that this type needs.
    #[error("{0} is missing: this type needs it")]
    NoContent(&'static str),
    /// A member that Push Kit would refuse.
    #[error(transparent)]
    Member(#[from] InvalidMember),
    /// `validateOnly` for a device of route v3.
    #[error(
        "route v3 has no validate_only: POST /v1/sizes measures a message and sends nothing, and \"testMessage\": true sends \
         a test message"
    )]
    NoValidateOnly,
    /// The category of a spoken message.
    #[error("the category {SPOKEN} is that of the type extension, and of no other")]
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
        self.check_kind()?;
        if let Some(notification) = &self.notification {
            notification.check()?;
            if notification.click_action.data.is_some() {
                return Err(InvalidMessage::ForeignOption("notification.clickAction.data"));
            }
        }
        self.badge.as_ref().map_or(Ok(()), Badge::check)?;
        self.widget.as_ref().map_or(Ok(()), |update| update.check())?;
        self.live_view.as_ref().map_or(Ok(()), |view| view.check())?;
        let spoken =
            self.notification.as_ref().and_then(|shown| shown.category.as_deref()).map(|c| c == SPOKEN);
        if (self.kind == Kind::Extension && spoken == Some(false))
            || (self.kind != Kind::Extension && spoken == Some(true))
        {
            return Err(InvalidMessage::Category);
        }
        if !self.sealed && matches!(self.kind, Kind::Alert | Kind::Pair) {
            return Err(InvalidMessage::UnsealedKind);
        }
        Ok(())
    }

    /// Each type has its own members, and no other's.
    fn check_kind(&self) -> Result<(), InvalidMessage> {
        match self.kind {
            Kind::Background | Kind::Call if self.notification.is_some() => {
                return Err(InvalidMessage::Mixed);
            }
            Kind::Alert | Kind::Extension | Kind::Pair if self.notification.is_none() => {
                return Err(InvalidMessage::NoNotification);
            }
            Kind::Background | Kind::Call | Kind::Extension | Kind::Pair if self.data.is_none() => {
                return Err(InvalidMessage::NoData);
            }
            _ => {}
        }
        let by_the_system = matches!(self.kind, Kind::Badge | Kind::Widget | Kind::LiveView);
        let members = [
            ("badge", self.badge.is_some(), Kind::Badge),
            ("widget", self.widget.is_some(), Kind::Widget),
            ("liveView", self.live_view.is_some(), Kind::LiveView),
        ];
        for (name, is_given, kind) in members {
            match (is_given, self.kind == kind) {
                (true, false) => return Err(InvalidMessage::ForeignOption(name)),
                (false, true) => return Err(InvalidMessage::NoContent(name)),
                _ => {}
            }
        }
        if by_the_system && self.notification.is_some() {
            return Err(InvalidMessage::ForeignOption("notification"));
        }
        if by_the_system && self.data.is_some() {
            return Err(InvalidMessage::ForeignOption("data"));
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
        Ok(self.options().check()?)
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
