//! What became of a message, device by device.

use push_kit::receipt::meaning;
use serde::Serialize;
use sqlx::Row;

use crate::database::Database;

/// `GET /v1/messages/{id}`.
#[derive(Clone, Debug, Serialize)]
pub struct MessageStatus {
    /// The message's id.
    pub id: String,
    /// One entry a device and push type.
    pub devices: Vec<DeliveryStatus>,
}

/// One device's part.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryStatus {
    /// The device's id.
    pub device_id: String,
    /// Push Kit's push-type.
    pub push_type: i64,
    /// `queued`, `sent`, `failed` or `expired`.
    pub state: String,
    /// Of the last attempt: Push Kit's code or reason, or ours.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// Requests made for it.
    pub attempts: i64,
    /// What Push Kit reported from the device, once it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// The newest receipt of a delivery.
#[derive(Clone, Debug, Serialize)]
pub struct Receipt {
    /// Push Kit's number.
    pub result: i64,
    /// The number in a word.
    pub meaning: &'static str,
    /// Milliseconds since 1970, as the receipt says.
    pub at: i64,
}

/// The status of a sender's message, or nothing when that sender has none with this id.
///
/// # Errors
/// When the database fails.
pub async fn status(
    database: &Database,
    sender: &str,
    id: &str,
) -> Result<Option<MessageStatus>, sqlx::Error> {
    let known: Option<String> = sqlx::query_scalar("SELECT id FROM messages WHERE id = $1 AND sender = $2")
        .bind(id)
        .bind(sender)
        .fetch_optional(&database.pool)
        .await?;
    let Some(id) = known else { return Ok(None) };
    let rows = sqlx::query(
        "SELECT device_id, push_type, state, code, attempts, receipt_result, receipt_at FROM deliveries WHERE message_id = $1 \
         ORDER BY device_id, push_type",
    )
    .bind(&id)
    .fetch_all(&database.pool)
    .await?;
    let devices = rows
        .iter()
        .map(|row| {
            Ok(DeliveryStatus {
                device_id: row.try_get(0)?,
                push_type: row.try_get(1)?,
                state: row.try_get(2)?,
                code: row.try_get(3)?,
                attempts: row.try_get(4)?,
                receipt: receipt(row.try_get(5)?, row.try_get(6)?),
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(Some(MessageStatus { id, devices }))
}

fn receipt(result: Option<i64>, at: i64) -> Option<Receipt> {
    result.map(|result| Receipt { result, meaning: meaning(result), at })
}
