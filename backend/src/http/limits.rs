//! How many requests are taken from whom: a sender by API key, a device by its user, everyone else by address.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::error::ApiError;
use super::open_answers::{OpenAnswer, OpenAnswers};
use crate::config::LimitsConfig;

/// Who is quiet again is forgotten when so many are known; if that is not enough, everyone waits.
const MOST_KNOWN: usize = 100_000;
/// Looking through all of them takes milliseconds.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
const ADDRESS_BURST: u32 = 10;

/// The address that a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// The limits of one process.
#[derive(Debug)]
pub struct Limits {
    by_key: Option<Limiter<String>>,
    by_user: Option<Limiter<String>>,
    by_address: Option<Limiter<IpAddr>>,
    address_header: Option<HeaderName>,
    attachments: OpenAnswers,
    /// For a body to come.
    pub(super) body_time: Duration,
}

#[derive(Debug)]
struct Limiter<K: Hash + Eq + Clone> {
    rates: DefaultKeyedRateLimiter<K>,
    most_known: usize,
    swept_at: Mutex<Instant>,
}

impl Limits {
    /// Nothing when the configuration names a header that is none.
    pub fn new(config: &LimitsConfig) -> Option<Self> {
        let address_header = match &config.client_address_header {
            Some(name) => Some(name.parse().ok()?),
            None => None,
        };
        let burst = config.address_per_second.saturating_mul(ADDRESS_BURST);
        Some(Self {
            by_key: quota(config.key_per_second, Duration::from_secs(1), config.key_per_second),
            by_user: quota(config.user_per_minute, Duration::from_secs(60), config.user_per_minute),
            by_address: quota(config.address_per_second, Duration::from_secs(1), burst),
            address_header,
            attachments: OpenAnswers::new(config.attachments_per_user),
            body_time: Duration::from_secs(u64::from(config.body_seconds.max(1))),
        })
    }

    /// One request of a signed-in user.
    pub(super) fn user(&self, user: &str) -> Result<(), ApiError> {
        self.by_user.as_ref().map_or(Ok(()), |limiter| limiter.check(&user.to_owned()))
    }

    /// One attachment on its way to a user, until the guard is dropped. Nobody is counted where nobody signs in.
    pub(super) fn attachment(&self, user: Option<&str>) -> Result<Option<OpenAnswer>, ApiError> {
        user.map(|user| self.attachments.begin(user).ok_or(ApiError::TooMany(1))).transpose()
    }

    pub(super) fn key(&self, name: &str) -> Result<(), ApiError> {
        self.by_key.as_ref().map_or(Ok(()), |limiter| limiter.check(&name.to_owned()))
    }

    pub(super) fn address(&self, request: &Request) -> Result<(), ApiError> {
        let Some(limiter) = &self.by_address else { return Ok(()) };
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let named = self.address_header.as_ref().and_then(|name| last_address(request.headers(), name));
        limiter.check(&network(named.or(peer).unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED))))
    }
}

fn quota<K: Hash + Eq + Clone>(amount: u32, period: Duration, burst: u32) -> Option<Limiter<K>> {
    let (amount, burst) = (NonZeroU32::new(amount)?, NonZeroU32::new(burst)?);
    let quota = Quota::with_period(period / amount.get())?.allow_burst(burst);
    Some(Limiter::new(quota, MOST_KNOWN))
}

impl<K: Hash + Eq + Clone> Limiter<K> {
    fn new(quota: Quota, most_known: usize) -> Self {
        Self { rates: RateLimiter::hashmap(quota), most_known, swept_at: Mutex::new(Instant::now()) }
    }

    fn check(&self, who: &K) -> Result<(), ApiError> {
        if self.rates.len() >= self.most_known {
            self.sweep();
            if self.rates.len() >= self.most_known {
                return Err(ApiError::TooMany(1));
            }
        }
        self.rates.check_key(who).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            ApiError::TooMany(wait.as_secs().saturating_add(1))
        })
    }

    fn sweep(&self) {
        let mut swept_at = self.swept_at.lock().unwrap_or_else(PoisonError::into_inner);
        if swept_at.elapsed() >= SWEEP_EVERY {
            self.rates.retain_recent();
            *swept_at = Instant::now();
        }
    }
}

/// A proxy adds the address that it sees at the end; what stands before it is the client's own claim.
fn last_address(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

/// One household has a whole IPv6 network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(amount: u32, burst: u32) -> Limiter<u32> {
        quota(amount, Duration::from_secs(1), burst).unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_what_is_over_it_is_told_how_long_to_wait() {
        let limiter = limiter(1, 3);
        assert!((0..3).all(|_| limiter.check(&1).is_ok()));
        assert!(matches!(limiter.check(&1), Err(ApiError::TooMany(1))));
        assert!(limiter.check(&2).is_ok());
        assert!(quota::<u32>(0, Duration::from_secs(1), 5).is_none());
    }

    #[test]
    fn who_is_remembered_is_bounded() {
        let slow = Limiter::<u32>::new(Quota::with_period(Duration::from_secs(3600)).unwrap(), 1000);
        assert_eq!((0..1500).filter(|who| slow.check(who).is_ok()).count(), 1000);
        let quick = Limiter::<u32>::new(Quota::with_period(Duration::from_micros(1)).unwrap(), 1000);
        assert_eq!((0..1500).filter(|who| quick.check(who).is_ok()).count(), 1000);
        std::thread::sleep(SWEEP_EVERY);
        assert_eq!((0..1000).filter(|who| quick.check(who).is_ok()).count(), 1000);
    }

    #[test]
    fn only_the_proxys_own_word_counts() {
        let name: HeaderName = "x-forwarded-for".parse().unwrap();
        let mut headers = HeaderMap::new();
        assert_eq!(last_address(&headers, &name), None);
        headers.append(&name, "9.9.9.9".parse().unwrap());
        headers.append(&name, "8.8.8.8, 10.0.0.7".parse().unwrap());
        assert_eq!(last_address(&headers, &name), Some("10.0.0.7".parse().unwrap()));
    }

    #[test]
    fn addresses_of_one_network_are_one() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:10.0.0.7"), of("10.0.0.7"));
    }
}
