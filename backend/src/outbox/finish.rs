//! Writing results, many in one transaction.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use tokio::sync::mpsc;

use super::retry::Next;
use crate::clock;
use crate::database::{Database, in_time, pieces, values};
use crate::webhook::{Ended, messages_ended};

const BATCH: usize = 512;
/// The database may be away for a while; leases protect the rows meanwhile.
const RETRY_AFTER: Duration = Duration::from_millis(500);

const RESULT: &str = "message_id, device_id, push_type, attempt, state, code, due_at, attempts, request_id, updated_at, internal_faults";
/// A payload is not kept longer than it is needed.
const UPDATE: &str = "UPDATE deliveries SET state = r.state, code = r.code, due_at = r.due_at, \
     attempts = r.attempts, request_id = r.request_id, updated_at = r.updated_at, internal_faults = r.internal_faults, \
     payload = CASE WHEN r.state = 'queued' THEN deliveries.payload ELSE '' END FROM r \
     WHERE deliveries.message_id = r.message_id AND deliveries.device_id = r.device_id \
     AND deliveries.push_type = r.push_type AND deliveries.attempts = r.attempt AND deliveries.state = 'queued'";

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
    /// How often Push Kit failed inside for the delivery, this time included.
    pub(super) internal_faults: i64,
    /// Push Kit's id for the request, where receipts are configured.
    pub(super) request_id: String,
}

impl Finished {
    fn ended(&self) -> Ended<'_> {
        Ended {
            message_id: &self.message_id,
            device_id: &self.device_id,
            push_type: self.push_type,
            state: self.state(),
            code: &self.code,
        }
    }

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
        while let Err(error) = in_time(write(database, &batch)).await {
            tracing::error!(%error, results = batch.len(), "results cannot be written; trying again");
            tokio::time::sleep(RETRY_AFTER).await;
        }
        batch.clear();
    }
}

async fn write(database: &Database, batch: &[Finished]) -> Result<(), sqlx::Error> {
    let now_ms = clock::now_ms();
    let mut write = database.write().await?;
    for piece in pieces(batch) {
        let sql = format!("WITH r ({RESULT}) AS (VALUES {}) {UPDATE}", values(piece.len(), 11));
        let mut update = sqlx::query(AssertSqlSafe(sql));
        for result in piece {
            let wait_ms = if let Next::Again(wait_ms) = result.next { wait_ms } else { 0 };
            update = update
                .bind(&result.message_id)
                .bind(&result.device_id)
                .bind(result.push_type)
                .bind(result.attempt)
                .bind(result.state())
                .bind(&result.code)
                .bind(now_ms.saturating_add(wait_ms))
                .bind(if result.counts { result.attempt } else { result.attempt.saturating_sub(1) })
                .bind(&result.request_id)
                .bind(now_ms)
                .bind(result.internal_faults);
        }
        update.execute(&mut *write.inner).await?;
        let ended = piece.iter().filter(|result| !matches!(result.next, Next::Again(_)));
        let ended: Vec<Ended<'_>> = ended.map(Finished::ended).collect();
        messages_ended(database, &mut write.inner, &ended, now_ms).await?;
    }
    write.commit().await
}
