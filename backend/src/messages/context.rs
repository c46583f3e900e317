//! What the functions for messages need: parts of the backend, and who sends.

use crate::database::Database;
use crate::region::Regions;
use crate::registry::MasterKeys;

/// The parts of the backend that accepting a message uses.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Where messages and devices are.
    pub database: &'a Database,
    /// Opens device keys.
    pub vault: &'a MasterKeys,
    /// The configured regions.
    pub regions: &'a Regions,
    /// Whether data that does not fit goes by claim check.
    pub attachments: bool,
    /// The regions that the sender may send to; none named: every one.
    pub allowed_regions: &'a [String],
}

impl Context<'_> {
    /// Whether the sender may send to devices of this region.
    pub(super) fn allows(&self, region: &str) -> bool {
        self.allowed_regions.is_empty() || self.allowed_regions.iter().any(|allowed| allowed == region)
    }
}

/// Who sends.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The API key's name.
    pub name: &'a str,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}
