//! The payloads of a message: one for each device and push type, or one for all devices when it is not sealed.

use push_kit::{Api, TooLarge};

use super::attachment::Attachment;
use super::check::InvalidMessage;
use super::compose::Composer;
use super::context::Context;
use super::error::AcceptError;
use super::receivers::Receivers;
use super::request::{Kind, SendRequest};
use super::rows::Delivery;
use crate::clock;
use crate::registry::Device;
use crate::sealing::{self, Claims, Content, Reference, SealingError};

/// A shared payload, '' for none, and the rows.
pub(super) type Composed = (String, Vec<Delivery>);

/// Composes with the data in the message, or with a claim check where it does not fit.
pub(super) fn fit(
    context: Context<'_>,
    composer: &Composer<'_>,
    receivers: &Receivers,
    now_ms: i64,
) -> Result<(Option<Attachment>, Composed), AcceptError> {
    let inline = compose(context, composer, receivers, None, now_ms);
    match (inline, &composer.request.data) {
        (Err(AcceptError::TooLarge(_)), Some(data)) if context.attachments && composer.request.sealed => {
            let attachment = Attachment::seal(data.get())?;
            let composed = compose(context, composer, receivers, Some(&attachment.reference), now_ms)?;
            Ok((Some(attachment), composed))
        }
        (inline, _) => Ok((None, inline?)),
    }
}

/// The payload for every device, or one for all when it is not sealed.
pub(super) fn compose(
    context: Context<'_>,
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
        let region = context.regions.get(&device.region);
        let api = region.map_or(Api::V3, |region| region.api());
        check_api(api, request)?;
        let content = if plain {
            request.data.as_ref().map(|data| data.get().to_owned())
        } else {
            Some(seal(composer, device, reference, now_ms)?)
        };
        for &push_type in request.push_types() {
            let payload = composer.payload(api, push_type, &device.id, content.as_deref())?;
            let payload = payload.get().to_owned();
            let fault = match region {
                _ if !context.allows(&device.region) => "region_not_allowed",
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
        return if request.validate_only { Err(InvalidMessage::NoValidateOnly) } else { Ok(()) };
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
