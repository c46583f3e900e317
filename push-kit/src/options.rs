//! How Push Kit handles a message.
//!
//! Sources: Huawei, "Push Kit, REST API: request parameters" (push-scenariozed-api-request-param), section pushOptions; for
//! `urgency` and `validate_only`, the server demos of the v1 route (AndroidConfig.java, HuaweiMessageClientImpl.java).

use serde::{Deserialize, Serialize};

use crate::notification::{InvalidMember, check, fits};
use crate::push_type::PushType;

/// Seconds that Push Kit keeps a message when nothing is said: a day.
pub const DEFAULT_TTL_S: u32 = 86_400;
/// Seconds that Push Kit keeps a message at most: 15 days.
pub const MAX_TTL_S: u32 = 1_296_000;
/// Seconds advised for a call: later nobody waits at the other end.
pub const CALL_TTL_S: u32 = 60;
const MAX_BI_TAG: usize = 64;

/// Options of a message, whichever route it takes. Each route sends those that it has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushOptions {
    /// At most 1000 a day and 10 tokens. On the routes v1 and v2 it is `target_user_type: 1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_message: Option<bool>,
    /// Seconds that Push Kit keeps the message for a device that is offline, 1 to [`MAX_TTL_S`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u32>,
    /// Echoed in receipts, at most 64 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bi_tag: Option<String>,
    /// Which receipt address of the console is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<String>,
    /// -1, or 0 to 100: a newer message replaces an older one with the same number. Push types 0 and 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collapse_key: Option<i32>,
    /// 1 for apps that were granted it. Push type 6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_mode: Option<u32>,
    /// Routes v1 and v2 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// Routes v1 and v2 only: Push Kit checks the request and sends nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_only: Option<bool>,
}

/// `android.urgency` of the routes v1 and v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Urgency {
    /// Delivered at once, also to a device that sleeps.
    High,
    /// The default.
    Normal,
}

impl PushOptions {
    /// Checks ranges.
    ///
    /// # Errors
    /// [`InvalidMember`]: the first that Push Kit would refuse.
    pub fn check(&self) -> Result<(), InvalidMember> {
        check(
            fits(self.ttl.as_ref(), |ttl| (1..=MAX_TTL_S).contains(ttl)),
            "ttl",
            "must be 1 to 1296000 seconds (15 days)",
        )?;
        check(
            fits(self.collapse_key.as_ref(), |key| (-1..=100).contains(key)),
            "collapseKey",
            "must be -1 to 100",
        )?;
        check(fits(self.background_mode.as_ref(), |&mode| mode <= 1), "backgroundMode", "must be 0 or 1")?;
        let is_tag = |tag: &String| (1..=MAX_BI_TAG).contains(&tag.len());
        check(fits(self.bi_tag.as_ref(), is_tag), "biTag", "must be 1 to 64 bytes")?;
        check(fits(self.receipt_id.as_ref(), |id| !id.is_empty()), "receiptId", "must not be empty")
    }

    /// The options that belong to a push type; Push Kit refuses the others.
    #[must_use]
    pub fn of_type(&self, push_type: PushType) -> Self {
        let mut options = self.clone();
        if !matches!(push_type, PushType::Alert | PushType::Extension) {
            options.collapse_key = None;
        }
        if push_type != PushType::Background {
            options.background_mode = None;
        }
        options
    }

    /// Tokens in one request at most.
    pub fn max_tokens(&self, push_type: PushType) -> usize {
        push_type.max_tokens(self.test_message == Some(true))
    }
}
