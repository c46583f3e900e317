//! Claiming due deliveries.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::set_aside::{Unreadable, is_of_a_row, unreadable_row, unreadable_text};
use crate::database::{Database, Engine};
use push_kit::{PushOptions, PushType};

/// How long a claimed row is left alone: longer than one call with its timeouts and the writing of its result.
const LEASE_MS: i64 = 60_000;
/// A request begins only while this much of the lease is left.
const CALL_MS: i64 = 25_000;

/// A delivery that this process is about to send.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) message_id: String,
    pub(super) device_id: String,
    pub(super) push_type: PushType,
    /// The attempt's number, from 1. It tells this lease from a later one.
    pub(super) attempt: i64,
    /// The code of the attempt before, '' at the first.
    pub(super) last_code: String,
    /// How often Push Kit failed inside for it.
    pub(super) internal_faults: i64,
    pub(super) payload: Payload,
    pub(super) options: PushOptions,
    pub(super) expires_at: i64,
    lease_until: i64,
    /// `None` when the device is gone, empty when its token is dead.
    pub(super) token: Option<String>,
    /// Where the device's data is processed now.
    pub(super) region: Option<String>,
}

/// JSON text of the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    /// For this device alone.
    Own(String),
    /// The same for each device of the message.
    Shared(String),
}

impl Claimed {
    /// False when another process may take the delivery over before a request would end.
    pub(super) fn is_ours_for_a_call(&self, now_ms: i64) -> bool {
        now_ms.saturating_add(CALL_MS) < self.lease_until
    }
}

impl Payload {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Own(text) | Self::Shared(text) => text,
        }
    }
}

/// The deliveries of one claim.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) deliveries: Vec<Claimed>,
    /// Rows that could not be read. They are final now, and hold back no other.
    pub(super) set_aside: Vec<Unreadable>,
}

macro_rules! claim_statement {
    ($of:literal, $skip_locked:literal) => {
        concat!(
            "UPDATE deliveries SET attempts = attempts + 1, due_at = $1, updated_at = $2 \
             WHERE (message_id, device_id, push_type) IN (\
                SELECT message_id, device_id, push_type FROM deliveries \
                WHERE state = 'queued' AND due_at <= $2 AND ",
            $of,
            " ORDER BY due_at LIMIT $4",
            $skip_locked,
            ") RETURNING message_id, device_id, push_type, attempts, code, payload, \
                (SELECT m.options FROM messages m WHERE m.id = message_id), \
                (SELECT m.shared_payload FROM messages m WHERE m.id = message_id), \
                (SELECT m.expires_at FROM messages m WHERE m.id = message_id), \
                (SELECT d.token FROM devices d WHERE d.id = device_id), \
                (SELECT d.region FROM devices d WHERE d.id = device_id), internal_faults"
        )
    };
}

/// Claims up to `limit` due deliveries of a region; with a message id, of that message alone. A row that cannot be read
/// is set aside in the same transaction.
///
/// # Errors
/// When the database fails; then nothing is claimed.
pub(super) async fn claim(
    database: &Database,
    region: &str,
    message_id: &str,
    limit: i64,
    now_ms: i64,
) -> Result<Batch, sqlx::Error> {
    let lease_until = now_ms.saturating_add(LEASE_MS);
    let mut write = database.write().await?;
    let claim = sqlx::query(statement(database.engine, message_id))
        .bind(lease_until)
        .bind(now_ms)
        .bind(region)
        .bind(limit)
        .bind(message_id)
        .fetch_all(&mut *write.inner)
        .await;
    let rows = match claim {
        Ok(rows) => rows,
        Err(error) if is_of_a_row(&error) && database.engine == Engine::Sqlite => {
            write.rollback().await?;
            let set_aside = unreadable_text(database, region, message_id, limit, now_ms).await?;
            return Ok(Batch { deliveries: Vec::new(), set_aside });
        }
        Err(error) => return Err(error),
    };
    let mut batch = Batch::default();
    for row in &rows {
        match claimed(row, lease_until) {
            Ok(delivery) => batch.deliveries.push(delivery),
            Err(error) => {
                batch.set_aside.push(unreadable_row(database, &mut write.inner, row, &error, now_ms).await?)
            }
        }
    }
    write.commit().await?;
    Ok(batch)
}

/// One message's deliveries are found by its id: the queue before them may be long, so the index of the queue is kept out of it.
const fn statement(engine: Engine, message_id: &str) -> &'static str {
    match (engine, message_id.is_empty()) {
        (Engine::Sqlite, true) => claim_statement!("region = $3 AND $5 = ''", ""),
        (Engine::Sqlite, false) => claim_statement!("region || '' = $3 AND message_id = $5", ""),
        // Other processes claim at the same time: each takes rows that no other is taking.
        (Engine::Postgres, true) => claim_statement!("region = $3 AND $5 = ''", " FOR UPDATE SKIP LOCKED"),
        (Engine::Postgres, false) => {
            claim_statement!("region || '' = $3 AND message_id = $5", " FOR UPDATE SKIP LOCKED")
        }
    }
}

fn claimed(row: &AnyRow, lease_until: i64) -> Result<Claimed, sqlx::Error> {
    let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    let number: i64 = row.try_get(2)?;
    let own: String = row.try_get(5)?;
    let options: String = row.try_get(6)?;
    let payload = if own.is_empty() { Payload::Shared(row.try_get(7)?) } else { Payload::Own(own) };
    Ok(Claimed {
        message_id: row.try_get(0)?,
        device_id: row.try_get(1)?,
        push_type: PushType::from_number(number).ok_or_else(|| decode("no such push type".into()))?,
        attempt: row.try_get(3)?,
        last_code: row.try_get(4)?,
        payload,
        options: serde_json::from_str(&options).map_err(|error| decode(error.into()))?,
        expires_at: row.try_get(8)?,
        lease_until,
        token: row.try_get(9)?,
        region: row.try_get(10)?,
        internal_faults: row.try_get(11)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn due_deliveries_are_found_by_region_and_those_of_a_message_by_its_id() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = Database::open(&path).await.unwrap();
        for (message_id, index) in [
            ("", "deliveries_due (region=? AND due_at<?)"),
            ("m", "sqlite_autoindex_deliveries_1 (message_id=?)"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {}", statement(Engine::Sqlite, message_id));
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(1_i64).bind(1_i64).bind("cn").bind(1_i64);
            let rows = query.bind(message_id).fetch_all(&database.pool).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get(3).unwrap()).collect();
            assert!(
                plan.iter().any(|step| step == &format!("SEARCH deliveries USING INDEX {index}")),
                "{plan:?}"
            );
        }
    }
}
