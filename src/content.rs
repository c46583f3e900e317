//! What a message carries.

use crate::attachment::Reference;
use std::borrow::Cow;
use std::fmt;

/// The content of a message: in the message, or as an attachment at the backend.
#[derive(Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// `data`: JSON text, any JSON value.
    Data(Cow<'a, str>),
    /// `ref`: a claim check for an attachment.
    Reference(Reference),
}

impl Content<'_> {
    /// The content with its own copy of the text.
    #[must_use]
    pub fn into_owned(self) -> Content<'static> {
        match self {
            Self::Data(text) => Content::Data(Cow::Owned(text.into_owned())),
            Self::Reference(reference) => Content::Reference(reference),
        }
    }

    /// The JSON text, where the content is in the message.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        match self {
            Self::Data(text) => Some(text),
            Self::Reference(_) => None,
        }
    }
}

impl<'a> From<&'a str> for Content<'a> {
    fn from(json: &'a str) -> Self {
        Self::Data(Cow::Borrowed(json))
    }
}

impl<'a> From<&'a String> for Content<'a> {
    fn from(json: &'a String) -> Self {
        Self::from(json.as_str())
    }
}

impl From<String> for Content<'_> {
    fn from(json: String) -> Self {
        Self::Data(Cow::Owned(json))
    }
}

impl From<Reference> for Content<'_> {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

// Plaintext does not belong in a log: only its length is shown.
impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(text) => write!(f, "Data({} bytes)", text.len()),
            Self::Reference(reference) => write!(f, "{reference:?}"),
        }
    }
}
