//! A database that does not answer.

use std::time::Duration;

/// A busy one takes a second to claim or to take results.
const LONGEST: Duration = Duration::from_secs(15);

/// Waits for an answer, but not for ever: a server that vanishes with its machine leaves connections that never answer.
pub(crate) async fn in_time<T>(
    asked: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(LONGEST, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let begin = tokio::time::Instant::now();
        assert!(in_time(std::future::pending::<Result<(), sqlx::Error>>()).await.is_err());
        assert_eq!(begin.elapsed().as_secs(), LONGEST.as_secs());
        assert!(matches!(in_time(async { Ok(5) }).await, Ok(5)));
    }
}
