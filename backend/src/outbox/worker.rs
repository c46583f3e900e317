//! One lane a region: it claims what is due and sends it, so many requests at a time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use push_kit::PushClient;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::claim::{Batch, Claimed, Payload, claim};
use super::dispatch::dispatch;
use super::finish;
use super::lane::Lane;
use super::pace::Pace;
use super::purge::purge;
use super::set_aside::Unreadable;
use crate::alarm::Alarm;
use crate::clock;
use crate::database::{Database, in_time};
use crate::metrics::Metrics;
use crate::region::Regions;

/// Retries that fall due, and messages that other processes took, are found this often.
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const PURGE_EVERY: Duration = Duration::from_secs(600);
const CLAIM_AT_ONCE: usize = 1000;
/// When asked to stop: for the requests under way, which may wait for a turn first.
const LAST_REQUESTS: Duration = Duration::from_secs(35);
/// And for the database to take their results.
const LAST_RESULTS: Duration = Duration::from_secs(6);

/// How much the outbox does at a time.
#[derive(Clone, Copy, Debug)]
pub struct OutboxSettings {
    /// Requests under way to one region.
    pub requests_at_once: usize,
}

impl Default for OutboxSettings {
    fn default() -> Self {
        Self { requests_at_once: 64 }
    }
}

/// The handle by which new messages wake the workers.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    wake: Arc<Notify>,
}

impl Outbox {
    /// Says that there is something to send.
    pub fn wake(&self) {
        self.wake.notify_waiters();
    }
}

/// The workers under way.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    lanes: Vec<JoinHandle<()>>,
    writer: JoinHandle<()>,
    purger: JoinHandle<()>,
}

impl Outbox {
    /// Starts a worker for each region.
    pub fn start(
        &self,
        database: &Arc<Database>,
        regions: &Regions,
        client: &PushClient,
        metrics: &Arc<Metrics>,
        settings: OutboxSettings,
    ) -> Running {
        let (stop, stopped) = watch::channel(false);
        let (results, received) = mpsc::channel(4 * CLAIM_AT_ONCE);
        let lanes = regions.values().map(|region| {
            let lane = Lane {
                region: Arc::clone(region),
                database: Arc::clone(database),
                client: client.clone(),
                pace: Pace::new(region.requests_per_second),
                metrics: Arc::clone(metrics),
                alarm: Alarm::default(),
                results: results.clone(),
                requests: Arc::new(Semaphore::new(settings.requests_at_once)),
            };
            tokio::spawn(run(Arc::new(lane), Arc::clone(&self.wake), stopped.clone(), settings))
        });
        let lanes = lanes.collect();
        let purger = tokio::spawn(purge_now_and_then(Arc::clone(database)));
        let database = Arc::clone(database);
        let writer = tokio::spawn(async move { finish::run(&database, received).await });
        Running { stop, lanes, writer, purger }
    }
}

impl Running {
    /// Claims nothing more, waits for the requests under way, and writes their results. It does not wait for ever: what
    /// is left over is sent again when its lease is over.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.purger.abort();
        let until = Instant::now() + LAST_REQUESTS;
        for lane in self.lanes {
            end(lane, until, "a worker").await;
        }
        end(self.writer, Instant::now() + LAST_RESULTS, "the writer of results").await;
    }
}

/// Waits for a task, and ends it when the time is over.
async fn end(mut task: JoinHandle<()>, until: Instant, what: &str) {
    match timeout_at(until, &mut task).await {
        Ok(Ok(())) => {}
        Ok(Err(_)) => tracing::error!("{what} ended early; its leases run out by themselves"),
        Err(_) => {
            task.abort();
            tracing::error!("{what} was ended before its time: its leases run out by themselves");
        }
    }
}

async fn purge_now_and_then(database: Arc<Database>) {
    loop {
        if let Err(error) = purge(&database, clock::now_ms()).await {
            tracing::error!(%error, "old messages could not be deleted; trying again");
        }
        tokio::time::sleep(PURGE_EVERY).await;
    }
}

async fn run(
    lane: Arc<Lane>,
    wake: Arc<Notify>,
    mut stopped: watch::Receiver<bool>,
    settings: OutboxSettings,
) {
    while !*stopped.borrow() {
        // A pause that Push Kit asked for may be long.
        tokio::select! {
            () = lane.pace.ready() => {}
            _ = stopped.changed() => break,
        }
        let woken = wake.notified();
        // Never cut short: what was claimed is sent.
        if claim_and_send(&lane).await == 0 {
            tokio::select! {
                () = woken => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                _ = stopped.changed() => break,
            }
        }
    }
    // Every permit is back when every request has ended.
    let all = u32::try_from(settings.requests_at_once).unwrap_or(u32::MAX);
    let _ = lane.requests.acquire_many(all).await;
}

/// Gives how many deliveries it found.
async fn claim_and_send(lane: &Arc<Lane>) -> usize {
    let Ok(first) = Arc::clone(&lane.requests).acquire_owned().await else { return 0 };
    let free = lane.requests.available_permits().saturating_add(1);
    let limit = i64::try_from(free.min(CLAIM_AT_ONCE)).unwrap_or(1);
    let claimed = claim_or_nothing(lane, "", limit).await;
    // Rows that were set aside made room: there may be more.
    let found = claimed.deliveries.len().saturating_add(claimed.set_aside.len());
    let mut permit = Some(first);
    for mut group in groups(claimed.deliveries) {
        complete(lane, &mut group).await;
        let permit = match permit.take() {
            Some(permit) => permit,
            None => match Arc::clone(&lane.requests).acquire_owned().await {
                Ok(permit) => permit,
                Err(_) => return found,
            },
        };
        send_in_background(Arc::clone(lane), group, permit);
    }
    found
}

/// Fills a group that shares a payload with more receivers of the same message.
async fn complete(lane: &Lane, group: &mut Vec<Claimed>) {
    let Some(first) = group.first().filter(|first| matches!(first.payload, Payload::Shared(_))) else {
        return;
    };
    let room = first.options.max_tokens(first.push_type).saturating_sub(group.len());
    if let Ok(limit) = i64::try_from(room)
        && limit > 0
    {
        let message_id = first.message_id.clone();
        group.extend(claim_or_nothing(lane, &message_id, limit).await.deliveries);
    }
}

async fn claim_or_nothing(lane: &Lane, message_id: &str, limit: i64) -> Batch {
    let region = &lane.region.name;
    let claimed = in_time(claim(&lane.database, region, message_id, limit, clock::now_ms())).await;
    let batch = claimed.unwrap_or_else(|error| {
        tracing::error!(%error, region, "the outbox cannot be read; trying again");
        Batch::default()
    });
    for row in &batch.set_aside {
        let Unreadable { message_id, device_id, reason } = row;
        tracing::error!(region, message_id, device_id, reason, "a delivery cannot be read and is set aside");
        lane.metrics.set_aside(region);
    }
    batch
}

fn send_in_background(lane: Arc<Lane>, group: Vec<Claimed>, permit: OwnedSemaphorePermit) {
    tokio::spawn(async move {
        dispatch(&lane, group).await;
        drop(permit);
    });
}

/// Deliveries that may go in one request: sealed ones alone, those with a shared payload together.
fn groups(claimed: Vec<Claimed>) -> Vec<Vec<Claimed>> {
    let mut groups = Vec::new();
    let mut open: HashMap<(String, i64), Vec<Claimed>> = HashMap::new();
    for delivery in claimed {
        if let Payload::Own(_) = delivery.payload {
            groups.push(vec![delivery]);
            continue;
        }
        let most = delivery.options.max_tokens(delivery.push_type);
        let key = (delivery.message_id.clone(), delivery.push_type.number());
        let group = open.entry(key).or_default();
        group.push(delivery);
        if group.len() >= most {
            groups.push(std::mem::take(group));
        }
    }
    groups.extend(open.into_values().filter(|group| !group.is_empty()));
    groups
}
