//! A value that is replaced while it is in use.

use std::sync::{Arc, PoisonError, RwLock};

/// Holds a value. Whoever took it before it was replaced keeps what it took.
#[derive(Debug, Default)]
pub struct Current<T>(RwLock<Arc<T>>);

impl<T> Current<T> {
    /// Holds this value.
    pub fn new(value: T) -> Self {
        Self(RwLock::new(Arc::new(value)))
    }

    /// The value as it is now.
    pub fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another one in its place.
    pub fn replace(&self, value: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_old_value_keeps_it() {
        let current = Current::new(1);
        let old = current.get();
        current.replace(2);
        assert_eq!((*old, *current.get()), (1, 2));
    }
}
