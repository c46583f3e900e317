//! Push types 1 and 7: a widget's refresh and a live view. The system shows them, so Huawei reads them.
//!
//! Source: Huawei, "Push Kit, REST API: request parameters" (push-scenariozed-api-request-param), sections FormUpdatePayload,
//! FormImage, LiveViewPayload.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::notification::{InvalidMember, check, fits};

const MAX_VERSION: u32 = 2_147_483_647;
const MAX_FORM_ID: u64 = 9_223_372_036_854_775_807;
const EVENTS: [&str; 11] = [
    "TAXI",
    "DELIVERY",
    "FLIGHT",
    "TRAIN",
    "QUEUE",
    "PICK_UP",
    "SCORE",
    "RENT",
    "TIMER",
    "WORKOUT",
    "NAVIGATION",
];
/// Events whose live view a message may create.
const CREATED_EVENTS: [&str; 3] = ["FLIGHT", "TAXI", "TRAIN"];
const CREATE: u32 = 0;

/// `payload` of push type 1. One token a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FormUpdate {
    /// The widget's module, `name` in `module.json5`.
    pub module_name: String,
    /// The widget's ability.
    pub ability_name: String,
    /// The widget, `name` in its form configuration.
    pub form_name: String,
    /// The instance on the device, as `onAddForm` tells it.
    pub form_id: u64,
    /// 0 to 2147483647. A device takes a higher one than the last only; 0 starts again.
    pub version: u32,
    /// The new values by name: no `null`, no name that begins with `datashareproxy://`.
    pub form_data: Map<String, Value>,
    /// At most one picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<FormImage>>,
}

/// A picture of a widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FormImage {
    /// Its name in the widget's page; not one of `form_data`.
    pub key_name: String,
    /// HTTPS address: PNG or JPG of at most 512 KB.
    pub url: String,
    /// 1: no refresh without the picture; 0: the rest is refreshed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require: Option<u32>,
}

/// `payload` of push type 7.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LiveView {
    /// The live view, chosen by the app.
    pub activity_id: i32,
    /// 0 creates, 1 updates, 2 ends it.
    pub operation: u32,
    /// `TAXI`, `DELIVERY`, `FLIGHT`, `TRAIN`, `QUEUE`, `PICK_UP`, `SCORE`, `RENT`, `TIMER`, `WORKOUT` or `NAVIGATION`. Only
    /// `FLIGHT`, `TAXI` and `TRAIN` can be created by a message.
    pub event: String,
    /// The event's state, such as `BOARDED`. Needed to create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Shown as a notification where the system has no live views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Shown below the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// `false`: the update rings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<bool>,
    /// A device takes a higher one than the last only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// `notificationData` and, if wanted, `capsuleData` and `externalData`, as Huawei documents them.
    pub activity_data: Map<String, Value>,
}

impl FormUpdate {
    /// Checks what Push Kit's documents demand.
    ///
    /// # Errors
    /// [`InvalidMember`]: the first member that would be refused.
    pub fn check(&self) -> Result<(), InvalidMember> {
        let named =
            [&self.module_name, &self.ability_name, &self.form_name].into_iter().all(|name| !name.is_empty());
        check(named, "widget", "needs moduleName, abilityName and formName")?;
        check(self.form_id <= MAX_FORM_ID, "widget.formId", "must be 0 to 2^63 - 1")?;
        check(self.version <= MAX_VERSION, "widget.version", "must be 0 to 2147483647")?;
        let plain =
            |(name, value): (&String, &Value)| !name.starts_with("datashareproxy://") && !value.is_null();
        check(
            self.form_data.iter().all(plain),
            "widget.formData",
            "must have no null, and no name that begins with datashareproxy://",
        )?;
        check(
            fits(self.images.as_ref(), |images| images.len() == 1),
            "widget.images",
            "must be one picture",
        )?;
        let good = |image: &FormImage| {
            image.url.starts_with("https://")
                && !self.form_data.contains_key(&image.key_name)
                && fits(image.require.as_ref(), |&require| require <= 1)
        };
        check(
            self.images.iter().flatten().all(good),
            "widget.images",
            "need an https:// url, a keyName that formData does not have, and require 0 or 1",
        )
    }
}

impl LiveView {
    /// Checks what Push Kit's documents demand of the members outside `activityData`, and that it has `notificationData`.
    ///
    /// # Errors
    /// [`InvalidMember`]: the first member that would be refused.
    pub fn check(&self) -> Result<(), InvalidMember> {
        check(self.operation <= 2, "liveView.operation", "must be 0, 1 or 2")?;
        let event = self.event.as_str();
        check(EVENTS.contains(&event), "liveView.event", "must be one that Huawei documents, such as TAXI")?;
        if self.operation == CREATE {
            check(
                CREATED_EVENTS.contains(&event),
                "liveView.event",
                "must be FLIGHT, TAXI or TRAIN to create a live view",
            )?;
            check(self.status.is_some(), "liveView.status", "is needed to create a live view")?;
        }
        check(
            fits(self.version.as_ref(), |&v| v <= MAX_VERSION),
            "liveView.version",
            "must be 0 to 2147483647",
        )?;
        check(
            self.activity_data.get("notificationData").is_some_and(Value::is_object),
            "liveView.activityData",
            "needs notificationData",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(mut base: Value, changes: &Value) -> Value {
        base.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        base
    }

    #[test]
    fn a_widgets_refresh_is_checked() {
        let base = json!({"moduleName": "entry", "abilityName": "EntryFormAbility", "formName": "widget",
            "formId": 423_434_262, "version": 123_456, "formData": {"text_key": "new"}});
        let member = |changes: Value| {
            let update: FormUpdate = serde_json::from_value(with(base.clone(), &changes)).unwrap();
            update.check().err().map(|error| error.member)
        };
        let image = |name: &str, url: &str| json!({"images": [{"keyName": name, "url": url, "require": 1}]});
        assert_eq!(member(json!({})), None);
        assert_eq!(member(image("image_key", "https://example.com/a.png")), None);
        for (changes, expected) in [
            (json!({"formName": ""}), "widget"),
            (json!({"formId": 9_223_372_036_854_775_808_u64}), "widget.formId"),
            (json!({"version": 2_147_483_648_u32}), "widget.version"),
            (json!({"formData": {"a": null}}), "widget.formData"),
            (json!({"formData": {"datashareproxy://x": 1}}), "widget.formData"),
            (json!({"images": []}), "widget.images"),
            (image("image_key", "http://example.com/a.png"), "widget.images"),
            (image("text_key", "https://example.com/a.png"), "widget.images"),
        ] {
            assert_eq!(member(changes.clone()), Some(expected), "{changes}");
        }
    }

    #[test]
    fn a_live_view_is_checked() {
        let base = json!({"activityId": 1, "operation": 1, "event": "DELIVERY", "activityData": {"notificationData": {"type": 3}}});
        let member = |changes: Value| {
            let view: LiveView = serde_json::from_value(with(base.clone(), &changes)).unwrap();
            view.check().err().map(|error| error.member)
        };
        assert_eq!(member(json!({})), None);
        assert_eq!(member(json!({"operation": 0, "event": "TAXI", "status": "CALLING"})), None);
        for (changes, expected) in [
            (json!({"operation": 3}), "liveView.operation"),
            (json!({"event": "taxi"}), "liveView.event"),
            (json!({"operation": 0}), "liveView.event"),
            (json!({"operation": 0, "event": "TAXI"}), "liveView.status"),
            (json!({"version": 2_147_483_648_u32}), "liveView.version"),
            (json!({"activityData": {}}), "liveView.activityData"),
        ] {
            assert_eq!(member(changes.clone()), Some(expected), "{changes}");
        }
    }
}
