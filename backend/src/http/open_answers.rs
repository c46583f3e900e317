//! How many long answers each user has open at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts them.
#[derive(Debug)]
pub(super) struct OpenAnswers {
    /// 0 is no limit.
    most: u32,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

/// An answer that is under way; it has ended when this is dropped.
#[derive(Debug)]
pub(super) struct OpenAnswer {
    user: String,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

impl OpenAnswers {
    pub(super) fn new(most: u32) -> Self {
        Self { most, open: Arc::default() }
    }

    /// Nothing when the user has as many as may be open.
    pub(super) fn begin(&self, user: &str) -> Option<OpenAnswer> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = open.get(user).copied().unwrap_or(0);
        if self.most > 0 && number >= self.most {
            return None;
        }
        open.insert(user.to_owned(), number.saturating_add(1));
        Some(OpenAnswer { user: user.to_owned(), open: Arc::clone(&self.open) })
    }
}

impl Drop for OpenAnswer {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.get_mut(&self.user) {
            Some(number) if *number > 1 => *number = number.saturating_sub(1),
            // Only users with an open answer are remembered.
            _ => drop(open.remove(&self.user)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_so_many_and_who_has_none_is_forgotten() {
        let answers = OpenAnswers::new(2);
        let (first, second) = (answers.begin("ann"), answers.begin("ann"));
        assert!(first.is_some() && second.is_some() && answers.begin("ann").is_none());
        assert!(answers.begin("bob").is_some());
        drop(first);
        let third = answers.begin("ann");
        assert!(third.is_some() && answers.begin("ann").is_none());
        drop((second, third));
        assert!(answers.open.lock().unwrap().is_empty());
        let unlimited = OpenAnswers::new(0);
        let many: Vec<_> = (0..100).map(|_| unlimited.begin("ann").unwrap()).collect();
        assert_eq!(many.len(), 100);
    }
}
