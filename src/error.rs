//! The library's errors: few, numbered, and sorted by what the caller must do.

use crate::reason::{InvalidArgument, Malformed, TooLarge, UnsafeJson, Unsupported};
use std::fmt;

/// What went wrong, and why.
///
/// No error contains payload, token or key: the texts are fixed when the library is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The keyring is empty. Before the first unlock after a reboot this is normal.
    NoKeyring,
    /// The message names a key that the keyring lacks.
    UnknownKey,
    /// Longer than a limit.
    TooLarge(TooLarge),
    /// Not in the form that it must have.
    Malformed(Malformed),
    /// A feature that this library refuses.
    Unsupported(Unsupported),
    /// The key, the header, the IV, the ciphertext or the tag does not fit. The error never tells which.
    DecryptionFailed,
    /// The message has expired.
    Expired,
    /// The message is for another app.
    WrongAudience,
    /// The payload is not sealed and the caller did not allow that.
    NotSealed,
    /// JSON that two parsers could read differently.
    UnsafeJson(UnsafeJson),
    /// The caller passed something that the function does not take.
    InvalidArgument(InvalidArgument),
    /// A fault of this library.
    Internal,
}

/// An [`Error`] without its reason: what has a stable number and a stable name, neither of which is ever reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// [`Error::NoKeyring`].
    NoKeyring,
    /// [`Error::UnknownKey`].
    UnknownKey,
    /// [`Error::TooLarge`].
    TooLarge,
    /// [`Error::Malformed`].
    Malformed,
    /// [`Error::Unsupported`].
    Unsupported,
    /// [`Error::DecryptionFailed`].
    DecryptionFailed,
    /// [`Error::Expired`].
    Expired,
    /// [`Error::WrongAudience`].
    WrongAudience,
    /// [`Error::NotSealed`].
    NotSealed,
    /// [`Error::UnsafeJson`].
    UnsafeJson,
    /// [`Error::InvalidArgument`].
    InvalidArgument,
    /// [`Error::Internal`].
    Internal,
}

/// What to do with the data that an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Keep the ciphertext and try again when keys have changed.
    Keep,
    /// Drop it: it will never open.
    Drop,
    /// Fix the program.
    Fix,
}

impl ErrorKind {
    /// Every kind once, for tests and tables.
    pub const ALL: &'static [Self] = &[
        Self::NoKeyring,
        Self::UnknownKey,
        Self::TooLarge,
        Self::Malformed,
        Self::Unsupported,
        Self::DecryptionFailed,
        Self::Expired,
        Self::WrongAudience,
        Self::NotSealed,
        Self::UnsafeJson,
        Self::InvalidArgument,
        Self::Internal,
    ];

    /// The stable number: 1xxx keep, 2xxx drop, 3xxx fix.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::NoKeyring => 1001,
            Self::UnknownKey => 1002,
            Self::TooLarge => 2001,
            Self::Malformed => 2002,
            Self::Unsupported => 2003,
            Self::DecryptionFailed => 2004,
            Self::Expired => 2005,
            Self::WrongAudience => 2006,
            Self::NotSealed => 2007,
            Self::UnsafeJson => 2008,
            Self::InvalidArgument => 3001,
            Self::Internal => 3002,
        }
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoKeyring => "NoKeyring",
            Self::UnknownKey => "UnknownKey",
            Self::TooLarge => "TooLarge",
            Self::Malformed => "Malformed",
            Self::Unsupported => "Unsupported",
            Self::DecryptionFailed => "DecryptionFailed",
            Self::Expired => "Expired",
            Self::WrongAudience => "WrongAudience",
            Self::NotSealed => "NotSealed",
            Self::UnsafeJson => "UnsafeJson",
            Self::InvalidArgument => "InvalidArgument",
            Self::Internal => "Internal",
        }
    }

    /// What to do with the data.
    #[must_use]
    pub const fn advice(self) -> Advice {
        match self.code() {
            1000..=1999 => Advice::Keep,
            2000..=2999 => Advice::Drop,
            _ => Advice::Fix,
        }
    }

    /// The kind in words.
    const fn text(self) -> &'static str {
        match self {
            Self::NoKeyring => "no key is loaded yet: keep the message and load the keys first",
            Self::UnknownKey => {
                "the keyring lacks the key that the message names: keep the message until it has it"
            }
            Self::TooLarge => "too large",
            Self::Malformed => "malformed",
            Self::Unsupported => "unsupported",
            Self::DecryptionFailed => {
                "decryption failed: the message was not sealed with this key, or was changed"
            }
            Self::Expired => "expired: by this device's clock, the message's lifetime has ended",
            Self::WrongAudience => "wrong audience: the message is for another app",
            Self::NotSealed => {
                "not sealed: the payload holds no sealed message, and none in the clear that is allowed"
            }
            Self::UnsafeJson => "unsafe JSON",
            Self::InvalidArgument => "invalid argument",
            Self::Internal => "internal error: please report it",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error {
    /// The kind, which has the number and the name.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::NoKeyring => ErrorKind::NoKeyring,
            Self::UnknownKey => ErrorKind::UnknownKey,
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Malformed(_) => ErrorKind::Malformed,
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::DecryptionFailed => ErrorKind::DecryptionFailed,
            Self::Expired => ErrorKind::Expired,
            Self::WrongAudience => ErrorKind::WrongAudience,
            Self::NotSealed => ErrorKind::NotSealed,
            Self::UnsafeJson(_) => ErrorKind::UnsafeJson,
            Self::InvalidArgument(_) => ErrorKind::InvalidArgument,
            Self::Internal => ErrorKind::Internal,
        }
    }

    /// The reason in words, where the kind has several.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::TooLarge(reason) => Some(reason.as_str()),
            Self::Malformed(reason) => Some(reason.as_str()),
            Self::Unsupported(reason) => Some(reason.as_str()),
            Self::UnsafeJson(reason) => Some(reason.as_str()),
            Self::InvalidArgument(reason) => Some(reason.as_str()),
            _ => None,
        }
    }

    /// The stable number of the [kind](ErrorKind::code).
    #[must_use]
    pub const fn code(self) -> u32 {
        self.kind().code()
    }

    /// The stable name of the [kind](ErrorKind::name).
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.kind().name()
    }

    /// What to do with the data.
    #[must_use]
    pub const fn advice(self) -> Advice {
        self.kind().advice()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            Some(reason) => write!(f, "{}: {reason}", self.kind()),
            None => write!(f, "{}", self.kind()),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_and_names_are_unique() {
        let codes: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        let names: BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((codes.len(), names.len()), (ErrorKind::ALL.len(), ErrorKind::ALL.len()));
    }

    #[test]
    fn the_group_of_a_code_is_its_advice() {
        assert_eq!(Error::NoKeyring.advice(), Advice::Keep);
        assert_eq!(Error::Expired.advice(), Advice::Drop);
        assert_eq!(Error::Internal.advice(), Advice::Fix);
    }

    #[test]
    fn every_reason_has_words_of_its_own() {
        let words: BTreeSet<&str> = Malformed::ALL.iter().map(|reason| reason.as_str()).collect();
        assert_eq!(words.len(), Malformed::ALL.len());
        let error = Error::TooLarge(TooLarge::Payload);
        assert_eq!(error.to_string(), "too large: a payload has at most 16384 bytes");
    }

    /// It is what most functions of the scanner return: two bytes fit a register beside the value.
    #[test]
    fn an_error_is_two_bytes() {
        assert_eq!(size_of::<Error>(), 2);
    }
}
