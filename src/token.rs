//! When to send the push token to the backend.

use crate::limits::REGISTRATION_REFRESH_DAYS;
use std::fmt;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// What the backend has to know of this installation.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registration {
    /// The push token of `pushService.getToken()`; empty for none.
    pub token: String,
    /// The installation's id of `AAID.getAAID()`.
    pub aaid: String,
    /// The id of the current key.
    pub key_id: String,
    /// The region that the device belongs to.
    pub region: String,
    /// The app's account, empty when nobody is logged in.
    pub account: String,
    /// When the backend accepted it, in milliseconds since 1970; 0 while it has not.
    pub synced_at_ms: u64,
}

// A push token lets others send to the device: it is not shown.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("key_id", &self.key_id)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Why to register again, or that nothing is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SyncReason {
    /// The backend never accepted a registration.
    Never,
    /// The push token changed.
    Token,
    /// The AAID changed.
    Aaid,
    /// There is a new current key.
    Key,
    /// The region changed.
    Region,
    /// Another account, or none, is logged in.
    Account,
    /// The last registration is old, or dated in the future by a clock that was wrong.
    Refresh,
    /// The backend knows it all.
    Current,
}

impl SyncReason {
    /// Whether the registration has to be sent.
    #[must_use]
    pub fn register(self) -> bool {
        self != Self::Current
    }

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Token => "token",
            Self::Aaid => "aaid",
            Self::Key => "key",
            Self::Region => "region",
            Self::Account => "account",
            Self::Refresh => "refresh",
            Self::Current => "current",
        }
    }
}

/// Compares what the backend accepted last with what is true now. The caller stores `current` only after the backend said yes.
#[must_use]
pub fn plan(stored: &Registration, current: &Registration, now_ms: u64) -> SyncReason {
    let differs = [
        (stored.synced_at_ms == 0 || stored.token.is_empty(), SyncReason::Never),
        (stored.token != current.token, SyncReason::Token),
        (stored.aaid != current.aaid, SyncReason::Aaid),
        (stored.key_id != current.key_id, SyncReason::Key),
        (stored.region != current.region, SyncReason::Region),
        (stored.account != current.account, SyncReason::Account),
        (stale(stored.synced_at_ms, now_ms), SyncReason::Refresh),
    ];
    differs.into_iter().find_map(|(differs, reason)| differs.then_some(reason)).unwrap_or(SyncReason::Current)
}

fn stale(synced_at_ms: u64, now_ms: u64) -> bool {
    let from_the_future = synced_at_ms > now_ms.saturating_add(DAY_MS);
    from_the_future || now_ms.saturating_sub(synced_at_ms) >= REGISTRATION_REFRESH_DAYS * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000_000;

    fn registration() -> Registration {
        let text = |s: &str| s.to_owned();
        Registration {
            token: text("t"),
            aaid: text("a"),
            key_id: text("k"),
            region: text("cn"),
            account: text("u"),
            synced_at_ms: NOW,
        }
    }

    #[test]
    fn nothing_is_sent_while_nothing_changed() {
        assert_eq!(plan(&registration(), &registration(), NOW), SyncReason::Current);
        assert_eq!(
            plan(&registration(), &Registration { synced_at_ms: 0, ..registration() }, NOW),
            SyncReason::Current
        );
    }

    #[test]
    fn each_change_is_a_reason() {
        let other = "other".to_owned();
        for (current, reason) in [
            (Registration { token: other.clone(), ..registration() }, SyncReason::Token),
            (Registration { aaid: other.clone(), ..registration() }, SyncReason::Aaid),
            (Registration { key_id: other.clone(), ..registration() }, SyncReason::Key),
            (Registration { region: other.clone(), ..registration() }, SyncReason::Region),
            (Registration { account: other, ..registration() }, SyncReason::Account),
        ] {
            assert_eq!(plan(&registration(), &current, NOW), reason);
            assert!(reason.register());
        }
        assert_eq!(plan(&Registration::default(), &registration(), NOW), SyncReason::Never);
    }

    #[test]
    fn an_old_or_misdated_registration_is_sent_again() {
        for (later, reason) in [(7 * DAY_MS - 1, SyncReason::Current), (7 * DAY_MS, SyncReason::Refresh)] {
            assert_eq!(plan(&registration(), &registration(), NOW + later), reason);
        }
        assert_eq!(plan(&registration(), &registration(), NOW - DAY_MS), SyncReason::Current);
        assert_eq!(plan(&registration(), &registration(), NOW - DAY_MS - 1), SyncReason::Refresh);
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!("{:?}", Registration { token: "SECRET".into(), ..registration() });
        assert!(!shown.contains("SECRET"), "{shown}");
    }
}
