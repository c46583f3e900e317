//! The body of `POST /v1/messages`.

use push_kit::{
    Badge, CALL_TTL_S, DEFAULT_TTL_S, FormUpdate, LiveView, Notification, PushOptions, PushType, Urgency,
};
use serde::Deserialize;
use serde_json::value::RawValue;

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
    /// Seconds until it expires: a day, for a call a minute, when it is missing. When it is given, the app refuses the message
    /// after that time too.
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
    /// Type badge: the number on the app's icon alone.
    #[serde(default)]
    pub badge: Option<Badge>,
    /// Type widget: the widget's new values. Huawei can read them.
    #[serde(default)]
    pub widget: Option<Box<FormUpdate>>,
    /// Type liveView. Huawei can read it.
    #[serde(default)]
    pub live_view: Option<Box<LiveView>>,
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
    /// Routes v1 and v2: `android.urgency`. Route v3 has none.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// Routes v1 and v2: Push Kit checks the message and sends nothing. Route v3 has no such thing.
    #[serde(default)]
    pub validate_only: bool,
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
#[serde(rename_all = "camelCase")]
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
    /// Push-type 0: the number on the app's icon alone.
    Badge,
    /// Push-type 1: the system refreshes a widget.
    Widget,
    /// Push-type 7: the system updates a live view.
    LiveView,
}

impl SendRequest {
    /// The push types this message goes out with.
    pub const fn push_types(&self) -> &'static [PushType] {
        match self.kind {
            Kind::Background => &[PushType::Background],
            Kind::Alert => &[PushType::Alert],
            Kind::Extension => &[PushType::Extension],
            Kind::Call => &[PushType::Call],
            Kind::Pair => &[PushType::Alert, PushType::Background],
            Kind::Badge => &[PushType::Alert],
            Kind::Widget => &[PushType::Widget],
            Kind::LiveView => &[PushType::LiveView],
        }
    }

    /// Seconds until it expires.
    pub fn ttl_s(&self) -> u32 {
        self.ttl.unwrap_or(if self.kind == Kind::Call { CALL_TTL_S } else { DEFAULT_TTL_S })
    }

    /// The options, whichever push type and route they are for.
    pub fn options(&self) -> PushOptions {
        PushOptions {
            test_message: self.test_message.then_some(true),
            ttl: Some(self.ttl_s()),
            bi_tag: self.bi_tag.clone(),
            receipt_id: self.receipt_id.clone(),
            collapse_key: self.collapse_key,
            background_mode: self.background_mode,
            urgency: self.urgency,
            validate_only: self.validate_only.then_some(true),
        }
    }
}
