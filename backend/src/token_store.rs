//! Redis: several processes share one access token, and ask for it one at a time.
//!
//! What is stored is encrypted under the master key, so Redis holds no credential. A lock with an end of its own says who
//! asks; if that process dies, another one takes over when the lock ends.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use push_kit::{AskLock, BoxFuture, SharedToken, SharedTokens, StoreFailed, Turn};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo, RedisError};
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use crate::random;
use crate::registry::MasterKeys;

/// Redis answers in milliseconds, or it is of no use.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Longer than one request for a token takes with its timeout.
const LOCK_MS: u64 = 20_000;
/// Longer than a lock.
const LONGEST_WAIT: Duration = Duration::from_secs(22);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Deletes the lock if it is still ours.
const UNLOCK: &str =
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end";

/// Where tokens are shared.
pub struct TokenStore {
    client: Client,
    vault: Arc<MasterKeys>,
}

impl std::fmt::Debug for TokenStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenStore").finish_non_exhaustive()
    }
}

/// The right to ask.
struct Lock {
    vault: Arc<MasterKeys>,
    connection: MultiplexedConnection,
    name: String,
    value: String,
}

/// Why the store is of no use. No text of it holds an address, a password or a token.
#[derive(Debug, thiserror::Error)]
enum StoreError {
    #[error("Redis fails: {0:?}")]
    Redis(redis::ErrorKind),
    #[error("Redis does not answer in time")]
    Timeout,
    #[error("another process holds the lock and brings no token")]
    NoTurn,
    #[error("no random bytes, or no encryption")]
    Crypto,
}

/// Why an address of Redis is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisAddressError {
    /// Not in its form.
    #[error("redis_url must be redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT")]
    Form,
    /// A password would go over the network readable.
    #[error("a password for Redis on another machine needs rediss://, with the certificate checked")]
    Unprotected,
}

impl std::fmt::Debug for Lock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lock").finish_non_exhaustive()
    }
}

impl From<StoreError> for StoreFailed {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() { Self::Timeout } else { Self::Redis(error.kind()) }
    }
}

impl TokenStore {
    /// Reads the address; nothing is connected yet.
    ///
    /// # Errors
    /// [`RedisAddressError`].
    pub fn new(url: &str, vault: Arc<MasterKeys>) -> Result<Self, RedisAddressError> {
        let info = url.into_connection_info().map_err(|_| RedisAddressError::Form)?;
        let is_protected = match info.addr() {
            ConnectionAddr::Tcp(host, _) => {
                is_this_machine(host) || info.redis_settings().password().is_none()
            }
            ConnectionAddr::TcpTls { insecure, .. } => !insecure,
            _ => true,
        };
        if !is_protected {
            return Err(RedisAddressError::Unprotected);
        }
        Ok(Self { client: Client::open(info).map_err(|_| RedisAddressError::Form)?, vault })
    }

    async fn wait_for_turn(&self, name: &str, now_s: u64, refused: Option<&str>) -> Result<Turn, StoreError> {
        let mut connection = self.connect().await?;
        let is_good =
            |shared: &SharedToken| now_s < shared.stale_at && refused != Some(shared.token.as_str());
        let until = Instant::now() + LONGEST_WAIT;
        while Instant::now() < until {
            if let Some(shared) = self.read(&mut connection, name).await?.filter(is_good) {
                return Ok(Turn::Take(shared));
            }
            let value = random::id().map_err(|_| StoreError::Crypto)?;
            let mut lock = redis::cmd("SET");
            lock.arg(lock_of(name)).arg(&value).arg("NX").arg("PX").arg(LOCK_MS);
            if lock.query_async::<Option<String>>(&mut connection).await?.is_some() {
                let vault = Arc::clone(&self.vault);
                let mut lock = Lock { vault, connection, name: name.to_owned(), value };
                // Whoever had the lock may have shared its token since it was looked for.
                return match self.read(&mut lock.connection, name).await.map(|found| found.filter(is_good)) {
                    Ok(None) => Ok(Turn::Ask(Box::new(lock))),
                    Ok(Some(shared)) => {
                        lock.unlock().await;
                        Ok(Turn::Take(shared))
                    }
                    Err(error) => {
                        lock.unlock().await;
                        Err(error)
                    }
                };
            }
            sleep(LOOK_AGAIN).await;
        }
        Err(StoreError::NoTurn)
    }

    /// What is stored, if it is ours and whole.
    async fn read(
        &self,
        connection: &mut MultiplexedConnection,
        name: &str,
    ) -> Result<Option<SharedToken>, StoreError> {
        let sealed: Option<String> = redis::cmd("GET").arg(value_of(name)).query_async(connection).await?;
        let opened = sealed.and_then(|sealed| self.vault.open(&value_of(name), &sealed).ok());
        Ok(opened.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    async fn connect(&self) -> Result<MultiplexedConnection, StoreError> {
        let times = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT));
        Ok(self.client.get_multiplexed_async_connection_with_config(&times).await?)
    }
}

impl SharedTokens for TokenStore {
    fn turn<'a>(
        &'a self,
        name: &'a str,
        now_s: u64,
        refused: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Turn, StoreFailed>> {
        Box::pin(async move { Ok(self.wait_for_turn(name, now_s, refused).await?) })
    }
}

impl AskLock for Lock {
    fn share<'a>(
        &'a mut self,
        token: &'a SharedToken,
        life_s: u64,
    ) -> BoxFuture<'a, Result<(), StoreFailed>> {
        Box::pin(async move { Ok(self.set(token, life_s).await?) })
    }

    fn release(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.unlock())
    }
}

impl Lock {
    async fn set(&mut self, token: &SharedToken, life_s: u64) -> Result<(), StoreError> {
        let text = serde_json::to_vec(token).map(Zeroizing::new).map_err(|_| StoreError::Crypto)?;
        let sealed = self.vault.seal(&value_of(&self.name), &text).map_err(|_| StoreError::Crypto)?;
        let mut set = redis::cmd("SET");
        set.arg(value_of(&self.name)).arg(sealed).arg("EX").arg(life_s.max(1));
        Ok(set.query_async(&mut self.connection).await?)
    }

    /// If Redis fails now, the lock ends by itself.
    async fn unlock(mut self) {
        let mut unlock = redis::cmd("EVAL");
        unlock.arg(UNLOCK).arg(1).arg(lock_of(&self.name)).arg(&self.value);
        let _ = unlock.query_async::<i64>(&mut self.connection).await;
    }
}

fn value_of(name: &str) -> String {
    format!("pushseal:oauth:{name}")
}

fn lock_of(name: &str) -> String {
    format!("pushseal:oauth-lock:{name}")
}

/// A host that needs no TLS: `localhost` or a loopback address.
pub(crate) fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    #[test]
    fn a_password_does_not_go_over_the_network_readable() {
        let vault = Arc::new(MasterKeys::parse(&URL_SAFE_NO_PAD.encode([1; 32])).unwrap());
        let error = |url: &str| TokenStore::new(url, Arc::clone(&vault)).err();
        for good in [
            "redis://127.0.0.1:1",
            "redis://:p@localhost",
            "redis://:p@[::1]:1",
            "redis://cache:6379",
            "rediss://u:p@cache",
        ] {
            assert_eq!(error(good), None, "{good}");
        }
        for (url, expected) in [
            ("redis://:p@cache:6379", RedisAddressError::Unprotected),
            ("rediss://:p@cache:6379/#insecure", RedisAddressError::Unprotected),
            ("http://cache", RedisAddressError::Form),
            ("", RedisAddressError::Form),
        ] {
            assert_eq!(error(url), Some(expected), "{url}");
        }
    }
}
