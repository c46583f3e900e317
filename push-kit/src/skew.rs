//! This machine's clock beside that of an address, by the `Date` of an answer.

use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap};

/// A JWT's times are looked at on the other side; no tolerance is documented.
const MOST_S: i64 = 30;

/// How far the address's clock is ahead of this machine's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Seconds; below zero when this machine's is ahead.
    pub ahead_s: i64,
}

impl Skew {
    /// Nothing when the answer tells no time.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
        let theirs_s = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Self::between(theirs_s, SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
    }

    fn between(theirs_s: u64, ours_s: u64) -> Option<Self> {
        Some(Self { ahead_s: i64::try_from(theirs_s).ok()?.checked_sub(i64::try_from(ours_s).ok()?)? })
    }

    /// True when a JWT may be refused for it.
    pub const fn is_too_much(self) -> bool {
        self.ahead_s.unsigned_abs() > MOST_S.unsigned_abs()
    }
}

impl std::fmt::Display for Skew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let way = if self.ahead_s < 0 { "ahead of" } else { "behind" };
        write!(f, "this machine's clock is {} s {way} Push Kit's", self.ahead_s.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_has_a_side() {
        let behind = Skew::between(1_700_007_200, 1_700_000_000).unwrap();
        assert_eq!(behind.to_string(), "this machine's clock is 7200 s behind Push Kit's");
        let ahead = Skew::between(1_700_000_000, 1_700_000_031).unwrap();
        assert_eq!(ahead.to_string(), "this machine's clock is 31 s ahead of Push Kit's");
        assert!(behind.is_too_much() && ahead.is_too_much());
        assert!(!Skew::between(1_700_000_000, 1_700_000_030).unwrap().is_too_much());
        assert_eq!(Skew::between(u64::MAX, 0), None);
    }

    #[test]
    fn an_answer_without_a_good_date_tells_nothing() {
        let mut headers = HeaderMap::new();
        assert_eq!(Skew::of(&headers), None);
        headers.insert(DATE, "yesterday".parse().unwrap());
        assert_eq!(Skew::of(&headers), None);
        headers.insert(DATE, "Mon, 02 Mar 2020 02:02:02 GMT".parse().unwrap());
        assert!(Skew::of(&headers).unwrap().ahead_s < -100_000_000);
    }
}
