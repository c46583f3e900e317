//! Storing receipts: the result with its delivery, and dead tokens out of use, in one transaction.

use push_kit::receipt::is_dead;
use serde::Deserialize;
use sqlx::AnyConnection;

use crate::database::Database;
use crate::registry::{retire_token_of, seen};
use crate::webhook::receipt;

/// A nonce is remembered for longer than its receipt is fresh, however much the clocks differ.
pub const NONCE_KEPT_MS: i64 = 15 * 60_000;

/// The device got the message, so it is in use.
const DELIVERED: i64 = 0;

/// The body of a receipt. Members that are not needed are not looked at.
#[derive(Debug, Deserialize)]
pub struct ReceiptBody {
    statuses: Vec<Report>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    token: String,
    #[serde(default)]
    request_id: String,
    delivery_status: DeliveryStatus,
}

impl Report {
    /// PostgreSQL has no text with NUL, so nothing that is stored can be meant.
    fn is_text(&self) -> bool {
        !self.token.contains('\0') && !self.request_id.contains('\0')
    }
}

#[derive(Debug, Deserialize)]
struct DeliveryStatus {
    result: i64,
    #[serde(default)]
    timestamp: i64,
}

/// What came of a receipt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Every result in it.
    pub results: Vec<i64>,
    /// Results for which a delivery was found.
    pub matched: u64,
    /// The results that ended a token.
    pub retired: Vec<i64>,
}

/// Stores a receipt; nothing when its nonce was used before. `signed_at` stands in for a result without a time.
///
/// # Errors
/// When the database fails; then nothing was stored, and the same receipt may come again.
pub async fn store(
    database: &Database,
    nonce: &str,
    body: &ReceiptBody,
    signed_at: i64,
    now_ms: i64,
) -> Result<Option<Stored>, sqlx::Error> {
    let mut write = database.write().await?;
    if !is_new(&mut write.inner, nonce, now_ms).await? {
        return Ok(None);
    }
    let mut stored = Stored::default();
    stored.results.extend(body.statuses.iter().map(|report| report.delivery_status.result));
    let mut reports: Vec<&Report> = body.statuses.iter().filter(|report| report.is_text()).collect();
    // Two receipts at the same time lock the same rows in the same order.
    reports.sort_unstable_by(|a, b| (&a.token, &a.request_id).cmp(&(&b.token, &b.request_id)));
    for report in reports {
        let result = report.delivery_status.result;
        let at =
            if report.delivery_status.timestamp > 0 { report.delivery_status.timestamp } else { signed_at };
        let device = holder(&mut write.inner, &report.token).await?;
        if is_dead(result) {
            let fault = format!("receipt_{result}");
            if retire_token_of(&mut write.inner, None, &report.token, &fault, at, now_ms).await? {
                stored.retired.push(result);
            }
        } else if result == DELIVERED {
            seen(&mut write.inner, &report.token, now_ms).await?;
        }
        let matched = note(&mut write.inner, report, &device, at).await?;
        if matched > 0 {
            receipt(database, &mut write.inner, &report.request_id, &device, result, at).await?;
        }
        stored.matched = stored.matched.saturating_add(matched);
    }
    write.commit().await?;
    Ok(Some(stored))
}

async fn is_new(write: &mut AnyConnection, nonce: &str, now_ms: i64) -> Result<bool, sqlx::Error> {
    let inserted =
        sqlx::query("INSERT INTO receipt_nonces (nonce, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(nonce)
            .bind(now_ms)
            .execute(&mut *write)
            .await?;
    Ok(inserted.rows_affected() > 0)
}

/// The device that has this token now, '' when none has.
async fn holder(write: &mut AnyConnection, token: &str) -> Result<String, sqlx::Error> {
    let device: Option<String> =
        sqlx::query_scalar("SELECT id FROM devices WHERE token = $1 AND token <> ''")
            .bind(token)
            .fetch_optional(&mut *write)
            .await?;
    Ok(device.unwrap_or_default())
}

/// Writes the newest result to its delivery. A request with one token is found without it: the device may have
/// another one by now.
async fn note(write: &mut AnyConnection, report: &Report, device: &str, at: i64) -> Result<u64, sqlx::Error> {
    if report.request_id.is_empty() {
        return Ok(0);
    }
    let updated = sqlx::query(
        "UPDATE deliveries SET receipt_result = $2, receipt_at = $3 \
         WHERE request_id = $1 AND request_id <> '' AND receipt_at <= $3 AND (device_id = $4 OR \
            (SELECT COUNT(*) FROM deliveries o WHERE o.request_id = $1 AND o.request_id <> '') = 1)",
    )
    .bind(&report.request_id)
    .bind(report.delivery_status.result)
    .bind(at)
    .bind(device)
    .execute(&mut *write)
    .await?;
    Ok(updated.rows_affected())
}
