//! What a caller gets from an opened message, and what it says about opening.

use crate::content::Content;
use std::borrow::Cow;
use std::fmt;

/// How to open: the clock and the app's choices come from the caller.
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct OpenOptions<'a> {
    pub(crate) now_ms: u64,
    pub(crate) audience: &'a str,
    pub(crate) allow_plaintext: bool,
    pub(crate) clock_skew_s: u32,
}

impl<'a> OpenOptions<'a> {
    /// Opens at this time of the device's clock, in milliseconds since 1970: sealed messages for any audience, no skew.
    pub const fn new(now_ms: u64) -> Self {
        Self { now_ms, audience: "", allow_plaintext: false, clock_skew_s: 0 }
    }

    /// The app's bundle name, with which a message's `aud` is compared. A message without `aud` opens in every app that has its
    /// key. Empty: messages for any audience open.
    pub const fn audience(mut self, audience: &'a str) -> Self {
        self.audience = audience;
        self
    }

    /// Whether JSON that is not sealed is accepted.
    pub const fn allow_plaintext(mut self, allow: bool) -> Self {
        self.allow_plaintext = allow;
        self
    }

    /// For how many seconds after `exp`, by the device's clock, a message still opens: a device whose clock runs ahead of the
    /// sender's by so much loses no message (RFC 7519 §4.1.4).
    pub const fn clock_skew_s(mut self, seconds: u32) -> Self {
        self.clock_skew_s = seconds;
        self
    }
}

/// An opened message that owns its parts.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DataMessage {
    /// The message's id: its `jti`, or one that follows from key id, IV and tag. The same message has the same id on every path.
    pub id: String,
    /// The key it was sealed with; empty when it was not sealed.
    pub key_id: String,
    /// When it was issued, in milliseconds since 1970; for an unsealed message, the time of opening.
    pub issued_at_ms: u64,
    /// When it expires, in milliseconds since 1970.
    pub expires_at_ms: u64,
    /// Whether it was sealed.
    pub sealed: bool,
    /// What the app gets.
    pub content: Content<'static>,
}

/// An opened message whose parts lie in the buffer of its [`Opener`](crate::Opener).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened<'a> {
    /// As [`DataMessage::id`].
    pub id: Cow<'a, str>,
    /// As [`DataMessage::key_id`].
    pub key_id: &'a str,
    /// As [`DataMessage::issued_at_ms`].
    pub issued_at_ms: u64,
    /// As [`DataMessage::expires_at_ms`].
    pub expires_at_ms: u64,
    /// As [`DataMessage::sealed`].
    pub sealed: bool,
    /// As [`DataMessage::content`].
    pub content: Content<'a>,
}

impl Opened<'_> {
    /// The message with its own copy of everything.
    #[must_use]
    pub fn into_message(self) -> DataMessage {
        DataMessage {
            id: self.id.into_owned(),
            key_id: self.key_id.to_owned(),
            issued_at_ms: self.issued_at_ms,
            expires_at_ms: self.expires_at_ms,
            sealed: self.sealed,
            content: self.content.into_owned(),
        }
    }
}

impl fmt::Debug for DataMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DataMessage")
            .field("id", &self.id)
            .field("key_id", &self.key_id)
            .field("sealed", &self.sealed)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Opened<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("id", &self.id)
            .field("key_id", &self.key_id)
            .field("sealed", &self.sealed)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_plaintext() {
        let opened = Opened {
            id: "m".into(),
            key_id: "k",
            issued_at_ms: 1,
            expires_at_ms: 2,
            sealed: true,
            content: "\"secret\"".into(),
        };
        let shown = r#" { id: "m", key_id: "k", sealed: true, content: Data(8 bytes), .. }"#;
        assert_eq!(format!("{opened:?}"), format!("Opened{shown}"));
        assert_eq!(format!("{:?}", opened.into_message()), format!("DataMessage{shown}"));
    }
}
