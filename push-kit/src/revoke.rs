//! Revoking: a notification that was not delivered yet, or not tapped, is taken back.
//!
//! Source: Huawei, "Push Kit, REST API: revoking a message" (push-msg-revoke).

use serde::Serialize;

use crate::push_type::PushType;

/// Tokens in one request at most.
pub const MAX_REVOKE_TOKENS: usize = 1000;

/// Which notifications.
#[derive(Clone, Copy, Debug)]
pub struct Revoke<'a> {
    /// That of the message: 0 or 2.
    pub push_type: PushType,
    /// `notification.notifyId` of the message.
    pub notify_id: u32,
    /// Whose, at most [`MAX_REVOKE_TOKENS`].
    pub tokens: &'a [&'a str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    notify_id: u32,
    token: &'a [&'a str],
}

pub(crate) fn revoke_body(revoke: &Revoke<'_>) -> Vec<u8> {
    // Numbers and texts can always be written.
    serde_json::to_vec(&Body { notify_id: revoke.notify_id, token: revoke.tokens }).unwrap_or_default()
}
