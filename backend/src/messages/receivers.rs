//! The devices a message is for.

use std::collections::HashSet;

use super::check::MAX_DEVICES;
use super::context::Context;
use super::error::AcceptError;
use super::request::SendRequest;
use crate::registry::{self, Device};

/// Each device once, and the ids that are not registered.
pub(super) struct Receivers {
    pub(super) devices: Vec<Device>,
    pub(super) unknown: Vec<String>,
}

/// Looks them up.
pub(super) async fn receivers(context: Context<'_>, request: &SendRequest) -> Result<Receivers, AcceptError> {
    let (database, vault) = (context.database, context.vault);
    let devices = registry::by_ids(database, vault, &request.to.devices, MAX_DEVICES).await?;
    let known: HashSet<_> = devices.iter().map(|device| device.id.as_str()).collect();
    let unknown = request.to.devices.iter().filter(|id| !known.contains(id.as_str())).cloned().collect();
    let mut found = Receivers { unknown, devices };
    found.devices.extend(registry::by_users(database, vault, &request.to.users, MAX_DEVICES).await?);
    let mut seen = HashSet::new();
    found.devices.retain(|device| seen.insert(device.id.clone()));
    found.unknown.sort_unstable();
    found.unknown.dedup();
    match found.devices.len() {
        0 => Err(AcceptError::NoReceiver),
        _ if found.devices.iter().all(|device| !context.allows(&device.region)) => {
            Err(AcceptError::RegionNotAllowed)
        }
        1..=MAX_DEVICES => Ok(found),
        _ => Err(AcceptError::TooManyDevices),
    }
}
