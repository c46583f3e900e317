//! One payload for one device and push type: sealed, in the place that type has for it, and measured.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use push_kit::{Api, Notification, PushType, TooLarge, V1Message, measure};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::request::{Kind, SendRequest};

/// The member of `clickAction.data` and of v1's `data` that the library opens.
const SEALED: &str = "pushseal";

/// A payload as JSON text, without token and options.
pub(super) type Payload = Box<RawValue>;

/// What all devices of a message share.
pub(super) struct Composer<'a> {
    pub(super) request: &'a SendRequest,
    pub(super) message_id: &'a str,
}

impl Composer<'_> {
    /// The payload of one push type. `content` is the sealed message, or plain JSON text of an unsealed one, or
    /// nothing for a notification alone. Only a sealed payload depends on the device.
    pub(super) fn payload(
        &self,
        api: Api,
        push_type: PushType,
        device_id: &str,
        content: Option<&str>,
    ) -> Result<Payload, TooLarge> {
        let is_sealed = self.request.sealed && content.is_some();
        let app_message_id =
            if is_sealed { self.app_message_id_for(device_id) } else { app_message_id_of(self.message_id) };
        let payload = if api.is_old() {
            self.v1(content, app_message_id)
        } else {
            self.v3(push_type, content, app_message_id)
        };
        let payload = payload.ok_or(TooLarge { size: usize::MAX })?;
        measure(api, &payload, &self.request.options().of_type(push_type))?;
        Ok(payload)
    }

    /// The number by which the notification is replaced and revoked; nothing for a message that shows none.
    pub(super) fn notify_id(&self) -> Option<u32> {
        let notification = self.request.notification.as_ref()?;
        Some(notification.notify_id.unwrap_or_else(|| notify_id_of(self.message_id)))
    }

    /// The `appMessageId` of a sealed notification. Push Kit shows one id once on a phone, and two users of one phone get
    /// the message sealed with different keys, so the id is a hash over the device too.
    fn app_message_id_for(&self, device_id: &str) -> String {
        let text = format!("{} {device_id}", self.message_id);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes()))
    }

    /// Nothing when a member is missing, which [`SendRequest::check`] refused before.
    fn v3(&self, push_type: PushType, content: Option<&str>, app_message_id: String) -> Option<Payload> {
        let extra_data = || content.map(str::to_owned);
        let payload = match (push_type, self.request.kind) {
            (PushType::Alert, Kind::Badge) => push_kit::Payload::Badge(self.request.badge?),
            (PushType::Alert, _) => push_kit::Payload::Alert(Box::new(self.tapped(content, app_message_id)?)),
            (PushType::Widget, _) => push_kit::Payload::Widget(self.request.widget.clone()?),
            (PushType::LiveView, _) => push_kit::Payload::LiveView(self.request.live_view.clone()?),
            (PushType::Call, _) => push_kit::Payload::Call { extra_data: extra_data()? },
            (PushType::Background, _) => push_kit::Payload::Background {
                extra_data: extra_data()?,
                proxy_data: self.request.proxy_data,
            },
            (PushType::Extension, _) => push_kit::Payload::Extension {
                notification: Box::new(self.notification(app_message_id)?),
                extra_data: extra_data()?,
            },
        };
        payload.to_json().ok()
    }

    /// The notification, with the sealed message where a tap brings it to the app.
    fn tapped(&self, content: Option<&str>, app_message_id: String) -> Option<Notification> {
        let mut notification = self.notification(app_message_id)?;
        notification.click_action.data =
            content.map(|jwe| Map::from_iter([(SEALED.to_owned(), Value::from(jwe))]));
        Some(notification)
    }

    fn notification(&self, app_message_id: String) -> Option<Notification> {
        let mut notification = self.request.notification.clone()?;
        // A repeated attempt must not show it twice.
        notification.app_message_id.get_or_insert(app_message_id);
        notification.notify_id = self.notify_id();
        Some(notification)
    }

    fn v1(&self, content: Option<&str>, app_message_id: String) -> Option<Payload> {
        let data = match content {
            Some(jwe) if self.request.sealed => {
                Some(serde_json::to_string(&Map::from_iter([(SEALED.to_owned(), Value::from(jwe))])).ok()?)
            }
            other => other.map(str::to_owned),
        };
        let notification = self.notification(app_message_id).filter(|_| self.request.kind == Kind::Alert);
        to_raw_value(&V1Message::new(notification.as_ref(), data.as_deref())).ok()
    }
}

/// Push Kit's alphabet has neither '.' nor ':'. Ids of messages have neither '+' nor '/', so two ids stay two.
fn app_message_id_of(message_id: &str) -> String {
    message_id.replace('.', "+").replace(':', "/")
}

/// 31 bits of a hash: two messages of one app on one device hardly share them.
fn notify_id_of(message_id: &str) -> u32 {
    let hash = digest(&SHA256, message_id.as_bytes());
    hash.as_ref().iter().take(4).fold(0_u32, |number, &byte| (number << 8) | u32::from(byte)) & 0x7fff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use push_kit::is_app_message_id;

    #[test]
    fn every_id_of_a_message_becomes_an_app_message_id_of_its_own() {
        let ids = ["a.b:c", "a:b.c", "a-b_c", "A.9:z", &"x".repeat(64)];
        let mapped: std::collections::HashSet<String> = ids.iter().map(|id| app_message_id_of(id)).collect();
        assert_eq!(mapped.len(), ids.len());
        assert!(mapped.iter().all(|id| is_app_message_id(id)), "{mapped:?}");
    }

    #[test]
    fn a_notify_id_is_in_push_kits_range_and_follows_the_id() {
        let ids: Vec<u32> = (0..1000).map(|n| notify_id_of(&n.to_string())).collect();
        assert!(ids.iter().all(|&id| id <= 2_147_483_647));
        assert_eq!(notify_id_of("7"), ids[7]);
        assert_ne!(ids[7], ids[8]);
    }
}
