//! Taking a message: after this returns it is durable and will be sent, or it was refused and nothing is kept.

use std::collections::HashSet;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use push_kit::{Api, TooLarge};
use sqlx::Row;

use super::attachment::Attachment;
use super::compose::Composer;
use super::request::{InvalidMessage, Kind, SendRequest};
use super::rows::{Delivery, insert_deliveries, insert_message};
use crate::clock;
use crate::database::Database;
use crate::random::{self, NoRandomness};
use crate::region::Regions;
use crate::registry::{self, Device, MasterKeys, RegistryError};
use crate::sealing::{self, Claims, Content, Reference, SealingError};

/// What accepting needs.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Where messages and devices are.
    pub database: &'a Database,
    /// Opens device keys.
    pub vault: &'a MasterKeys,
    /// The configured regions.
    pub regions: &'a Regions,
    /// Whether data that does not fit goes by claim check.
    pub attachments: bool,
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The API key's name.
    pub name: &'a str,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its id.
    pub message_id: String,
    /// True when this request had been taken before.
    pub repeated: bool,
}

/// Why a message is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The request contradicts itself.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// None of the receivers is registered.
    #[error("none of the receivers is registered")]
    NoReceiver,
    /// It does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The data is JSON that devices refuse.
    #[error("data is not what a device accepts: {0}")]
    Data(pushseal::Error),
    /// The id or idempotency key was used for another message.
    #[error("this id or Idempotency-Key was used for another message: choose a new one")]
    Conflict,
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// No random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// A shared payload, '' for none, and the rows.
pub(super) type Composed = (String, Vec<Delivery>);

/// Takes a message. `body` is the request as it was sent, for telling a repetition from another message.
///
/// # Errors
/// [`AcceptError`]; then nothing was stored.
pub async fn accept(
    desk: Desk<'_>,
    sender: Sender<'_>,
    request: &SendRequest,
    body: &[u8],
) -> Result<Accepted, AcceptError> {
    request.check()?;
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, body));
    if let Some(earlier) = earlier(desk.database, sender, request, &hash).await? {
        return Ok(earlier);
    }
    let message_id = request.id.clone().map_or_else(random::id, Ok)?;
    let now_ms = clock::now_ms();
    let receivers = receivers(desk, request).await?;
    let composer = Composer { request, message_id: &message_id };
    let (attachment, (shared, deliveries)) = fit(desk, &composer, &receivers, now_ms)?;
    let mut write = desk.database.write().await?;
    if insert_message(&mut write.inner, sender, &composer, &hash, &shared, now_ms).await? {
        if let Some(attachment) = &attachment {
            attachment.insert(&mut write.inner, &message_id, request, now_ms).await?;
        }
        insert_deliveries(&mut write.inner, &message_id, &deliveries, now_ms).await?;
        write.commit().await?;
        return Ok(Accepted { message_id, repeated: false });
    }
    write.rollback().await?;
    // Another request with the same id or key was faster.
    earlier(desk.database, sender, request, &hash).await?.ok_or(AcceptError::Conflict)
}

/// The message that an earlier request with this id or key made.
async fn earlier(
    database: &Database,
    sender: Sender<'_>,
    request: &SendRequest,
    hash: &str,
) -> Result<Option<Accepted>, AcceptError> {
    if sender.idempotency_key.is_none() && request.id.is_none() {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT id, sender, request_hash FROM messages WHERE (sender = $1 AND idempotency_key = $2) OR id = $3",
    )
    .bind(sender.name)
    .bind(sender.idempotency_key.map(str::to_owned))
    .bind(request.id.clone())
    .fetch_optional(&database.pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let by: String = row.try_get(1)?;
    let known: String = row.try_get(2)?;
    if by != sender.name || known != hash {
        return Err(AcceptError::Conflict);
    }
    Ok(Some(Accepted { message_id: row.try_get(0)?, repeated: true }))
}

/// The devices a message is for, each once, and the ids that are not registered.
pub(super) struct Receivers {
    devices: Vec<Device>,
    unknown: Vec<String>,
}

pub(super) async fn receivers(desk: Desk<'_>, request: &SendRequest) -> Result<Receivers, AcceptError> {
    let devices = registry::by_ids(desk.database, desk.vault, &request.to.devices).await?;
    let known: HashSet<_> = devices.iter().map(|device| device.id.as_str()).collect();
    let unknown = request.to.devices.iter().filter(|id| !known.contains(id.as_str())).cloned().collect();
    let mut found = Receivers { unknown, devices };
    for user in &request.to.users {
        found.devices.extend(registry::by_user(desk.database, desk.vault, user).await?);
    }
    let mut seen = HashSet::new();
    found.devices.retain(|device| seen.insert(device.id.clone()));
    found.unknown.sort_unstable();
    found.unknown.dedup();
    if found.devices.is_empty() { Err(AcceptError::NoReceiver) } else { Ok(found) }
}

/// Composes with the data in the message, or with a claim check where it does not fit.
pub(super) fn fit(
    desk: Desk<'_>,
    composer: &Composer<'_>,
    receivers: &Receivers,
    now_ms: i64,
) -> Result<(Option<Attachment>, Composed), AcceptError> {
    let inline = compose(desk, composer, receivers, None, now_ms);
    match (inline, &composer.request.data) {
        (Err(AcceptError::TooLarge(_)), Some(data)) if desk.attachments && composer.request.sealed => {
            let attachment = Attachment::seal(data.get())?;
            let composed = compose(desk, composer, receivers, Some(&attachment.reference), now_ms)?;
            Ok((Some(attachment), composed))
        }
        (inline, _) => Ok((None, inline?)),
    }
}

/// The payload for every device, or one for all when it is not sealed.
fn compose(
    desk: Desk<'_>,
    composer: &Composer<'_>,
    receivers: &Receivers,
    reference: Option<&Reference>,
    now_ms: i64,
) -> Result<Composed, AcceptError> {
    let request = composer.request;
    let plain = !request.sealed || request.data.is_none();
    let mut shared = String::new();
    let mut deliveries = Vec::new();
    for device in &receivers.devices {
        let region = desk.regions.get(&device.region);
        let api = region.map_or(Api::V3, |region| region.api());
        check_api(api, request)?;
        let content = if plain {
            request.data.as_ref().map(|data| data.get().to_owned())
        } else {
            Some(seal(composer, device, reference, now_ms)?)
        };
        for &push_type in request.push_types() {
            let payload = composer.payload(api, push_type, content.as_deref())?.get().to_owned();
            let fault = match region {
                None => "region_not_configured",
                Some(_) if !device.has_token => "token_dead",
                Some(_) => "",
            };
            // Regions may differ in their API; then each keeps its own copy.
            let is_shared = plain && (shared.is_empty() || shared == payload);
            if is_shared {
                shared.clone_from(&payload);
            }
            let payload = if is_shared || !fault.is_empty() { String::new() } else { payload };
            let (device, region) = (device.id.clone(), device.region.clone());
            deliveries.push(Delivery { device, push_type, region, payload, fault });
        }
    }
    for id in &receivers.unknown {
        for &push_type in request.push_types() {
            let (device, region) = (id.clone(), String::new());
            deliveries.push(Delivery {
                device,
                push_type,
                region,
                payload: String::new(),
                fault: "device_unknown",
            });
        }
    }
    Ok((shared, deliveries))
}

fn check_api(api: Api, request: &SendRequest) -> Result<(), InvalidMessage> {
    if api == Api::V3 {
        return Ok(());
    }
    match request.kind {
        Kind::Background => Ok(()),
        Kind::Alert if request.data.is_none() || request.allow_notification_with_data => Ok(()),
        Kind::Alert => Err(InvalidMessage::MixedV1),
        _ => Err(InvalidMessage::NotOnV1),
    }
}

fn seal(
    composer: &Composer<'_>,
    device: &Device,
    reference: Option<&Reference>,
    now_ms: i64,
) -> Result<String, AcceptError> {
    let data = composer.request.data.as_ref().map_or("null", |data| data.get());
    let issued_at = clock::seconds(now_ms);
    let expires_at = composer.request.ttl.map(|ttl| issued_at.saturating_add(u64::from(ttl)));
    let content = reference.map_or(Content::from(data), |reference| reference.clone().into());
    let claims = Claims::new(issued_at, content)
        .expires_at(expires_at)
        .id(composer.message_id)
        .audience(&*device.bundle);
    sealing::seal(&device.key, &claims).map_err(|error| match error {
        SealingError::Refused(pushseal::Error::TooLarge(_)) => {
            AcceptError::TooLarge(TooLarge { size: sealing::sealed_length(&device.key, data.len()) })
        }
        SealingError::Refused(error) => AcceptError::Data(error),
        SealingError::NoRandomness(error) => AcceptError::NoRandomness(error),
    })
}
