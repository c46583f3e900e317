//! Sharing an access token between processes: the caller brings the store (Redis, a database), this crate says when it is asked.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A future on the heap, so that a store can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store through which several processes share one access token and ask for it one at a time.
pub trait SharedTokens: Debug + Send + Sync {
    /// Waits for a token that is good at `now_s` (seconds since 1970), or for the turn to ask for one. `name` tells credentials
    /// apart; `refused` is a token that Push Kit does not accept any more.
    ///
    /// # Errors
    /// [`StoreFailed`] when the store is of no use now. The caller then asks for a token of its own.
    fn turn<'a>(
        &'a self,
        name: &'a str,
        now_s: u64,
        refused: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Turn, StoreFailed>>;
}

/// What a process that needs a token does next.
#[derive(Debug)]
pub enum Turn {
    /// Uses this one.
    Take(SharedToken),
    /// Asks for one; all others wait for it.
    Ask(Box<dyn AskLock>),
}

/// The right to ask for a token.
pub trait AskLock: Debug + Send {
    /// Shares the token that was asked for. The store forgets it after `life_s` seconds.
    ///
    /// # Errors
    /// [`StoreFailed`] when nobody will see it.
    fn share<'a>(&'a mut self, token: &'a SharedToken, life_s: u64)
    -> BoxFuture<'a, Result<(), StoreFailed>>;

    /// Lets the next process ask.
    fn release(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// An access token as it is shared. Store it encrypted; `Debug` shows nothing of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SharedToken {
    /// The token itself.
    pub token: Zeroizing<String>,
    /// Seconds since 1970 from which it is replaced.
    pub stale_at: u64,
}

impl Debug for SharedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedToken").field("stale_at", &self.stale_at).finish_non_exhaustive()
    }
}

/// The store failed. The text goes to the log: no address, password or token belongs in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFailed(pub String);
