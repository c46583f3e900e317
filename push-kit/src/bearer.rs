//! The credential of a request, whichever route it is for.

use zeroize::Zeroizing;

/// An `Authorization` value without its `Bearer ` prefix. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Bearer {
    /// The token itself.
    pub token: Zeroizing<String>,
    /// Tells two tokens apart without comparing them: [`JwtSource::renew`] takes the number of the refused one.
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
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// The key in the file cannot sign.
    #[error("the service account's key cannot sign (PS256 needs an RSA key of 2048 bits or more)")]
    Signing,
    /// The authorisation address does not answer, or not now.
    #[error("the authorisation address does not answer")]
    Unreachable,
    /// The authorisation address refuses the client credentials.
    #[error(
        "the authorisation address refuses the client credentials (HTTP {0}): check client id and secret"
    )]
    Refused(u16),
}

impl AuthError {
    /// What is stored and counted for a delivery that had no token.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signing => "signing_failed",
            Self::Unreachable => "oauth_unreachable",
            Self::Refused(_) => "oauth_refused",
        }
    }
}
