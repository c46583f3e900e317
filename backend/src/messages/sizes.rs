//! How large a message would be for each of its devices, without taking it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::compose::Composer;
use super::context::Context;
use super::error::AcceptError;
use super::payloads::fit;
use super::receivers::receivers;
use super::request::SendRequest;
use crate::clock;
use crate::random;
use push_kit::{Api, SIZE_LIMIT, TooLarge, measure};

/// `POST /v1/sizes`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sizes {
    /// Bytes that a body may have without its tokens.
    pub limit: usize,
    /// One entry a device and push type.
    pub devices: Vec<DeviceSize>,
}

/// One device's body.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSize {
    /// The device's id.
    pub device_id: String,
    /// Push Kit's push-type.
    pub push_type: i64,
    /// Bytes of the body without its token; 0 when none would be sent.
    pub size: usize,
    /// How the data would travel.
    pub transport: Transport,
    /// Why nothing would be sent, as in the message's states.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub code: String,
}

/// How data travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// In the push message.
    Inline,
    /// As an attachment that the device fetches.
    ClaimCheck,
    /// Not at all: see the code.
    None,
}

/// Composes the message as [`super::accept()`] does, measures it and keeps nothing.
///
/// # Errors
/// [`AcceptError`] when the message would be refused.
pub async fn sizes(context: Context<'_>, request: &SendRequest) -> Result<Sizes, AcceptError> {
    request.check()?;
    // A message without an id gets one of this length.
    let message_id = request.id.clone().map_or_else(random::id, Ok)?;
    let receivers = receivers(context, request).await?;
    let composer = Composer { request, message_id: &message_id };
    let (attachment, (shared, deliveries)) = fit(context, &composer, &receivers, clock::now_ms())?;
    let transport = if attachment.is_some() { Transport::ClaimCheck } else { Transport::Inline };
    let devices = deliveries.into_iter().map(|delivery| {
        let mut entry = DeviceSize {
            device_id: delivery.device,
            push_type: delivery.push_type.number(),
            size: 0,
            transport: Transport::None,
            code: delivery.fault.to_owned(),
        };
        if delivery.fault.is_empty() {
            let api = context.regions.get(&delivery.region).map_or(Api::V3, |region| region.api());
            let payload = if delivery.payload.is_empty() { shared.clone() } else { delivery.payload };
            let payload = RawValue::from_string(payload).map_err(|_| TooLarge { size: usize::MAX })?;
            entry.size = measure(api, &payload, &request.options().of_type(delivery.push_type))?;
            entry.transport = transport;
        }
        Ok::<_, AcceptError>(entry)
    });
    Ok(Sizes { limit: SIZE_LIMIT, devices: devices.collect::<Result<_, _>>()? })
}
