//! The keyring of the process. Worker threads share it.

use crate::log;
use pushseal::Keyring;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

static CURRENT: LazyLock<RwLock<Arc<Keyring>>> = LazyLock::new(RwLock::default);

/// The keyring as it is now; a replacement in another thread does not change it under the caller's hands.
pub(crate) fn current() -> Arc<Keyring> {
    Arc::clone(&CURRENT.read().unwrap_or_else(PoisonError::into_inner))
}

/// Puts another in its place. The old one is wiped when the last call that uses it ends.
pub(crate) fn replace(keyring: Keyring) {
    log::keyring(&keyring);
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keyring);
}
