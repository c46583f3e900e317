//! What a delivery's next state is, given an outcome. Pure: no clock, no randomness, no database.

use push_kit::Outcome;

/// First wait after a fault on the way; it doubles with each attempt.
const BASE_MS: i64 = 1_000;
const MAX_WAIT_MS: i64 = 15 * 60_000;
/// Waiting for a person to fix the configuration.
const MISCONFIGURED_BASE_MS: i64 = 30_000;
/// So many internal errors of Push Kit end a delivery. Other failures between them do not count.
const MOST_INTERNAL_FAULTS: i64 = 5;

/// A delivery's next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Push Kit took it.
    Sent,
    /// It will not be sent.
    Failed,
    /// Its ttl has passed.
    Expired,
    /// Again after so many milliseconds.
    Again(i64),
}

/// A delivery at the moment of an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    /// The attempt's number, from 1.
    pub(super) attempt: i64,
    /// The attempt before was answered with an expired credential too.
    pub(super) was_renewed: bool,
    /// Internal errors of Push Kit, this one included.
    pub(super) internal_faults: i64,
    /// Milliseconds until it expires.
    pub(super) left_ms: i64,
    /// Milliseconds that the other side asks to wait; 0 when it does not.
    pub(super) asked_ms: i64,
}

/// Decides. `jitter` is a random number of 0 to 1023: the wait is between half and all of the full one, and never less than the
/// other side asks.
pub(super) fn next(outcome: &Outcome, tried: Tried, jitter: i64) -> Next {
    let Tried { attempt, left_ms, .. } = tried;
    let wait = match outcome {
        Outcome::Sent | Outcome::PartlySent(_) => return Next::Sent,
        Outcome::AllRefused(_) | Outcome::Permanent | Outcome::Split => return Next::Failed,
        Outcome::Renew if tried.was_renewed => backoff(MISCONFIGURED_BASE_MS, attempt),
        Outcome::Renew => 0,
        Outcome::Internal if tried.internal_faults >= MOST_INTERNAL_FAULTS => return Next::Failed,
        Outcome::Retry | Outcome::Internal | Outcome::NotUnderstood => backoff(BASE_MS, attempt),
        Outcome::Misconfigured => backoff(MISCONFIGURED_BASE_MS, attempt),
    };
    if left_ms <= 0 {
        return Next::Expired;
    }
    let half = wait / 2;
    let wait = half.saturating_add((wait - half).saturating_mul(jitter.clamp(0, 1023)) / 1023);
    // The last look is at the end, so that it is called expired when it is.
    Next::Again(wait.max(tried.asked_ms).min(left_ms))
}

fn backoff(base_ms: i64, attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(20).min(20);
    base_ms.saturating_mul(1_i64 << doublings).min(MAX_WAIT_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(attempt: i64) -> Tried {
        Tried { attempt, was_renewed: false, internal_faults: 0, left_ms: 86_400_000, asked_ms: 0 }
    }

    #[test]
    fn waits_double_and_end_at_a_quarter_of_an_hour() {
        for outcome in [Outcome::Retry, Outcome::NotUnderstood] {
            let waits: Vec<_> = (1..=12).map(|n| next(&outcome, tried(n), 1023)).collect();
            assert_eq!(waits[0], Next::Again(1_000));
            assert_eq!(waits[1], Next::Again(2_000));
            assert_eq!(waits[9], Next::Again(512_000));
            assert_eq!(waits[11], Next::Again(MAX_WAIT_MS));
            assert_eq!(next(&outcome, tried(i64::MAX), 1023), Next::Again(MAX_WAIT_MS));
        }
    }

    #[test]
    fn jitter_spreads_over_the_second_half() {
        assert_eq!(next(&Outcome::Retry, tried(1), 0), Next::Again(500));
        assert_eq!(next(&Outcome::Retry, tried(1), 1023), Next::Again(1_000));
        assert_eq!(next(&Outcome::Retry, tried(1), -5), Next::Again(500));
    }

    #[test]
    fn an_expired_jwt_is_renewed_at_once_and_only_once() {
        assert_eq!(next(&Outcome::Renew, tried(1), 1023), Next::Again(0));
        assert_eq!(next(&Outcome::Renew, Tried { was_renewed: true, ..tried(2) }, 1023), Next::Again(60_000));
    }

    #[test]
    fn only_internal_errors_count_for_their_limit() {
        let faults = |internal_faults, attempt| Tried { internal_faults, ..tried(attempt) };
        // Twenty attempts came to nothing by the network or 503; one by an internal error.
        assert!(matches!(next(&Outcome::Internal, faults(1, 21), 0), Next::Again(_)));
        assert!(matches!(next(&Outcome::Internal, faults(4, 4), 0), Next::Again(_)));
        assert_eq!(next(&Outcome::Internal, faults(5, 5), 0), Next::Failed);
        assert!(matches!(next(&Outcome::Retry, faults(5, 9), 0), Next::Again(_)));
    }

    #[test]
    fn the_other_sides_wish_is_followed_until_the_ttl() {
        let asked = |asked_ms| Tried { asked_ms, ..tried(1) };
        assert_eq!(next(&Outcome::Retry, asked(120_000), 0), Next::Again(120_000));
        assert_eq!(next(&Outcome::Retry, asked(100), 1023), Next::Again(1_000));
        let soon = Tried { left_ms: 5_000, ..asked(120_000) };
        assert_eq!(next(&Outcome::Retry, soon, 0), Next::Again(5_000));
    }

    #[test]
    fn nothing_is_tried_after_its_ttl() {
        let left = |left_ms, attempt| Tried { left_ms, ..tried(attempt) };
        assert_eq!(next(&Outcome::Retry, left(0, 1), 0), Next::Expired);
        assert_eq!(next(&Outcome::Misconfigured, left(-1, 3), 0), Next::Expired);
        assert_eq!(next(&Outcome::NotUnderstood, left(700, 9), 1023), Next::Again(700));
    }

    #[test]
    fn a_final_outcome_stays_so() {
        assert_eq!(next(&Outcome::Sent, tried(1), 0), Next::Sent);
        for outcome in [Outcome::AllRefused(Vec::new()), Outcome::Permanent] {
            assert_eq!(next(&outcome, tried(1), 0), Next::Failed);
        }
    }
}
