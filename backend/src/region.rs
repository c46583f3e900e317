//! Where a region's messages go and who signs for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use push_kit::receipt::ReceiptKey;
use push_kit::{Api, Credential};

/// The configured regions by name.
pub type Regions = BTreeMap<String, Arc<Region>>;

/// One data-processing location.
#[derive(Debug)]
pub struct Region {
    /// As devices name it when they register.
    pub name: String,
    /// The full sending address.
    pub send_url: String,
    /// Where the Bearer comes from.
    pub credential: Credential,
    /// Checks the receipts that Push Kit posts; none when receipts are not configured.
    pub receipts: Option<ReceiptKey>,
    /// Requests a second at most.
    pub requests_per_second: u32,
}

impl Region {
    /// The API of this region.
    pub const fn api(&self) -> Api {
        self.credential.api()
    }
}
