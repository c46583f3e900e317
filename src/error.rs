//! The library's errors: few, numbered, and sorted by what the caller must do.

use std::fmt;

/// What went wrong. The number ([`code`](Self::code)) and the [`name`](Self::name) are stable and never reused.
///
/// No error contains payload, token or key: the texts are fixed when the library is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// No key is loaded. Before the first unlock after a reboot this is normal.
    NoKeyring,
    /// The message names a key that the keyring lacks.
    UnknownKey,
    /// Longer than the limit that the text names.
    TooLarge(&'static str),
    /// Not in the form that the text names.
    Malformed(&'static str),
    /// A feature that this library refuses.
    Unsupported(&'static str),
    /// The key, the header, the nonce, the ciphertext or the tag does not fit. It is never said which.
    DecryptionFailed,
    /// The message's time is over.
    Expired,
    /// The message is for another app.
    WrongAudience,
    /// The payload is not sealed and the caller did not allow that.
    NotSealed,
    /// JSON that two parsers could read differently.
    UnsafeJson(&'static str),
    /// The caller passed something that the function does not take.
    InvalidArgument(&'static str),
    /// A fault of this library.
    Internal,
}

/// What to do with the data that an [`Error`] speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Keep the ciphertext and try again when keys have changed.
    Keep,
    /// Drop it: it will never open.
    Drop,
    /// Mend the program.
    Fix,
}

impl Error {
    /// Every error once, for tests and tables.
    pub const ALL: [Self; 12] = [
        Self::NoKeyring,
        Self::UnknownKey,
        Self::TooLarge(""),
        Self::Malformed(""),
        Self::Unsupported(""),
        Self::DecryptionFailed,
        Self::Expired,
        Self::WrongAudience,
        Self::NotSealed,
        Self::UnsafeJson(""),
        Self::InvalidArgument(""),
        Self::Internal,
    ];

    /// The stable number: 1xxx keep, 2xxx drop, 3xxx fix.
    pub const fn code(self) -> u32 {
        match self {
            Self::NoKeyring => 1001,
            Self::UnknownKey => 1002,
            Self::TooLarge(_) => 2001,
            Self::Malformed(_) => 2002,
            Self::Unsupported(_) => 2003,
            Self::DecryptionFailed => 2004,
            Self::Expired => 2005,
            Self::WrongAudience => 2006,
            Self::NotSealed => 2007,
            Self::UnsafeJson(_) => 2008,
            Self::InvalidArgument(_) => 3001,
            Self::Internal => 3002,
        }
    }

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoKeyring => "NoKeyring",
            Self::UnknownKey => "UnknownKey",
            Self::TooLarge(_) => "TooLarge",
            Self::Malformed(_) => "Malformed",
            Self::Unsupported(_) => "Unsupported",
            Self::DecryptionFailed => "DecryptionFailed",
            Self::Expired => "Expired",
            Self::WrongAudience => "WrongAudience",
            Self::NotSealed => "NotSealed",
            Self::UnsafeJson(_) => "UnsafeJson",
            Self::InvalidArgument(_) => "InvalidArgument",
            Self::Internal => "Internal",
        }
    }

    /// What to do with the data.
    pub const fn advice(self) -> Advice {
        match self.code() {
            1000..=1999 => Advice::Keep,
            2000..=2999 => Advice::Drop,
            _ => Advice::Fix,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKeyring => {
                f.write_str("no key is loaded yet: keep the message and call setKeyring first")
            }
            Self::UnknownKey => f.write_str(
                "the keyring lacks the key that the message names: keep the message until it has it",
            ),
            Self::TooLarge(detail) => write!(f, "too large: {detail}"),
            Self::Malformed(detail) => write!(f, "malformed: {detail}"),
            Self::Unsupported(detail) => write!(f, "unsupported: {detail}"),
            Self::DecryptionFailed => {
                f.write_str("decryption failed: the message was not sealed with this key, or was changed")
            }
            Self::Expired => f.write_str("expired: the message's time is over by this device's clock"),
            Self::WrongAudience => f.write_str("wrong audience: the message is for another app"),
            Self::NotSealed => f.write_str(
                "not sealed: the payload holds no sealed message, and none in the clear that is allowed",
            ),
            Self::UnsafeJson(detail) => write!(f, "unsafe JSON: {detail}"),
            Self::InvalidArgument(detail) => write!(f, "invalid argument: {detail}"),
            Self::Internal => f.write_str("internal error: please report it"),
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
        let codes: BTreeSet<_> = Error::ALL.iter().map(|e| e.code()).collect();
        let names: BTreeSet<_> = Error::ALL.iter().map(|e| e.name()).collect();
        assert_eq!((codes.len(), names.len()), (Error::ALL.len(), Error::ALL.len()));
    }

    #[test]
    fn the_group_of_a_code_is_its_advice() {
        assert_eq!(Error::NoKeyring.advice(), Advice::Keep);
        assert_eq!(Error::Expired.advice(), Advice::Drop);
        assert_eq!(Error::Internal.advice(), Advice::Fix);
    }
}
