//! The IV of one message.

use crate::key::IV_BYTES;
use std::fmt;

/// 12 fresh random bytes for one message: the IV (RFC 7518 §5.3). [`seal`](crate::seal) consumes it.
///
/// Two messages under one key and IV give both away, so a nonce has no copy, and no way to be made from bytes of the
/// caller's choice but with the feature `low-level`.
#[must_use]
pub struct Nonce([u8; IV_BYTES]);

impl Nonce {
    /// Takes 12 bytes from a source of randomness that is fit for cryptography, such as `getrandom::fill`.
    ///
    /// # Errors
    ///
    /// The error of the source.
    ///
    /// # Example: a nonce from the operating system
    ///
    /// ```
    /// let nonce = pushseal::Nonce::generate(getrandom::fill)?;
    /// # Ok::<(), getrandom::Error>(())
    /// ```
    pub fn generate<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut bytes = [0; IV_BYTES];
        fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// A nonce of these bytes: for tests with known answers. The caller answers for its use with one message only.
    #[cfg(any(test, feature = "low-level"))]
    pub fn from_bytes(bytes: [u8; IV_BYTES]) -> Self {
        Self(bytes)
    }

    pub(crate) fn into_bytes(self) -> [u8; IV_BYTES] {
        self.0
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nonce").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_what_the_source_gave_or_its_error() {
        let numbers = |bytes: &mut [u8]| {
            bytes.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
            Ok::<(), ()>(())
        };
        let nonce = Nonce::generate(numbers).unwrap();
        assert_eq!(nonce.into_bytes(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(Nonce::generate(|_| Err("no entropy")).unwrap_err(), "no entropy");
    }
}
