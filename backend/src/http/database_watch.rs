//! What `/readyz` and `/metrics` know of the database, without asking it more than it can bear.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::clock;
use crate::database::Database;
use crate::outbox::{self, Waiting};

/// Who balances load or watches asks every few seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Many who ask at once are one write.
const PROBE_KEPT: Duration = Duration::from_secs(1);
/// A look at the queue that takes longer is not waited for.
const PATIENCE: Duration = Duration::from_millis(20);
/// Looking takes this part of the time at most.
const SHARE: u32 = 20;

/// Keeps the last answers.
#[derive(Debug, Default)]
pub struct DatabaseWatch {
    probe: tokio::sync::Mutex<Option<(Instant, bool)>>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    last: Option<Look>,
    /// A look is under way; it says so when it has ended.
    under_way: Option<watch::Receiver<()>>,
}

#[derive(Clone, Copy, Debug)]
struct Look {
    waiting: Waiting,
    ended: Instant,
    took: Duration,
}

impl DatabaseWatch {
    /// Whether the database takes writes, now or a second ago.
    ///
    /// # Errors
    /// When it does not, or not soon.
    pub(super) async fn takes_writes(&self, database: &Database) -> Result<(), sqlx::Error> {
        let probe = async {
            let mut last = self.probe.lock().await;
            if let Some((at, good)) = *last
                && at.elapsed() < PROBE_KEPT
            {
                let known = || sqlx::Error::Io(std::io::Error::other("the database took no write just now"));
                return good.then_some(()).ok_or_else(known);
            }
            let probed = timeout(ANSWER_WITHIN, database.probe(clock::now_ms())).await;
            let probed = probed.unwrap_or(Err(sqlx::Error::PoolTimedOut));
            *last = Some((Instant::now(), probed.is_ok()));
            probed
        };
        timeout(ANSWER_WITHIN, probe).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// The queue at the last look. A long queue takes long to look at: then it is done beside the answers, and they have
    /// the numbers of before.
    pub(super) async fn waiting(self: &Arc<Self>, database: &Arc<Database>) -> Option<Waiting> {
        if let Some(mut under_way) = self.look(database) {
            let _ = timeout(PATIENCE, under_way.changed()).await;
        }
        self.queue().last.map(|look| look.waiting)
    }

    /// Begins a look, unless the last one is fresh for what it took.
    fn look(self: &Arc<Self>, database: &Arc<Database>) -> Option<watch::Receiver<()>> {
        let mut queue = self.queue();
        if queue.under_way.is_some() {
            return queue.under_way.clone();
        }
        let is_fresh =
            |look: Look| look.took > PATIENCE && look.ended.elapsed() < look.took.saturating_mul(SHARE);
        if queue.last.is_some_and(is_fresh) {
            return None;
        }
        let (done, under_way) = watch::channel(());
        queue.under_way = Some(under_way.clone());
        let (this, database) = (Arc::clone(self), Arc::clone(database));
        tokio::spawn(async move {
            let begin = Instant::now();
            let looked = outbox::waiting(&database, clock::now_ms()).await;
            let mut queue = this.queue();
            queue.under_way = None;
            match looked {
                Ok(waiting) => {
                    queue.last = Some(Look { waiting, ended: Instant::now(), took: begin.elapsed() });
                }
                Err(error) => tracing::error!(%error, "the metrics go without a new look at the queue"),
            }
            drop((queue, done));
        });
        Some(under_way)
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
