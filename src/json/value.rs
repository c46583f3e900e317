//! What the scanner gives.

use super::string::Text;

/// What a value is, told by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Literal,
}

/// A checked value: its kind and its text, from the first byte to the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Whether it is a string with escapes.
    pub(super) escaped: bool,
}

impl<'a> Value<'a> {
    /// The string's content, when it is a string.
    pub(crate) fn string(self) -> Option<Text<'a>> {
        let quoted = if self.kind == Kind::String { self.text } else { return None };
        Some(Text { text: quoted.strip_prefix('"')?.strip_suffix('"')?, escaped: self.escaped })
    }

    /// The number, when it is a non-negative integer.
    pub(crate) fn integer(self) -> Option<u64> {
        if self.kind == Kind::Number { self.text.parse().ok() } else { None }
    }
}
