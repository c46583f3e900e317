//! The credential of a request, whichever route it is for.

use std::time::Duration;

use zeroize::Zeroizing;

/// An `Authorization` value without its `Bearer ` prefix. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Bearer {
    /// The token itself.
    pub token: Zeroizing<String>,
    /// Tells two tokens apart without comparing them: [`Endpoint::renew`](crate::Endpoint::renew) takes the number of the refused one.
    pub generation: u64,
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bearer(generation {})", self.generation)
    }
}

/// Where a Bearer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This process had it.
    Kept,
    /// Another process had asked for it.
    Shared,
    /// It was signed or asked for now.
    Made,
}

impl Origin {
    /// In a word, for metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Shared => "shared",
            Self::Made => "made",
        }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The key in the file cannot sign.
    #[error("the service account's key cannot sign (PS256 needs an RSA key of 2048 bits or more)")]
    Signing,
    /// The authorisation address does not answer, or gives an answer that is not understood.
    #[error("the authorisation address does not answer")]
    Unreachable {
        /// It is not asked again before.
        retry_after: Duration,
    },
    /// The authorisation address refuses the client credentials.
    #[error(
        "the authorisation address refuses the client credentials (HTTP {status}): check client id and secret"
    )]
    Refused {
        /// HTTP status of the answer.
        status: u16,
        /// It is not asked again before.
        retry_after: Duration,
    },
}

impl AuthError {
    /// A stable word for it: to be stored and counted.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signing => "signing_failed",
            Self::Unreachable { .. } => "oauth_unreachable",
            Self::Refused { .. } => "oauth_refused",
        }
    }

    /// How long asking again is of no use; nothing when time does not help.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Signing => None,
            Self::Unreachable { retry_after } | Self::Refused { retry_after, .. } => Some(*retry_after),
        }
    }

    pub(crate) fn with_retry_after(self, retry_after: Duration) -> Self {
        match self {
            Self::Signing => Self::Signing,
            Self::Unreachable { .. } => Self::Unreachable { retry_after },
            Self::Refused { status, .. } => Self::Refused { status, retry_after },
        }
    }
}
