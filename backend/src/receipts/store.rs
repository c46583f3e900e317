//! Storing receipts: the result with its delivery, and dead tokens out of use, in one transaction.

use push_kit::receipt::{Batch, Receipt, is_dead};
use sqlx::AnyConnection;

use crate::database::Database;
use crate::registry::{retire_token_of, seen};
use crate::webhook;

/// A nonce is remembered for longer than its receipt is fresh, however much the clocks differ.
pub const NONCE_KEPT_MS: i64 = 15 * 60_000;

/// The device got the message, so it is in use.
const DELIVERED: i64 = 0;

/// What a receipt changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Every result in it that was understood.
    pub results: Vec<i64>,
    /// Items that were not: they cost the others nothing.
    pub odd: usize,
    /// Results for which a delivery was found.
    pub matched: u64,
    /// The results that ended a token.
    pub retired: Vec<i64>,
}

/// Stores a receipt; nothing when its nonce was used before. `regions` are those whose secret signed it: another region
/// has other projects, so the receipt ends no token there. `signed_at` stands in for a result without a time.
///
/// # Errors
/// When the database fails; then nothing was stored, and the same receipt may come again.
pub async fn store(
    database: &Database,
    regions: &[&str],
    nonce: &str,
    batch: &Batch,
    signed_at: i64,
    now_ms: i64,
) -> Result<Option<Stored>, sqlx::Error> {
    let mut write = database.write().await?;
    if !is_new(&mut write.inner, nonce, now_ms).await? {
        return Ok(None);
    }
    let mut stored = Stored { odd: batch.odd, ..Stored::default() };
    stored.results.extend(batch.receipts.iter().map(|receipt| receipt.result));
    let mut receipts: Vec<&Receipt> = batch.receipts.iter().filter(|receipt| is_text(receipt)).collect();
    // Two receipts at the same time lock the same rows in the same order.
    receipts.sort_unstable_by(|a, b| (&a.token, &a.request_id).cmp(&(&b.token, &b.request_id)));
    for receipt in receipts {
        let at = receipt.at.unwrap_or(signed_at);
        let device = holder(&mut write.inner, &receipt.token).await?;
        if is_dead(receipt.result) {
            let fault = format!("receipt_{}", receipt.result);
            let mut retired = false;
            for region in regions {
                retired |=
                    retire_token_of(&mut write.inner, region, &receipt.token, &fault, at, now_ms).await?;
            }
            if retired {
                stored.retired.push(receipt.result);
            }
        } else if receipt.result == DELIVERED {
            seen(&mut write.inner, &receipt.token, now_ms).await?;
        }
        let matched = note(&mut write.inner, receipt, &device, at).await?;
        if matched > 0 {
            let result = receipt.result;
            webhook::receipt(database, &mut write.inner, &receipt.request_id, &device, result, at).await?;
        }
        stored.matched = stored.matched.saturating_add(matched);
    }
    write.commit().await?;
    Ok(Some(stored))
}

/// PostgreSQL has no text with NUL, so nothing that is stored can be meant.
fn is_text(receipt: &Receipt) -> bool {
    !receipt.token.contains('\0') && !receipt.request_id.contains('\0')
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
async fn note(
    write: &mut AnyConnection,
    receipt: &Receipt,
    device: &str,
    at: i64,
) -> Result<u64, sqlx::Error> {
    if receipt.request_id.is_empty() {
        return Ok(0);
    }
    let updated = sqlx::query(
        "UPDATE deliveries SET receipt_result = $2, receipt_at = $3 \
         WHERE request_id = $1 AND request_id <> '' AND receipt_at <= $3 AND (device_id = $4 OR \
            (SELECT COUNT(*) FROM deliveries o WHERE o.request_id = $1 AND o.request_id <> '') = 1)",
    )
    .bind(&receipt.request_id)
    .bind(receipt.result)
    .bind(at)
    .bind(device)
    .execute(&mut *write)
    .await?;
    Ok(updated.rows_affected())
}
