//! The rate towards one region: a steady limit, and a pause when Push Kit says that it is too much.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A longer `Retry-After` holds back its own messages alone: one odd answer does not stop a region for a day.
const LONGEST_ASKED: Duration = Duration::from_secs(15 * 60);
/// Requests that may go at once after a quiet time.
const BURST: u32 = 50;

/// Gives turns.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the next turn is due on a steady rate.
    next: Instant,
    /// Nothing goes before this.
    paused_until: Instant,
    pause: Duration,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        let now = Instant::now();
        let state = State { next: now, paused_until: now, pause: FIRST_PAUSE };
        Self { interval: Duration::from_secs(1) / per_second.max(1), state: Mutex::new(state) }
    }

    /// Waits for a turn. False when it would come after `latest`: then nothing was waited for.
    pub(super) async fn turn(&self, latest: Duration) -> bool {
        let at = {
            let mut state = self.state.lock().await;
            let now = Instant::now();
            let credit = self.interval.saturating_mul(BURST);
            let earliest = now.checked_sub(credit).unwrap_or(now);
            let at = state.next.max(earliest);
            let with_pause = at.max(state.paused_until);
            if with_pause > now + latest {
                return false;
            }
            state.next = at + self.interval;
            with_pause
        };
        sleep_until(at).await;
        true
    }

    /// Waits until a pause is over.
    pub(super) async fn ready(&self) {
        let until = self.state.lock().await.paused_until;
        sleep_until(until).await;
    }

    /// Push Kit refused by load: everybody waits, as long as it asks, and longer each time when it does not ask.
    pub(super) async fn throttled(&self, asked: Option<Duration>) {
        let mut state = self.state.lock().await;
        let now = Instant::now();
        if let Some(asked) = asked {
            state.paused_until = state.paused_until.max(now + asked.min(LONGEST_ASKED));
            return;
        }
        // Requests that were under way together are one sign, not many.
        if now >= state.paused_until {
            state.paused_until = now + state.pause;
            state.pause = (state.pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Push Kit answered normally.
    pub(super) async fn healthy(&self) {
        let mut state = self.state.lock().await;
        state.pause = FIRST_PAUSE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn everybody_waits_as_long_as_push_kit_asks_but_not_for_ever() {
        let pace = Pace::new(1_000_000);
        pace.throttled(Some(Duration::from_secs(90))).await;
        assert!(!pace.turn(Duration::from_secs(60)).await, "the turn comes after the lease");
        let begin = Instant::now();
        assert!(pace.turn(LONG).await);
        assert_eq!(begin.elapsed().as_secs(), 90);
        pace.throttled(Some(Duration::from_secs(86_400))).await;
        let begin = Instant::now();
        pace.ready().await;
        assert_eq!(begin.elapsed().as_secs(), 900);
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let pace = Pace::new(100);
        let begin = Instant::now();
        for _ in 0..150 {
            assert!(pace.turn(LONG).await);
        }
        let took = begin.elapsed();
        assert!((Duration::from_millis(900)..Duration::from_millis(1600)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_pauses_everyone_and_grows_until_an_answer() {
        let pace = Pace::new(1_000_000);
        let mut waits = Vec::new();
        for _ in 0..10 {
            pace.throttled(None).await;
            pace.throttled(None).await;
            let begin = Instant::now();
            assert!(pace.turn(LONG).await);
            waits.push(begin.elapsed());
        }
        assert_eq!(waits[0].as_millis() / 100, 2);
        assert_eq!(waits[1].as_millis() / 100, 4);
        assert!(waits[9] <= LONGEST_PAUSE + Duration::from_millis(2) && waits[9] >= Duration::from_secs(29));
        pace.healthy().await;
        pace.throttled(None).await;
        let begin = Instant::now();
        assert!(pace.turn(LONG).await);
        assert_eq!(begin.elapsed().as_millis() / 100, 2);
    }
}
