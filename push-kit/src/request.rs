//! The members of `POST /v3/{projectId}/messages:send` ("Push Kit, REST API v3: request parameters").

use serde::{Deserialize, Serialize};

/// The value of the `push-type` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushType {
    /// 0: the system shows a notification.
    Alert,
    /// 2: the app's extension process may replace the text before it is shown or spoken.
    Extension,
    /// 6: data for the app; see docs/backend.md for when the app gets it.
    Background,
    /// 10: an incoming call.
    Call,
}

impl PushType {
    /// The number in the header and in the database.
    pub const fn number(self) -> i64 {
        match self {
            Self::Alert => 0,
            Self::Extension => 2,
            Self::Background => 6,
            Self::Call => 10,
        }
    }

    /// The header's value.
    pub const fn header(self) -> &'static str {
        match self {
            Self::Alert => "0",
            Self::Extension => "2",
            Self::Background => "6",
            Self::Call => "10",
        }
    }

    /// The type with this number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Alert),
            2 => Some(Self::Extension),
            6 => Some(Self::Background),
            10 => Some(Self::Call),
            _ => None,
        }
    }
}

/// `payload.notification`. What Huawei can read: keep secrets in `data`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notification {
    /// Approved categories only; anything else counts as `MARKETING`, which is silent and capped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Shown in bold.
    pub title: String,
    /// Shown below the title.
    pub body: String,
    /// What a tap does. Without it a tap opens the app.
    #[serde(default)]
    pub click_action: ClickAction,
    /// HTTPS address of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// 0 plain, 1 long text, 3 several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<u32>,
    /// A later notification with the same number replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_id: Option<u32>,
    /// Push Kit shows the same id once in 24 hours. The backend sets the message's id when this is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_message_id: Option<String>,
    /// `false`: with the app in the foreground it is handed to the app and not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreground_show: Option<bool>,
    /// The number on the app's icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<serde_json::Map<String, serde_json::Value>>,
}

/// `notification.clickAction`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClickAction {
    /// 0 opens the app, 1 a page of it.
    #[serde(default)]
    pub action_type: u32,
    /// The page's action, with type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The page's address, with type 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Lands flat in `want.parameters`. Only the backend sets it.
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub data: Option<SealedMember>,
}

/// `clickAction.data` of a sealed message.
#[derive(Clone, Debug, Serialize)]
pub struct SealedMember {
    /// The compact JWE.
    pub pushseal: String,
}

/// `pushOptions`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushOptions {
    /// At most 1000 a day and 10 tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_message: Option<bool>,
    /// How long Push Kit keeps the message for a device that is offline, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Echoed in receipts, at most 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bi_tag: Option<String>,
    /// Which receipt address of the console is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<String>,
    /// -1, or 0 to 100: a newer message replaces an older one with the same number. Types 0 and 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<i32>,
    /// 1 for apps that were granted it. Type 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_mode: Option<u32>,
}
