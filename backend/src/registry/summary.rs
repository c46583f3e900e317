//! What can be told of a device without its secrets.

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::database::Database;

/// A device without its secrets.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSummary {
    /// The backend's id for it: messages are addressed to this.
    pub device_id: String,
    /// Its AAID.
    pub aaid: String,
    /// Whose it is, '' for nobody's.
    pub user: String,
    /// The app's bundle name.
    pub bundle: String,
    /// Where its data is processed.
    pub region: String,
    /// Whether messages can be sent to it.
    pub has_token: bool,
    /// Why it has no token, '' while it has one.
    pub token_fault: String,
    /// First registration, milliseconds since 1970.
    pub registered_at: i64,
    /// Last change, milliseconds since 1970.
    pub updated_at: i64,
    /// When it last registered or confirmed a message, milliseconds since 1970, exact to a day.
    pub seen_at: i64,
}

const SUMMARY: &str = "SELECT id, aaid, user_id, bundle, region, LENGTH(token), token_fault, registered_at, updated_at, seen_at \
     FROM devices";

/// The device with this id.
///
/// # Errors
/// When the database fails.
pub async fn summary(database: &Database, id: &str) -> Result<Option<DeviceSummary>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{SUMMARY} WHERE id = $1"));
    let row = sqlx::query(sql).bind(id).fetch_optional(&database.pool).await?;
    row.as_ref().map(to_summary).transpose()
}

/// The `limit` devices whose ids follow `after`, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn list(database: &Database, after: &str, limit: i64) -> Result<Vec<DeviceSummary>, sqlx::Error> {
    let sql = AssertSqlSafe(format!("{SUMMARY} WHERE id > $1 ORDER BY id LIMIT $2"));
    let rows = sqlx::query(sql).bind(after).bind(limit).fetch_all(&database.pool).await?;
    rows.iter().map(to_summary).collect()
}

fn to_summary(row: &AnyRow) -> Result<DeviceSummary, sqlx::Error> {
    Ok(DeviceSummary {
        device_id: row.try_get(0)?,
        aaid: row.try_get(1)?,
        user: row.try_get(2)?,
        bundle: row.try_get(3)?,
        region: row.try_get(4)?,
        has_token: row.try_get::<i64, _>(5)? > 0,
        token_fault: row.try_get(6)?,
        registered_at: row.try_get(7)?,
        updated_at: row.try_get(8)?,
        seen_at: row.try_get(9)?,
    })
}
