//! What a delivery's next state is, given an outcome. Pure: no clock, no randomness, no database.

use push_kit::Outcome;

/// First wait after a fault on the way; it doubles with each attempt.
const BASE_MS: i64 = 1_000;
const MAX_WAIT_MS: i64 = 15 * 60_000;
/// Waiting for a person to mend the configuration.
const MISCONFIGURED_BASE_MS: i64 = 30_000;
/// "Internal error" is tried this often in all.
const INTERNAL_ATTEMPTS: i64 = 5;

/// A delivery's next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Push Kit took it.
    Sent,
    /// Given up for good.
    Failed,
    /// Its time is over.
    Expired,
    /// Again after so many milliseconds.
    Again(i64),
}

/// Decides. `jitter` is a random number of 0 to 1023: the wait is between half and all of the full one.
pub(super) fn next(outcome: &Outcome, attempt: i64, was_renewed: bool, left_ms: i64, jitter: i64) -> Next {
    let wait = match outcome {
        Outcome::Sent | Outcome::PartlySent(_) => return Next::Sent,
        Outcome::AllRefused | Outcome::Permanent | Outcome::Split => return Next::Failed,
        Outcome::Renew if was_renewed => backoff(MISCONFIGURED_BASE_MS, attempt),
        Outcome::Renew => 0,
        Outcome::RetryLimited if attempt >= INTERNAL_ATTEMPTS => return Next::Failed,
        Outcome::Retry | Outcome::RetryLimited => backoff(BASE_MS, attempt),
        Outcome::Misconfigured => backoff(MISCONFIGURED_BASE_MS, attempt),
    };
    if left_ms <= 0 {
        return Next::Expired;
    }
    let half = wait / 2;
    let wait = half.saturating_add((wait - half).saturating_mul(jitter.clamp(0, 1023)) / 1023);
    // The last look is at the end, so that it is called expired when it is.
    Next::Again(wait.min(left_ms))
}

fn backoff(base_ms: i64, attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(20).min(20);
    base_ms.saturating_mul(1_i64 << doublings).min(MAX_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: i64 = 86_400_000;

    #[test]
    fn waits_double_and_end_at_a_quarter_of_an_hour() {
        let waits: Vec<_> = (1..=12).map(|n| next(&Outcome::Retry, n, false, LONG, 1023)).collect();
        assert_eq!(waits[0], Next::Again(1_000));
        assert_eq!(waits[1], Next::Again(2_000));
        assert_eq!(waits[9], Next::Again(512_000));
        assert_eq!(waits[11], Next::Again(MAX_WAIT_MS));
        assert_eq!(next(&Outcome::Retry, i64::MAX, false, LONG, 1023), Next::Again(MAX_WAIT_MS));
    }

    #[test]
    fn jitter_spreads_over_the_second_half() {
        assert_eq!(next(&Outcome::Retry, 1, false, LONG, 0), Next::Again(500));
        assert_eq!(next(&Outcome::Retry, 1, false, LONG, 1023), Next::Again(1_000));
        assert_eq!(next(&Outcome::Retry, 1, false, LONG, -5), Next::Again(500));
    }

    #[test]
    fn an_expired_jwt_is_renewed_at_once_and_only_once() {
        assert_eq!(next(&Outcome::Renew, 1, false, LONG, 1023), Next::Again(0));
        assert_eq!(next(&Outcome::Renew, 2, true, LONG, 1023), Next::Again(60_000));
    }

    #[test]
    fn an_internal_error_is_tried_a_few_times() {
        assert!(matches!(next(&Outcome::RetryLimited, 4, false, LONG, 0), Next::Again(_)));
        assert_eq!(next(&Outcome::RetryLimited, 5, false, LONG, 0), Next::Failed);
    }

    #[test]
    fn nothing_is_tried_after_its_time() {
        assert_eq!(next(&Outcome::Retry, 1, false, 0, 0), Next::Expired);
        assert_eq!(next(&Outcome::Misconfigured, 3, false, -1, 0), Next::Expired);
        assert_eq!(next(&Outcome::Retry, 9, false, 700, 1023), Next::Again(700));
    }

    #[test]
    fn what_is_final_stays_so() {
        assert_eq!(next(&Outcome::Sent, 1, false, LONG, 0), Next::Sent);
        for outcome in [Outcome::AllRefused, Outcome::Permanent] {
            assert_eq!(next(&outcome, 1, false, LONG, 0), Next::Failed);
        }
    }
}
