//! The order of events: a number that grows with time, and is never given twice.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::random;

/// Below the microseconds; enough until the year 2112.
const SALT_BITS: u32 = 11;

static LAST: AtomicI64 = AtomicI64::new(0);
static SALT: std::sync::OnceLock<i64> = std::sync::OnceLock::new();

/// The place of an event that happened at this time. Those of this process follow each other; two processes share a place
/// only if they draw the same of 2048 numbers and ask within one microsecond.
pub(crate) fn position(at_ms: i64) -> i64 {
    let salt = *SALT.get_or_init(|| {
        let drawn = random::bytes::<2>().map_or(0, u16::from_le_bytes);
        i64::from(drawn) & ((1 << SALT_BITS) - 1)
    });
    let first = first_position(at_ms).saturating_add(salt);
    let next = |last: i64| Some(first.max(last.saturating_add(1 << SALT_BITS)));
    LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next)
        .map_or(first, |last| first.max(last.saturating_add(1 << SALT_BITS)))
}

/// What every place from this time on is not below.
pub(crate) const fn first_position(at_ms: i64) -> i64 {
    at_ms.saturating_mul(1000 << SALT_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_grow_with_time_and_within_a_moment() {
        let now = 1_700_000_000_000;
        let mut places: Vec<i64> = (0..1000).map(|_| position(now)).collect();
        places.push(position(now + 1000));
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(places[0] >= first_position(now) && first_position(now + 1000) > 0);
    }
}
