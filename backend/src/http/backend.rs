//! What the handlers share.

use std::sync::Arc;

use push_kit::PushClient;

use super::database_watch::DatabaseWatch;
use super::limits::Limits;
use crate::access::{ApiKeys, Current, DeviceAccess};
use crate::database::Database;
use crate::messages::Context;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::region::Regions;
use crate::registry::MasterKeys;

/// What the handlers share.
#[derive(Debug)]
pub struct Backend {
    /// Devices and messages.
    pub database: Arc<Database>,
    /// Opens device keys.
    pub vault: Arc<MasterKeys>,
    /// Where messages go.
    pub regions: Regions,
    /// Who may send.
    pub api_keys: Arc<Current<ApiKeys>>,
    /// Who may register.
    pub device_access: DeviceAccess,
    /// Whether data that does not fit goes by claim check.
    pub attachments: bool,
    /// How much is taken from whom.
    pub limits: Limits,
    /// Revokes messages at Push Kit.
    pub push: PushClient,
    /// Woken for new messages.
    pub outbox: Outbox,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How the database does.
    pub database_watch: Arc<DatabaseWatch>,
}

impl Backend {
    /// `regions`: those that the sender may send to, none named for all.
    pub(super) fn context<'a>(&'a self, regions: &'a [String]) -> Context<'a> {
        Context {
            database: &self.database,
            vault: &self.vault,
            regions: &self.regions,
            attachments: self.attachments,
            allowed_regions: regions,
        }
    }
}
