//! One worker a webhook: it posts what there is, oldest first, and waits longer after each failure.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::body;
use super::endpoint::Webhook;
use super::queue::{self, Batch};
use crate::clock;
use crate::database::{Database, in_time};
use crate::metrics::Metrics;
use crate::outgoing;

const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The workers under way.
#[derive(Debug)]
pub struct Webhooks {
    workers: Vec<JoinHandle<()>>,
}

/// Why there are no workers.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database failed.
    #[error("the database fails: {0}")]
    Database(#[from] sqlx::Error),
    /// No TLS.
    #[error("no TLS client: {0}")]
    Client(#[from] reqwest::Error),
}

/// Starts a worker for each webhook. From now on events are stored for these webhooks and no other.
///
/// # Errors
/// [`StartError`] when the database fails or this machine has no root certificates.
pub async fn start(
    database: &Arc<Database>,
    webhooks: Vec<Webhook>,
    metrics: &Arc<Metrics>,
) -> Result<Webhooks, StartError> {
    let names: Vec<String> = webhooks.iter().map(|webhook| webhook.name.clone()).collect();
    queue::configure(database, &names).await?;
    let client = outgoing::client()?;
    let workers = webhooks.into_iter().map(|webhook| {
        let sender = Sender {
            webhook,
            database: Arc::clone(database),
            client: client.clone(),
            metrics: Arc::clone(metrics),
        };
        tokio::spawn(sender.run())
    });
    Ok(Webhooks { workers: workers.collect() })
}

impl Webhooks {
    /// Ends the workers. A request under way is sent again by whoever serves next.
    pub fn stop(self) {
        self.workers.iter().for_each(JoinHandle::abort);
    }
}

struct Sender {
    webhook: Webhook,
    database: Arc<Database>,
    client: reqwest::Client,
    metrics: Arc<Metrics>,
}

impl Sender {
    async fn run(self) {
        loop {
            match in_time(queue::claim(&self.database, &self.webhook.name, clock::now_ms())).await {
                Ok(Some(batch)) if !batch.events.is_empty() => self.deliver(&batch).await,
                Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
                Err(error) => {
                    tracing::error!(%error, "the events of a webhook cannot be read; trying again");
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn deliver(&self, batch: &Batch) {
        let name = &self.webhook.name;
        let written = match self.post(batch).await {
            Ok(()) => {
                self.metrics.webhook(name, "taken");
                in_time(queue::taken(&self.database, name, batch)).await
            }
            Err(reason) => {
                self.metrics.webhook(name, "failed");
                let again = in_time(queue::refused(&self.database, name, batch, clock::now_ms())).await;
                again.map(|wait_ms| {
                    let events = batch.events.len();
                    tracing::warn!(
                        webhook = name,
                        reason,
                        events,
                        wait_ms,
                        "a webhook did not take its events"
                    );
                })
            }
        };
        if let Err(error) = written {
            tracing::error!(%error, "what a webhook answered cannot be written; its events are sent again");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Nothing of the answer is read but its status.
    async fn post(&self, batch: &Batch) -> Result<(), String> {
        let now_ms = clock::now_ms();
        let request = body::request(&batch.events, now_ms);
        let timestamp = clock::seconds(now_ms);
        let signature = self.webhook.signature(&request.id, timestamp, &request.body);
        let post = self
            .client
            .post(&self.webhook.url)
            .header("content-type", "application/json")
            .header("webhook-id", request.id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(request.body);
        let answer = post
            .send()
            .await
            .map_err(|error| if error.is_timeout() { "timeout".to_owned() } else { "network".to_owned() })?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(format!("http_{}", status.as_u16())) }
    }
}
