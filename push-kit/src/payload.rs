//! What a message carries, in the shape of route v3.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::notification::{Badge, InvalidMember, Notification};
use crate::push_type::PushType;
use crate::widget::{FormUpdate, LiveView};

const SPOKEN: &str = "PLAY_VOICE";
const UNAPPROVED: &str = "MARKETING";

/// A message's content. Its push type follows from it.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload {
    /// Push type 0: a notification. Data for the app is in `click_action.data`.
    Alert(Box<Notification>),
    /// Push type 0: the number on the app's icon alone, for apps with the right to send `IM`.
    Badge(Badge),
    /// Push type 1: a widget's new values.
    Widget(Box<FormUpdate>),
    /// Push type 2: a notification that the app's extension process changes with the help of this data.
    Extension {
        /// The text that is shown if the extension does not answer in time. Its category is `PLAY_VOICE`.
        notification: Box<Notification>,
        /// For the extension process.
        extra_data: String,
    },
    /// Push type 6: data for the app.
    Background {
        /// For the app.
        extra_data: String,
        /// The system writes each message into the app's table while the app is not in the foreground.
        proxy_data: bool,
    },
    /// Push type 7: a live view.
    LiveView(Box<LiveView>),
    /// Push type 10: data for the app that shows the call.
    Call {
        /// For the app.
        extra_data: String,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<Shown<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_data: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Shown<'a> {
    Text(Box<Notification>),
    /// Without title and body, as the guide "push-send-badge" demands.
    Number {
        badge: &'a Badge,
    },
}

impl Payload {
    /// The value of the `push-type` header.
    pub const fn push_type(&self) -> PushType {
        match self {
            Self::Alert(_) | Self::Badge(_) => PushType::Alert,
            Self::Widget(_) => PushType::Widget,
            Self::Extension { .. } => PushType::Extension,
            Self::Background { .. } => PushType::Background,
            Self::LiveView(_) => PushType::LiveView,
            Self::Call { .. } => PushType::Call,
        }
    }

    /// Checks what Push Kit's documents demand.
    ///
    /// # Errors
    /// [`InvalidMember`]: the first member that would be refused.
    pub fn check(&self) -> Result<(), InvalidMember> {
        match self {
            Self::Alert(notification) => {
                notification.check()?;
                let spoken = notification.category.as_deref() == Some(SPOKEN);
                crate::notification::check(!spoken, "notification.category", "PLAY_VOICE is for push-type 2")
            }
            Self::Extension { notification, .. } => {
                notification.check()?;
                let spoken = notification.category.as_deref().is_none_or(|category| category == SPOKEN);
                crate::notification::check(
                    spoken,
                    "notification.category",
                    "must be PLAY_VOICE for push-type 2",
                )
            }
            Self::Badge(badge) => badge.check(),
            Self::Widget(update) => update.check(),
            Self::LiveView(view) => view.check(),
            Self::Background { .. } | Self::Call { .. } => Ok(()),
        }
    }

    /// `payload` as JSON. A notification without a category gets the one that needs no approval.
    ///
    /// # Errors
    /// Never for the types of this crate: serde's signature asks for it.
    pub fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        let nothing = Wire { notification: None, extra_data: None, proxy_data: None };
        let with = |notification: &Notification, category: &str| {
            let mut notification = Box::new(notification.clone());
            notification.category.get_or_insert_with(|| category.to_owned());
            Some(Shown::Text(notification))
        };
        let wire = match self {
            Self::Widget(update) => return serde_json::value::to_raw_value(update),
            Self::LiveView(view) => return serde_json::value::to_raw_value(view),
            Self::Alert(notification) => Wire { notification: with(notification, UNAPPROVED), ..nothing },
            Self::Badge(badge) => Wire { notification: Some(Shown::Number { badge }), ..nothing },
            Self::Extension { notification, extra_data } => {
                Wire { notification: with(notification, SPOKEN), extra_data: Some(extra_data), ..nothing }
            }
            Self::Background { extra_data, proxy_data } => {
                Wire { extra_data: Some(extra_data), proxy_data: proxy_data.then_some("ENABLE"), ..nothing }
            }
            Self::Call { extra_data } => Wire { extra_data: Some(extra_data), ..nothing },
        };
        serde_json::value::to_raw_value(&wire)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(payload: &Payload) -> String {
        payload.to_json().unwrap().get().to_owned()
    }

    #[test]
    fn each_payload_is_what_the_documents_show() {
        let text = Notification { title: "t".into(), body: "b".into(), ..Notification::default() };
        let alert = Payload::Alert(Box::new(text.clone()));
        assert_eq!(
            json(&alert),
            r#"{"notification":{"category":"MARKETING","title":"t","body":"b","clickAction":{"actionType":0}}}"#
        );
        let spoken = Payload::Extension { notification: Box::new(text), extra_data: "x".into() };
        assert_eq!(
            json(&spoken),
            r#"{"notification":{"category":"PLAY_VOICE","title":"t","body":"b","clickAction":{"actionType":0}},"extraData":"x"}"#
        );
        let badge = Payload::Badge(Badge { set_num: Some(99), ..Badge::default() });
        assert_eq!(json(&badge), r#"{"notification":{"badge":{"setNum":99}}}"#);
        let background = Payload::Background { extra_data: "x".into(), proxy_data: true };
        assert_eq!(json(&background), r#"{"extraData":"x","proxyData":"ENABLE"}"#);
        assert_eq!(json(&Payload::Call { extra_data: "x".into() }), r#"{"extraData":"x"}"#);
    }

    #[test]
    fn play_voice_is_for_the_extension_and_for_nothing_else() {
        let with = |category: &str| {
            Box::new(Notification {
                category: Some(category.into()),
                title: "t".into(),
                body: "b".into(),
                ..Notification::default()
            })
        };
        let spoken = |notification| Payload::Extension { notification, extra_data: "x".into() };
        assert!(Payload::Alert(with("PLAY_VOICE")).check().is_err());
        assert!(Payload::Alert(with("IM")).check().is_ok());
        assert!(spoken(with("IM")).check().is_err());
        assert!(spoken(with("PLAY_VOICE")).check().is_ok());
    }
}
