//! The push message that asks a device to prove that messages to its token arrive there.

use serde_json::json;

use super::compose::Composer;
use super::context::{Context, Sender};
use super::error::AcceptError;
use super::payloads::compose;
use super::receivers::Receivers;
use super::request::SendRequest;
use super::rows::{insert_deliveries, insert_message};
use crate::random;
use crate::registry::{self, CHALLENGE_MS};

/// The id of such a message begins so. The app answers it with its data, the nonce, and hands it to nobody.
pub const CHALLENGE_ID: &str = "pushseal:proof:";

/// Sends a challenge to a device whose token another device has too. False when it got enough of them of late, or has no
/// token any more.
///
/// # Errors
/// [`AcceptError`]; then nothing was stored.
pub async fn send_challenge(context: Context<'_>, device_id: &str, now_ms: i64) -> Result<bool, AcceptError> {
    let devices = registry::by_ids(context.database, context.vault, &[device_id.to_owned()], 1).await?;
    let nonce = random::id()?;
    let message_id = format!("{CHALLENGE_ID}{}", random::id()?);
    let Some(request) = request(&nonce) else { return Ok(false) };
    let composer = Composer { request: &request, message_id: &message_id };
    let receivers = Receivers { devices, unknown: Vec::new() };
    let (shared, deliveries) = compose(context, &composer, &receivers, None, now_ms)?;
    let mut write = context.database.write().await?;
    if !registry::note_challenge(&mut write.inner, device_id, &nonce, now_ms).await? {
        return Ok(false);
    }
    // An API key's name is never empty: no sender can ask for this message.
    let nobody = Sender { name: "", idempotency_key: None };
    insert_message(&mut write.inner, nobody, &composer, "", &shared, now_ms).await?;
    insert_deliveries(&mut write.inner, &message_id, &deliveries, now_ms).await?;
    write.commit().await?;
    Ok(true)
}

/// With `proxyData` it takes the place of no other message that waits for the app.
fn request(nonce: &str) -> Option<SendRequest> {
    let ttl = CHALLENGE_MS / 1000;
    let body = json!({"to": {}, "data": nonce, "proxyData": true, "ttl": ttl}).to_string();
    // From text: a raw value cannot be taken out of a tree.
    serde_json::from_str(&body).ok()
}
