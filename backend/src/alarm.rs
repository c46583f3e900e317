//! Telling a person what no retry will fix, without filling the log.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use push_kit::{Advice, Outcome, Sent, remedy};

/// So many requests in a row whose every token failed are no longer bad luck.
const ALL_REFUSED_IN_A_ROW: u32 = 10;
const SAY_AGAIN: Duration = Duration::from_secs(60);
const FAULT_ON_THE_WAY: &str = "Push Kit is not reached, has a fault, or something else answers in its place: messages are sent again until \
     their ttl ends; `pushseal doctor` looks at the way there";

/// Watches the answers of one region.
#[derive(Debug, Default)]
pub struct Alarm {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    refused_in_a_row: u32,
    /// The first Bearer that was called expired since one was accepted.
    expired: Option<u64>,
    said_at: Option<Instant>,
    /// When a fault on the way was said. Successes in between do not change it.
    fault_said_at: Option<Instant>,
    /// When a missing right was said, by what to do about it: one entry a documented reason.
    reasons_said_at: HashMap<&'static str, Instant>,
}

impl Alarm {
    /// Records the answer to a request with the Bearer of this generation, 0 for none. Gives true when it logged a line.
    pub fn record(&self, region: &str, sent: &Sent, generation: u64) -> bool {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let told = state.tell_missing_rights(region, sent);
        let cause = match &sent.outcome {
            Outcome::Sent | Outcome::PartlySent(_) => {
                let State { fault_said_at, reasons_said_at, .. } = std::mem::take(&mut *state);
                *state = State { fault_said_at, reasons_said_at, ..State::default() };
                return told;
            }
            // Push Kit said why, token by token.
            Outcome::AllRefused(reasons) if !reasons.is_empty() => return told,
            Outcome::AllRefused(_) => {
                state.refused_in_a_row = state.refused_in_a_row.saturating_add(1);
                if state.refused_in_a_row < ALL_REFUSED_IN_A_ROW {
                    return false;
                }
                "every token of every message is refused without a reason: check that project, region and push rights are \
                 those of the app; no token was deleted"
                    .to_owned()
            }
            // That one ends is usual. That the next one is called expired too is not.
            Outcome::Renew if generation <= *state.expired.get_or_insert(generation) => return false,
            Outcome::Renew | Outcome::Misconfigured => cause(sent),
            Outcome::Retry | Outcome::Internal | Outcome::NotUnderstood => {
                let due = is_due(&mut state.fault_said_at);
                if due {
                    tracing::warn!(region, code = sent.code, "{FAULT_ON_THE_WAY}");
                }
                return due;
            }
            Outcome::Permanent | Outcome::Split => return false,
        };
        if !is_due(&mut state.said_at) {
            return false;
        }
        tracing::error!(region, code = sent.code, "ALARM: {cause}; messages wait until their ttl ends");
        true
    }
}

impl State {
    /// Names each right that the app lacks. Gives true when one was said aloud.
    fn tell_missing_rights(&mut self, region: &str, sent: &Sent) -> bool {
        let mut told = false;
        for refusal in sent.refused().iter().filter(|refusal| refusal.advice == Advice::Configuration) {
            let (reason, Some(remedy)) = (refusal.reason.as_str(), remedy(&refusal.reason)) else { continue };
            if self.reasons_said_at.get(remedy).is_some_and(|at| at.elapsed() < SAY_AGAIN) {
                continue;
            }
            self.reasons_said_at.insert(remedy, Instant::now());
            tracing::error!(
                region,
                code = sent.code,
                reason,
                "ALARM: Push Kit refuses with {reason}: {remedy}"
            );
            told = true;
        }
        told
    }
}

/// True once in [`SAY_AGAIN`].
fn is_due(said_at: &mut Option<Instant>) -> bool {
    let due = said_at.is_none_or(|at| at.elapsed() >= SAY_AGAIN);
    if due {
        *said_at = Some(Instant::now());
    }
    due
}

/// A wrong clock first: it looks like a credential that is not accepted.
fn cause(sent: &Sent) -> String {
    match sent.skew.filter(|skew| skew.is_too_much()) {
        Some(skew) => format!("{skew}: set it (NTP)"),
        None => advice(&sent.code).to_owned(),
    }
}

/// What to do about a code that no retry will mend.
pub(crate) fn advice(code: &str) -> &'static str {
    match code {
        "80200001" => {
            "Push Kit does not accept the service account: check key file, project, region and this machine's clock"
        }
        "80200003" | "80200005" => {
            "Push Kit calls a fresh credential expired: set this machine's clock, or check token_url"
        }
        "80300002" => "push is not enabled for this project in the console, or the project is another app's",
        "80300036" => "the JWT lives too long for Push Kit: check this machine's clock",
        "80300037" => "Push Kit has restricted this app: see the console",
        "oauth_refused" => {
            "the authorisation address refuses the client credentials: check client id and secret"
        }
        "signing_failed" => "the service account's key cannot sign: download the key file again",
        _ => "Push Kit refuses the configuration: check key file, project, region and sending address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use push_kit::{Refused, Skew};

    fn sent(outcome: Outcome, code: &str) -> Sent {
        Sent::new(outcome, code)
    }

    #[test]
    fn a_few_refusals_are_no_alarm_and_many_in_a_row_are_one() {
        let alarm = Alarm::default();
        let said = (0..30)
            .filter(|_| alarm.record("cn", &sent(Outcome::AllRefused(Vec::new()), "80300007"), 1))
            .count();
        assert_eq!(said, 1);
    }

    #[test]
    fn a_missing_right_is_named_at_once_and_once_a_minute() {
        let alarm = Alarm::default();
        let refused = |reason: &str| {
            let one = Refused { token: "t".into(), reason: reason.into(), advice: Advice::of(reason) };
            sent(Outcome::AllRefused(vec![one]), "80300007")
        };
        assert!(alarm.record("cn", &refused("noPushTypeRight"), 1));
        assert!(!alarm.record("cn", &refused("noPushTypeRight"), 1));
        assert!(alarm.record("cn", &refused("countryNotSupport"), 1), "another right is missing");
        alarm.record("cn", &sent(Outcome::Sent, "80000000"), 1);
        assert!(!alarm.record("cn", &refused("countryNotSupport"), 1));
        for quiet in ["tokenFormatError", "tokenPlatformNotSupport", "somethingNew"] {
            assert!((0..30).all(|_| !alarm.record("cn", &refused(quiet), 1)), "{quiet}");
        }
    }

    #[test]
    fn one_success_between_them_ends_the_row() {
        let alarm = Alarm::default();
        for _ in 0..9 {
            assert!(!alarm.record("cn", &sent(Outcome::AllRefused(Vec::new()), "80300007"), 1));
        }
        alarm.record("cn", &sent(Outcome::Sent, "80000000"), 1);
        assert!(!alarm.record("cn", &sent(Outcome::AllRefused(Vec::new()), "80300007"), 1));
    }

    #[test]
    fn a_wrong_configuration_is_said_at_once() {
        let alarm = Alarm::default();
        assert!(alarm.record("cn", &sent(Outcome::Misconfigured, "80200001"), 1));
        assert!(!alarm.record("cn", &sent(Outcome::Misconfigured, "80200001"), 1));
    }

    #[test]
    fn a_credential_that_ends_is_no_alarm_and_a_fresh_one_that_has_ended_is() {
        let alarm = Alarm::default();
        let expired = sent(Outcome::Renew, "80200005");
        // Many requests were under way with the old one.
        assert!((0..64).all(|_| !alarm.record("cn", &expired, 7)));
        alarm.record("cn", &sent(Outcome::Sent, "80000000"), 8);
        assert!(!alarm.record("cn", &expired, 8));
        assert!(!alarm.record("cn", &expired, 7));
        assert!(alarm.record("cn", &expired, 9));
    }

    #[test]
    fn a_fault_on_the_way_is_said_once_a_minute_whatever_comes_between() {
        let alarm = Alarm::default();
        let faults = [
            (Outcome::Retry, "network"),
            (Outcome::Retry, "http_503"),
            (Outcome::Internal, "81000001"),
            (Outcome::NotUnderstood, "http_302"),
        ];
        let mut said = 0;
        for (outcome, code) in faults.iter().cycle().take(30) {
            said += usize::from(alarm.record("cn", &sent(outcome.clone(), code), 1));
            alarm.record("cn", &sent(Outcome::Sent, "80000000"), 1);
        }
        assert_eq!(said, 1);
        // It takes no alarm's place.
        assert!(alarm.record("cn", &sent(Outcome::Misconfigured, "80200001"), 1));
    }

    #[test]
    fn a_wrong_clock_is_said_to_be_one() {
        let skew =
            |ahead_s| Sent { skew: Some(Skew { ahead_s }), ..sent(Outcome::Misconfigured, "80200001") };
        assert_eq!(cause(&skew(-7200)), "this machine's clock is 7200 s ahead of Push Kit's: set it (NTP)");
        assert!(cause(&skew(3)).contains("check key file"));
    }
}
