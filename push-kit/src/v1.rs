//! The message of the routes v1 and v2, for HarmonyOS 4 and older.
//!
//! Source: the server demos HMS-Core/hms-push-serverdemo-java (AndroidConfig.java, AndroidNotification.java, ClickAction.java) and
//! HMS-Core/hms-push-serverdemo-go (verify/messaging_hm_verify.go), whose validators refuse a notification without `click_action`
//! and one with neither `sound` nor `default_sound`.

use serde::{Deserialize, Serialize};

use crate::notification::{Badge, ClickAction, Notification};
use crate::options::{PushOptions, Urgency};

/// `click_action.type`: a page of the app.
const PAGE: u32 = 1;
/// A web page.
const WEB_PAGE: u32 = 2;
/// The app itself.
const APP: u32 = 3;
/// `target_user_type` of a test message.
const TEST_USER: u32 = 1;

/// `message` without options and tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct V1Message {
    /// What every system shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<V1Notification>,
    /// Text for the app, most often JSON. The app runs for it when there is no notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// `android.category`: the approved kind of message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// `android.notification`: how it is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub android: Option<AndroidNotification>,
}

/// `message.notification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct V1Notification {
    title: String,
    body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

/// `message.android.notification`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AndroidNotification {
    click_action: V1ClickAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sound: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default_sound: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    style: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    big_title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    big_body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inbox_content: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify_id: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    foreground_show: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    badge: Option<V1Badge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct V1ClickAction {
    #[serde(rename = "type")]
    kind: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    intent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    action: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct V1Badge {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    add_num: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    set_num: Option<u32>,
}

impl V1Message {
    /// A message with either part or both. A notification beside the data may keep the app from running.
    pub fn new(notification: Option<&Notification>, data: Option<&str>) -> Self {
        Self {
            notification: notification.map(|shown| V1Notification {
                title: shown.title.clone(),
                body: shown.body.clone(),
                image: shown.image.clone(),
            }),
            data: data.map(str::to_owned),
            category: notification.and_then(|shown| shown.category.clone()),
            android: notification.map(AndroidNotification::from),
        }
    }
}

impl From<&Notification> for AndroidNotification {
    fn from(shown: &Notification) -> Self {
        Self {
            click_action: V1ClickAction::from(&shown.click_action),
            sound: shown.sound.clone(),
            default_sound: shown.sound.is_none().then_some(true),
            style: shown.style,
            big_title: shown.big_title.clone(),
            big_body: shown.big_body.clone(),
            inbox_content: shown.inbox_content.clone(),
            notify_id: shown.notify_id,
            profile_id: shown.profile_id.clone(),
            foreground_show: shown.foreground_show,
            badge: shown.badge.map(V1Badge::from),
        }
    }
}

impl From<&ClickAction> for V1ClickAction {
    fn from(tap: &ClickAction) -> Self {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let nothing = Self { kind: APP, intent: None, action: None, url: None };
        match (tap.action_type, given(&tap.action), given(&tap.uri)) {
            (1, Some(action), _) => Self { kind: PAGE, action: Some(action), ..nothing },
            (1, None, Some(uri)) if uri.starts_with("https://") => {
                Self { kind: WEB_PAGE, url: Some(uri), ..nothing }
            }
            (1, None, Some(uri)) => Self { kind: PAGE, intent: Some(uri), ..nothing },
            _ => nothing,
        }
    }
}

impl From<Badge> for V1Badge {
    fn from(badge: Badge) -> Self {
        Self { add_num: badge.add_num, set_num: badge.set_num }
    }
}

/// The whole body.
#[derive(Serialize)]
pub(crate) struct V1Body<'a> {
    validate_only: bool,
    message: V1BodyMessage<'a>,
}

#[derive(Serialize)]
struct V1BodyMessage<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<V1Notification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    android: Android<'a>,
    token: &'a [&'a str],
}

/// `message.android`.
#[derive(Serialize)]
struct Android<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    target_user_type: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<Urgency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collapse_key: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bi_tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<AndroidNotification>,
}

impl<'a> V1Body<'a> {
    pub(crate) fn new(message: V1Message, options: &'a PushOptions, token: &'a [&'a str]) -> Self {
        let android = Android {
            target_user_type: (options.test_message == Some(true)).then_some(TEST_USER),
            urgency: options.urgency,
            category: message.category,
            ttl: options.ttl.map(|seconds| format!("{seconds}s")),
            collapse_key: options.collapse_key,
            bi_tag: options.bi_tag.as_deref(),
            receipt_id: options.receipt_id.as_deref(),
            notification: message.android,
        };
        let (notification, data) = (message.notification, message.data);
        Self {
            validate_only: options.validate_only == Some(true),
            message: V1BodyMessage { notification, data, android, token },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn click(action: ClickAction) -> Value {
        serde_json::to_value(V1ClickAction::from(&action)).unwrap()
    }

    #[test]
    fn a_click_action_is_always_there_and_mapped() {
        let page = |action: Option<&str>, uri: Option<&str>| ClickAction {
            action_type: 1,
            action: action.map(str::to_owned),
            uri: uri.map(str::to_owned),
            data: None,
        };
        assert_eq!(click(ClickAction::default()), json!({"type": 3}));
        assert_eq!(click(page(Some("open"), Some("x"))), json!({"type": 1, "action": "open"}));
        assert_eq!(click(page(None, Some("scheme://page"))), json!({"type": 1, "intent": "scheme://page"}));
        assert_eq!(
            click(page(None, Some("https://a.example"))),
            json!({"type": 2, "url": "https://a.example"})
        );
    }

    #[test]
    fn a_notification_has_a_sound_or_the_default_one() {
        let shown = Notification { title: "t".into(), body: "b".into(), ..Notification::default() };
        let plain = serde_json::to_value(AndroidNotification::from(&shown)).unwrap();
        assert_eq!(plain, json!({"click_action": {"type": 3}, "default_sound": true}));
        let loud = Notification { sound: Some("alert.mp3".into()), ..shown };
        let loud = serde_json::to_value(AndroidNotification::from(&loud)).unwrap();
        assert_eq!(loud, json!({"click_action": {"type": 3}, "sound": "alert.mp3"}));
    }
}
