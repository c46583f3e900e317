//! Attachments in the database: bytes in pieces, written with their message and read one by one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::{AnyConnection, Row};

use crate::database::Database;

/// Bytes in a piece. A slow reader holds about this much of the backend's memory.
const PIECE: usize = 32 * 1024;
/// Of an attachment from before the pieces, so many characters of base64url are a piece of so many bytes.
const OLD_PIECE: usize = 30 * 1024;
const OLD_CHARACTERS: usize = OLD_PIECE / 3 * 4;

const FIND: &str = "SELECT a.size, LENGTH(a.content) FROM attachments a WHERE a.id = $1 AND a.expires_at > $2 \
     AND ($3 = '' OR EXISTS (\
        SELECT 1 FROM deliveries y JOIN devices d ON d.id = y.device_id \
        WHERE y.message_id = a.message_id AND d.user_id = $3))";
const READ: &str = "SELECT bytes FROM attachment_pieces WHERE attachment_id = $1 AND position = $2";
const READ_OLD: &str =
    "SELECT SUBSTR(content, CAST($2 AS INTEGER), CAST($3 AS INTEGER)) FROM attachments WHERE id = $1";
const WRITE: &str = "INSERT INTO attachment_pieces (attachment_id, position, bytes) VALUES ($1, $2, $3)";

/// An attachment that has not expired.
#[derive(Clone, Debug)]
pub struct StoredAttachment {
    id: String,
    /// Bytes of the ciphertext.
    pub size: usize,
    is_old: bool,
}

/// Finds an attachment that has not expired. With a user, only of a message to one of their devices.
///
/// # Errors
/// When the database fails.
pub async fn attachment(
    database: &Database,
    id: &str,
    user: Option<&str>,
    now_ms: i64,
) -> Result<Option<StoredAttachment>, sqlx::Error> {
    let found: Option<(i64, i64)> = sqlx::query_as(FIND)
        .bind(id)
        .bind(now_ms)
        .bind(user.unwrap_or(""))
        .fetch_optional(&database.pool)
        .await?;
    let Some((size, characters)) = found else { return Ok(None) };
    let is_old = size == 0;
    let size = if is_old { characters.saturating_mul(3).div_euclid(4) } else { size };
    let size = usize::try_from(size).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Some(StoredAttachment { id: id.to_owned(), size, is_old }))
}

impl StoredAttachment {
    /// The bytes from `from` to the end of their piece; nothing at the end. No connection is held between two calls.
    ///
    /// # Errors
    /// When the database fails, or the attachment was deleted meanwhile ([`sqlx::Error::RowNotFound`]).
    pub async fn read(&self, database: &Database, from: usize) -> Result<Vec<u8>, sqlx::Error> {
        if from >= self.size {
            return Ok(Vec::new());
        }
        let length = if self.is_old { OLD_PIECE } else { PIECE };
        let (piece, skipped) = (from / length, from % length);
        let mut bytes = if self.is_old {
            self.old_piece(database, piece).await?
        } else {
            self.piece(database, piece).await?
        };
        if skipped >= bytes.len() {
            return Err(sqlx::Error::Decode("a piece is shorter than it was".into()));
        }
        Ok(bytes.split_off(skipped))
    }

    async fn piece(&self, database: &Database, piece: usize) -> Result<Vec<u8>, sqlx::Error> {
        let query = sqlx::query(READ).bind(&self.id).bind(number(piece)?);
        query.fetch_one(&database.pool).await?.try_get(0)
    }

    async fn old_piece(&self, database: &Database, piece: usize) -> Result<Vec<u8>, sqlx::Error> {
        // SQL counts characters from 1.
        let first = piece.saturating_mul(OLD_CHARACTERS).saturating_add(1);
        let query = sqlx::query(READ_OLD).bind(&self.id).bind(number(first)?).bind(number(OLD_CHARACTERS)?);
        let text: String = query.fetch_one(&database.pool).await?.try_get(0)?;
        URL_SAFE_NO_PAD.decode(text).map_err(|error| sqlx::Error::Decode(error.into()))
    }
}

/// Writes an attachment's row and its pieces.
///
/// # Errors
/// When the database fails.
pub(super) async fn insert(
    write: &mut AnyConnection,
    id: &str,
    message_id: &str,
    ciphertext: &[u8],
    expires_at: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO attachments (id, message_id, content, expires_at, size) VALUES ($1, $2, '', $3, $4)",
    )
    .bind(id)
    .bind(message_id)
    .bind(expires_at)
    .bind(number(ciphertext.len())?)
    .execute(&mut *write)
    .await?;
    for (position, bytes) in (0_i64..).zip(ciphertext.chunks(PIECE)) {
        sqlx::query(WRITE).bind(id).bind(position).bind(bytes).execute(&mut *write).await?;
    }
    Ok(())
}

/// The database counts in 64 bits with a sign.
fn number(size: usize) -> Result<i64, sqlx::Error> {
    i64::try_from(size).map_err(|error| sqlx::Error::Encode(error.into()))
}
