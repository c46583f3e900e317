//! Writing results, many in one transaction.

use std::time::Duration;

use tokio::sync::mpsc;

use super::retry::Next;
use crate::clock;
use crate::database::Database;

const BATCH: usize = 512;
/// The database may be away for a while; leases protect the rows meanwhile.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// The result of one attempt.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(super) message_id: String,
    pub(super) device_id: String,
    pub(super) push_type: i64,
    /// The number of the attempt that this is the result of.
    pub(super) attempt: i64,
    /// False when no request was made: the attempt does not count.
    pub(super) counts: bool,
    pub(super) next: Next,
    pub(super) code: String,
    /// Push Kit's id for the request, where receipts are configured.
    pub(super) request_id: String,
}

impl Finished {
    /// The state in the database.
    pub(crate) const fn state(&self) -> &'static str {
        match self.next {
            Next::Sent => "sent",
            Next::Failed => "failed",
            Next::Expired => "expired",
            Next::Again(_) => "queued",
        }
    }
}

/// Writes results until every sender is gone.
pub(super) async fn run(database: &Database, mut results: mpsc::Receiver<Finished>) {
    let mut batch = Vec::with_capacity(BATCH);
    while results.recv_many(&mut batch, BATCH).await > 0 {
        while let Err(error) = write(database, &batch).await {
            tracing::error!(%error, results = batch.len(), "results cannot be written; trying again");
            tokio::time::sleep(RETRY_AFTER).await;
        }
        batch.clear();
    }
}

async fn write(database: &Database, batch: &[Finished]) -> Result<(), sqlx::Error> {
    let now_ms = clock::now_ms();
    let mut write = database.write().await?;
    for result in batch {
        let wait_ms = if let Next::Again(wait_ms) = result.next { wait_ms } else { 0 };
        // A payload is not kept longer than it is needed.
        sqlx::query(
            "UPDATE deliveries SET state = $1, code = $2, due_at = $3, attempts = $4, updated_at = $5, \
             payload = CASE WHEN $1 = 'queued' THEN payload ELSE '' END, request_id = $10 \
             WHERE message_id = $6 AND device_id = $7 AND push_type = $8 AND attempts = $9 AND state = 'queued'",
        )
        .bind(result.state())
        .bind(&result.code)
        .bind(now_ms.saturating_add(wait_ms))
        .bind(if result.counts { result.attempt } else { result.attempt.saturating_sub(1) })
        .bind(now_ms)
        .bind(&result.message_id)
        .bind(&result.device_id)
        .bind(result.push_type)
        .bind(result.attempt)
        .bind(&result.request_id)
        .execute(&mut *write.inner)
        .await?;
    }
    write.commit().await
}
