//! The keys that a device holds at one time: the current one and those before it.

use crate::error::Error;
use crate::key::{Key, KeyId};
use crate::limits::KEYRING_KEYS;
use crate::reason::InvalidArgument;

/// The keys a message may name, each under its own id.
#[derive(Debug, Default)]
pub struct Keyring(Vec<Key>);

impl Keyring {
    /// Holds these keys.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] when an id occurs twice or there are more than [`KEYRING_KEYS`].
    pub fn new(keys: Vec<Key>) -> Result<Self, Error> {
        if keys.len() > KEYRING_KEYS {
            return Err(Error::InvalidArgument(InvalidArgument::KeyringSize));
        }
        let repeated =
            keys.iter().enumerate().any(|(n, key)| keys.iter().take(n).any(|other| other.id() == key.id()));
        if repeated {
            return Err(Error::InvalidArgument(InvalidArgument::KeyringRepeat));
        }
        Ok(Self(keys))
    }

    /// The ids, in the order they were given.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.iter().map(Key::id)
    }

    /// The key of this id.
    ///
    /// # Errors
    ///
    /// [`Error::NoKeyring`] while there is no key at all, [`Error::UnknownKey`] when this one is missing.
    pub fn key(&self, id: &str) -> Result<&Key, Error> {
        if self.0.is_empty() {
            return Err(Error::NoKeyring);
        }
        self.0.iter().find(|key| key.id().as_str() == id).ok_or(Error::UnknownKey)
    }

    /// The key with whose own header a compact JWE begins, to the letter, and what follows the encrypted key, which is empty: the
    /// common case needs no parsing.
    pub(crate) fn by_prefix<'t>(&self, jwe: &'t str) -> Option<(&Key, &'t str)> {
        self.0.iter().find_map(|key| Some((key, jwe.strip_prefix(key.header())?.strip_prefix("..")?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Key {
        Key::new(KeyId::new(id).unwrap(), &[1; 16]).unwrap()
    }

    #[test]
    fn an_empty_ring_differs_from_a_missing_key() {
        assert_eq!(Keyring::default().key("a").unwrap_err(), Error::NoKeyring);
        let ring = Keyring::new(vec![key("a"), key("b")]).unwrap();
        assert_eq!(ring.key("c").unwrap_err(), Error::UnknownKey);
        assert_eq!(ring.key("b").unwrap().id().as_str(), "b");
        assert_eq!(ring.ids().map(KeyId::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn ids_are_unique_and_few() {
        assert!(matches!(Keyring::new(vec![key("a"), key("a")]), Err(Error::InvalidArgument(_))));
        let keys = |n: usize| (0..n).map(|i| key(&format!("k{i}"))).collect();
        assert!(Keyring::new(keys(KEYRING_KEYS)).is_ok());
        assert!(matches!(Keyring::new(keys(KEYRING_KEYS + 1)), Err(Error::InvalidArgument(_))));
    }
}
