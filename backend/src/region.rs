//! Where a region's messages go and who signs for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use push_kit::receipt::ReceiptKey;
use push_kit::{Api, Endpoint};

/// The configured regions by name.
pub type Regions = BTreeMap<String, Arc<Region>>;

/// One data-processing location.
#[derive(Debug)]
pub struct Region {
    /// As devices name it when they register.
    pub name: String,
    /// The project or app at Push Kit.
    pub endpoint: Endpoint,
    /// Checks the receipts that Push Kit posts; none when receipts are not configured.
    pub receipts: Option<ReceiptKey>,
    /// Requests a second at most.
    pub requests_per_second: u32,
}

impl Region {
    /// The route of this region.
    pub const fn api(&self) -> Api {
        self.endpoint.api()
    }
}
