//! `payload.notification`: what the system shows. Huawei can read it.
//!
//! Source: Huawei, "Push Kit, REST API: request parameters" (push-scenariozed-api-request-param), sections Notification,
//! ClickAction, Badge.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Lines of `inboxContent`.
const MAX_INBOX_LINES: usize = 3;
/// Characters of a line of `inboxContent`.
const MAX_INBOX_LINE: usize = 1024;
const MAX_ID: usize = 64;
const MAX_NOTIFY_ID: u32 = 2_147_483_647;
const STYLE_BIG_TEXT: u32 = 1;
const STYLE_INBOX: u32 = 3;

/// The text and what goes with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notification {
    /// `IM`, `EXPRESS`, … as the console approved them; any other counts as `MARKETING`, which is silent and capped at 2 or 5 a
    /// day. Push Kit needs one.
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
    /// 0 plain, 1 long text (deprecated by Huawei), 3 several lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<u32>,
    /// Style 1: shown instead of the title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big_title: Option<String>,
    /// Style 1: shown instead of the body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub big_body: Option<String>,
    /// Style 3: one to three lines of at most 1024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox_content: Option<Vec<String>>,
    /// 0 to 2147483647. A later notification with the same number replaces this one; a message is revoked by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_id: Option<u32>,
    /// 1 to 64 letters, digits, `+ / = - _` and blanks: a device shows the same id once in 24 hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_message_id: Option<String>,
    /// 1 to 64 characters: the device shows it only while this account is bound (`pushService.bindAppProfileId`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<String>,
    /// `false`: while the app is in the foreground it is handed to the app and not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreground_show: Option<bool>,
    /// The number on the app's icon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<Badge>,
    /// A file in the app's `resources/rawfile`, such as `alert.mp3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// 1 to 60 seconds, with `sound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound_duration: Option<u32>,
}

/// `notification.clickAction`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// Lands flat in `want.parameters` when the user taps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
}

/// `notification.badge`. `set_num` goes before `add_num`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Badge {
    /// 1 to 99: added to the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_num: Option<u32>,
    /// 0 to 99: the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_num: Option<u32>,
}

/// A member that Push Kit would refuse. No text of it holds what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member} {rule}")]
pub struct InvalidMember {
    /// Its path, as in the request.
    pub member: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

pub(crate) const fn check(good: bool, member: &'static str, rule: &'static str) -> Result<(), InvalidMember> {
    if good { Ok(()) } else { Err(InvalidMember { member, rule }) }
}

/// Nothing given, or in its range.
pub(crate) fn fits<T>(value: Option<&T>, is_good: impl FnOnce(&T) -> bool) -> bool {
    value.is_none_or(is_good)
}

impl Notification {
    /// Checks what Push Kit's documents demand of each member.
    ///
    /// # Errors
    /// [`InvalidMember`]: the first that would be refused.
    pub fn check(&self) -> Result<(), InvalidMember> {
        check(!self.title.is_empty(), "notification.title", "must not be empty")?;
        check(!self.body.is_empty(), "notification.body", "must not be empty")?;
        check(fits(self.category.as_ref(), |c| !c.is_empty()), "notification.category", "must not be empty")?;
        check(
            fits(self.image.as_ref(), |i| i.starts_with("https://")),
            "notification.image",
            "must begin with https://",
        )?;
        self.check_style()?;
        check(
            fits(self.notify_id.as_ref(), |&id| id <= MAX_NOTIFY_ID),
            "notification.notifyId",
            "must be 0 to 2147483647",
        )?;
        check(
            fits(self.app_message_id.as_ref(), |id| is_app_message_id(id)),
            "notification.appMessageId",
            "must be 1 to 64 letters, digits, '+', '/', '=', '-', '_' or blanks",
        )?;
        check(
            fits(self.profile_id.as_ref(), |id| (1..=MAX_ID).contains(&id.chars().count())),
            "notification.profileId",
            "must be 1 to 64 characters",
        )?;
        self.check_sound()?;
        self.badge.as_ref().map_or(Ok(()), Badge::check)?;
        self.click_action.check()
    }

    fn check_style(&self) -> Result<(), InvalidMember> {
        let is_given = |text: Option<&String>| text.is_some_and(|text| !text.is_empty());
        check(
            fits(self.style.as_ref(), |style| matches!(style, 0 | 1 | 3)),
            "notification.style",
            "must be 0, 1 or 3",
        )?;
        let has_big = is_given(self.big_title.as_ref()) && is_given(self.big_body.as_ref());
        check(
            self.style != Some(STYLE_BIG_TEXT) || has_big,
            "notification.style",
            "1 needs bigTitle and bigBody",
        )?;
        check(
            self.style != Some(STYLE_INBOX) || self.inbox_content.is_some(),
            "notification.style",
            "3 needs inboxContent",
        )?;
        let is_inbox = |lines: &Vec<String>| {
            (1..=MAX_INBOX_LINES).contains(&lines.len())
                && lines.iter().all(|line| !line.is_empty() && line.chars().count() <= MAX_INBOX_LINE)
        };
        check(
            fits(self.inbox_content.as_ref(), is_inbox),
            "notification.inboxContent",
            "must be 1 to 3 lines of 1 to 1024 characters",
        )
    }

    fn check_sound(&self) -> Result<(), InvalidMember> {
        check(fits(self.sound.as_ref(), |s| !s.is_empty()), "notification.sound", "must not be empty")?;
        check(
            self.sound_duration.is_none() || self.sound.is_some(),
            "notification.soundDuration",
            "needs sound",
        )?;
        check(
            fits(self.sound_duration.as_ref(), |s| (1..=60).contains(s)),
            "notification.soundDuration",
            "must be 1 to 60 seconds",
        )
    }
}

impl ClickAction {
    fn check(&self) -> Result<(), InvalidMember> {
        const TYPE: &str = "notification.clickAction.actionType";
        check(self.action_type <= 1, TYPE, "must be 0 or 1")?;
        let has_page = [&self.action, &self.uri].into_iter().flatten().any(|text| !text.is_empty());
        check(self.action_type == 0 || has_page, TYPE, "1 needs action or uri")
    }
}

impl Badge {
    /// Checks the two numbers.
    ///
    /// # Errors
    /// [`InvalidMember`] when one is out of its range, or both are missing.
    pub fn check(&self) -> Result<(), InvalidMember> {
        check(self.add_num.is_some() || self.set_num.is_some(), "badge", "needs addNum or setNum")?;
        check(fits(self.add_num.as_ref(), |n| (1..=99).contains(n)), "badge.addNum", "must be 1 to 99")?;
        check(fits(self.set_num.as_ref(), |&n| n <= 99), "badge.setNum", "must be 0 to 99")
    }
}

/// True for a text that Push Kit takes as `appMessageId`.
pub fn is_app_message_id(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_ ".contains(&b));
    (1..=MAX_ID).contains(&id.len()) && plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checked(changes: Value) -> Result<(), &'static str> {
        let mut members = json!({"title": "t", "body": "b"});
        members.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let notification: Notification = serde_json::from_value(members).unwrap();
        notification.check().map_err(|error| error.member)
    }

    #[test]
    fn every_documented_range_is_checked() {
        let good = [
            json!({}),
            json!({"notifyId": 0}),
            json!({"notifyId": 2_147_483_647}),
            json!({"appMessageId": "aZ0+/=-_ "}),
            json!({"profileId": "p".repeat(64)}),
            json!({"style": 3, "inboxContent": ["1", "2", "x".repeat(1024)]}),
            json!({"style": 1, "bigTitle": "T", "bigBody": "B"}),
            json!({"sound": "alert.mp3", "soundDuration": 60}),
            json!({"badge": {"addNum": 99}}),
            json!({"badge": {"setNum": 0}}),
            json!({"clickAction": {"actionType": 1, "uri": "page"}}),
        ];
        for changes in good {
            assert_eq!(checked(changes.clone()), Ok(()), "{changes}");
        }
        let bad = [
            (json!({"title": ""}), "notification.title"),
            (json!({"body": ""}), "notification.body"),
            (json!({"category": ""}), "notification.category"),
            (json!({"image": "http://example.com/a.png"}), "notification.image"),
            (json!({"style": 2}), "notification.style"),
            (json!({"style": 1, "bigTitle": "T"}), "notification.style"),
            (json!({"style": 3}), "notification.style"),
            (json!({"style": 3, "inboxContent": []}), "notification.inboxContent"),
            (json!({"inboxContent": ["1", "2", "3", "4"]}), "notification.inboxContent"),
            (json!({"inboxContent": ["x".repeat(1025)]}), "notification.inboxContent"),
            (json!({"notifyId": 2_147_483_648_u32}), "notification.notifyId"),
            (json!({"appMessageId": ""}), "notification.appMessageId"),
            (json!({"appMessageId": "a.b"}), "notification.appMessageId"),
            (json!({"appMessageId": "a".repeat(65)}), "notification.appMessageId"),
            (json!({"profileId": ""}), "notification.profileId"),
            (json!({"profileId": "p".repeat(65)}), "notification.profileId"),
            (json!({"sound": ""}), "notification.sound"),
            (json!({"soundDuration": 5}), "notification.soundDuration"),
            (json!({"sound": "a.mp3", "soundDuration": 61}), "notification.soundDuration"),
            (json!({"badge": {}}), "badge"),
            (json!({"badge": {"addNum": 0}}), "badge.addNum"),
            (json!({"badge": {"addNum": 100}}), "badge.addNum"),
            (json!({"badge": {"setNum": 100}}), "badge.setNum"),
            (json!({"clickAction": {"actionType": 2}}), "notification.clickAction.actionType"),
            (json!({"clickAction": {"actionType": 1}}), "notification.clickAction.actionType"),
        ];
        for (changes, member) in bad {
            assert_eq!(checked(changes.clone()), Err(member), "{changes}");
        }
    }
}
