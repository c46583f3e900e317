//! What the worker of one region and its requests share.

use std::sync::Arc;

use push_kit::PushClient;
use tokio::sync::{Semaphore, mpsc};

use super::finish::Finished;
use super::pace::Pace;
use crate::alarm::Alarm;
use crate::database::Database;
use crate::metrics::Metrics;
use crate::region::Region;

/// What one region's worker needs.
pub(super) struct Lane {
    pub(super) region: Arc<Region>,
    pub(super) database: Arc<Database>,
    pub(super) client: PushClient,
    pub(super) pace: Pace,
    pub(super) metrics: Arc<Metrics>,
    pub(super) alarm: Alarm,
    pub(super) results: mpsc::Sender<Finished>,
    pub(super) requests: Arc<Semaphore>,
}

impl Lane {
    pub(super) async fn finish(&self, result: Finished) {
        self.metrics.finished(&self.region.name, &result);
        // The writer ends after every lane has.
        let _ = self.results.send(result).await;
    }
}
