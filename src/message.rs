//! What a caller gets from an opened message, and what it says about opening.

use crate::attachment::Reference;

/// How to open: the clock and the app's choices come from the caller.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenOptions<'a> {
    /// The device's time, in milliseconds since 1970.
    pub now_ms: u64,
    /// The app's bundle name. Empty: messages for any audience open. A message without `aud` opens in every app that has its key.
    pub audience: &'a str,
    /// Whether JSON that is not sealed is accepted.
    pub allow_plaintext: bool,
    /// How far the device's clock may run ahead of the sender's, in seconds.
    pub clock_skew_s: u32,
}

/// An opened message that owns its parts.
#[derive(Clone, PartialEq, Eq)]
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
    pub content: Content,
}

/// The content of a message.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// JSON text, checked: any JSON value.
    Data(String),
    /// A claim check: the content waits as an attachment at the backend.
    Reference(Reference),
}

// Plaintext does not belong in a log, so the content shows only its kind.
impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(text) => write!(f, "Data({} bytes)", text.len()),
            Self::Reference(reference) => write!(f, "{reference:?}"),
        }
    }
}

impl std::fmt::Debug for DataMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataMessage")
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
        let message = DataMessage {
            id: "m".into(),
            key_id: "k".into(),
            issued_at_ms: 1,
            expires_at_ms: 2,
            sealed: true,
            content: Content::Data("\"secret\"".into()),
        };
        assert_eq!(
            format!("{message:?}"),
            r#"DataMessage { id: "m", key_id: "k", sealed: true, content: Data(8 bytes), .. }"#
        );
    }
}
