//! Senders: so many at once, each waits for its answer before it sends the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::program::Program;

/// Senders at once.
pub const SENDERS: usize = 64;
/// Characters of each message's data.
pub const DATA: usize = 1000;

/// A backend and the connections to it.
#[derive(Clone)]
pub struct Load {
    pub http: reqwest::Client,
    pub url: String,
    /// Device ids by number.
    ids: Arc<Mutex<HashMap<u32, String>>>,
}

impl Load {
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self { http: reqwest::Client::builder().build()?, url: url.to_owned(), ids: Arc::default() })
    }

    /// Notes the id that the backend gave to a device.
    pub fn is_registered(&self, number: u32, id: &str) {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(number, id.to_owned());
    }

    /// Runs the work for each item with [`SENDERS`] at once. Gives how long each took.
    pub async fn each<W, F>(&self, items: Vec<u32>, work: W) -> Result<Vec<Duration>>
    where
        W: Fn(Self, u32) -> F + Clone + Send + 'static,
        F: Future<Output = Result<()>> + Send,
    {
        let items = Arc::new(Mutex::new(items.into_iter()));
        let senders = (0..SENDERS).map(|_| {
            let (load, items, work) = (self.clone(), Arc::clone(&items), work.clone());
            tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let next = items.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(item) = next else { return Ok::<_, anyhow::Error>(took) };
                    let begin = Instant::now();
                    work(load.clone(), item).await?;
                    took.push(begin.elapsed());
                }
            })
        });
        let mut took = Vec::new();
        for sender in senders.collect::<Vec<_>>() {
            took.extend(sender.await??);
        }
        took.sort_unstable();
        Ok(took)
    }

    /// One message to these devices.
    pub async fn post(&self, devices: &[u32]) -> Result<()> {
        let devices: Vec<_> = {
            let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            devices.iter().filter_map(|number| ids.get(number).cloned()).collect()
        };
        let body = json!({"to": {"devices": devices}, "data": "x".repeat(DATA), "ttl": 3600});
        let request = self.http.post(format!("{}/v1/messages", self.url)).bearer_auth(Program::api_key());
        let answer = request.body(body.to_string()).send().await?;
        ensure!(answer.status() == 202, "a message was answered {}", answer.status());
        answer.bytes().await?;
        Ok(())
    }
}

/// Milliseconds below which `share` of the sorted durations lie.
pub fn percentile_ms(sorted: &[Duration], share: f64) -> f64 {
    let place = (0..sorted.len()).find(|&at| ratio(at.saturating_add(1), sorted.len()) >= share);
    place.and_then(|at| sorted.get(at)).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |value| u32::try_from(value).map_or(f64::MAX, f64::from);
    number(part) / number(whole)
}
