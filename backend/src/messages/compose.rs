//! One payload for one device and push type: sealed, in the place that type has for it, and measured.

use serde::Serialize;
use serde_json::value::RawValue;

use super::request::{Kind, SendRequest};
use push_kit::{
    Api, MAX_TOKENS, Notification, PushOptions, PushType, SealedMember, TooLarge, V1Message, measure,
};

/// A payload as JSON text, without token and options.
pub(super) type Payload = Box<RawValue>;

/// What all devices of a message share.
pub(super) struct Composer<'a> {
    pub(super) request: &'a SendRequest,
    pub(super) message_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct V3Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    notification: Option<&'a Notification>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra_data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_data: Option<&'static str>,
}

impl Composer<'_> {
    /// The payload of one push type. `content` is the sealed message, or plain JSON text of an unsealed one, or
    /// nothing for a notification alone.
    pub(super) fn payload(
        &self,
        api: Api,
        push_type: PushType,
        content: Option<&str>,
    ) -> Result<Payload, TooLarge> {
        let text = match api {
            Api::V3 => self.v3(push_type, content),
            Api::V1 => self.v1(content),
        };
        let payload = text.and_then(RawValue::from_string).map_err(|_| TooLarge { size: usize::MAX })?;
        measure(api, &payload, &options_of(push_type, &self.request.options()))?;
        Ok(payload)
    }

    fn v3(&self, push_type: PushType, content: Option<&str>) -> serde_json::Result<String> {
        let notification = (push_type != PushType::Background).then(|| self.notification(push_type, content));
        let payload = V3Payload {
            notification: notification.as_ref().and_then(Option::as_ref),
            extra_data: content.filter(|_| push_type != PushType::Alert),
            proxy_data: (push_type == PushType::Background && self.request.proxy_data).then_some("ENABLE"),
        };
        serde_json::to_string(&payload)
    }

    fn notification(&self, push_type: PushType, content: Option<&str>) -> Option<Notification> {
        let mut notification = self.request.notification.clone()?;
        let category = if push_type == PushType::Extension { "PLAY_VOICE" } else { "MARKETING" };
        notification.category.get_or_insert_with(|| category.to_owned());
        // A repeated attempt must not show it twice.
        notification.app_message_id.get_or_insert_with(|| self.message_id.to_owned());
        if push_type == PushType::Alert {
            notification.click_action.data = content.map(|jwe| SealedMember { pushseal: jwe.to_owned() });
        }
        Some(notification)
    }

    fn v1(&self, content: Option<&str>) -> serde_json::Result<String> {
        let data = match content {
            Some(jwe) if self.request.sealed => {
                Some(serde_json::to_string(&SealedMember { pushseal: jwe.to_owned() })?)
            }
            other => other.map(str::to_owned),
        };
        let notification = self.request.notification.as_ref().filter(|_| self.request.kind == Kind::Alert);
        serde_json::to_string(&V1Message::new(notification, data.as_deref()))
    }
}

/// The options that belong to a push type; the others are Push Kit's errors.
pub(crate) fn options_of(push_type: PushType, options: &PushOptions) -> PushOptions {
    let mut options = options.clone();
    if !matches!(push_type, PushType::Alert | PushType::Extension) {
        options.collapse_key = None;
    }
    if push_type != PushType::Background {
        options.background_mode = None;
    }
    options
}

/// A test message takes ten tokens only.
pub(crate) fn tokens_per_request(options: &PushOptions) -> usize {
    if options.test_message == Some(true) { 10 } else { MAX_TOKENS }
}
