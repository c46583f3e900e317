//! What an export throws: an error of the core, or one about an argument, which has a text of the bridge.

use pushseal::ErrorKind;
use std::fmt;

/// An error of the core or of the bridge. Its number and name are those of the core's kinds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Error {
    Core(pushseal::Error),
    TooLarge(&'static str),
    Malformed(&'static str),
    UnsafeJson(&'static str),
    InvalidArgument(&'static str),
    Internal,
}

impl Error {
    fn kind(self) -> ErrorKind {
        match self {
            Self::Core(error) => error.kind(),
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Malformed(_) => ErrorKind::Malformed,
            Self::UnsafeJson(_) => ErrorKind::UnsafeJson,
            Self::InvalidArgument(_) => ErrorKind::InvalidArgument,
            Self::Internal => ErrorKind::Internal,
        }
    }

    /// The stable number.
    pub(crate) fn code(self) -> u32 {
        self.kind().code()
    }

    /// The stable name.
    pub(crate) fn name(self) -> &'static str {
        self.kind().name()
    }
}

impl From<pushseal::Error> for Error {
    fn from(error: pushseal::Error) -> Self {
        Self::Core(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(pushseal::Error::NoKeyring) => {
                f.write_str("no key is loaded yet: keep the message and call setKeyring first")
            }
            Self::Core(error) => write!(f, "{error}"),
            Self::TooLarge(reason)
            | Self::Malformed(reason)
            | Self::UnsafeJson(reason)
            | Self::InvalidArgument(reason) => write!(f, "{}: {reason}", self.kind()),
            Self::Internal => write!(f, "{}", self.kind()),
        }
    }
}
