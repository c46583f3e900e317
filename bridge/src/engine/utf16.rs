//! Text as engines store it.

use crate::error::Error;
use pushseal::limits::PAYLOAD_BYTES;
use std::cell::RefCell;
use zeroize::{Zeroize, Zeroizing};

thread_local! {
    /// Zeros, but for while a text lies in it; longer than the longest text so far, up to a payload's limit.
    static UNITS: RefCell<Vec<u16>> = const { RefCell::new(Vec::new()) };
}

/// Hands on the text as UTF-16 and its length, which leaves out the zero unit behind it: OpenHarmony's engine reads up to there,
/// whatever length it is told. The text lies in this thread's buffer, which is wiped then.
pub(super) fn with<T>(text: &str, then: impl FnOnce(&[u16], usize) -> Result<T, Error>) -> Result<T, Error> {
    if text.len() > PAYLOAD_BYTES {
        // Room for all of it at once: a buffer that grows leaves copies behind.
        let mut units = Zeroizing::new(Vec::with_capacity(text.len() + 1));
        units.extend(text.encode_utf16());
        let len = units.len();
        units.push(0);
        return then(&units, len);
    }
    UNITS.with(|units| {
        let mut units = units.try_borrow_mut().map_err(|_| Error::Internal)?;
        // A character has at most as many units as bytes.
        if units.len() <= text.len() {
            *units = vec![0; text.len() + 1];
        }
        let mut len = 0;
        for (place, unit) in units.iter_mut().zip(text.encode_utf16()) {
            *place = unit;
            len += 1;
        }
        let used = units.get_mut(..=len).ok_or(Error::Internal)?;
        let value = then(used, len);
        used.zeroize();
        value
    })
}
