//! Sending one group of claimed deliveries in one request, and giving each its result.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::value::RawValue;

use super::claim::Claimed;
use super::finish::Finished;
use super::lane::Lane;
use super::retry::{Next, Tried, next};
use crate::clock;
use crate::random;
use crate::registry;
use push_kit::{Advice, Bearer, Outcome, PushOptions, Refused, Sent, assemble};

/// Longer than a lease leaves for it: a turn after that is of no use.
const LONGEST_TURN: Duration = Duration::from_secs(35);
/// Whoever got no turn looks again after this.
const NO_TURN_MS: i64 = 5_000;

/// Sends a group: deliveries of one message and push type that share a payload, or a single one.
pub(super) async fn dispatch(lane: &Lane, group: Vec<Claimed>) {
    let (ready, unsendable) = split_unsendable(&lane.region.name, group);
    for (delivery, next, code) in unsendable {
        lane.finish(finished(&delivery, false, next, code)).await;
    }
    // Parts that Push Kit called too many are halved until they are not.
    let mut parts = vec![ready];
    while let Some(mut part) = parts.pop() {
        let Some(first) = part.first() else { continue };
        let bearer = lane.region.endpoint.bearer(&lane.client, clock::seconds(clock::now_ms())).await;
        // A turn that comes after the lease is not waited for.
        let has_turn = lane.pace.turn(LONGEST_TURN).await;
        // The Bearer and the turn may have been waited for.
        if !has_turn || !part.iter().all(|delivery| delivery.is_ours_for_a_call(clock::now_ms())) {
            give_back(lane, &part, if has_turn { 0 } else { NO_TURN_MS }).await;
            continue;
        }
        let sent = match bearer {
            Ok((bearer, origin)) => {
                lane.metrics.bearer_used(&lane.region.name, origin.name());
                send(lane, first, &part, &bearer).await
            }
            Err(error) => {
                let sent = Sent::not_authorised(&error);
                lane.alarm.record(&lane.region.name, &sent, 0);
                sent
            }
        };
        if sent.outcome == Outcome::Split && part.len() > 1 {
            let half = part.split_off(part.len() / 2);
            parts.extend([half, part]);
            continue;
        }
        settle(lane, part, sent).await;
    }
}

/// Deliveries whose device has no token or left the region, and those whose time is over, make no request.
fn split_unsendable(region: &str, group: Vec<Claimed>) -> (Vec<Claimed>, Vec<(Claimed, Next, &'static str)>) {
    let now_ms = clock::now_ms();
    let mut ready = Vec::with_capacity(group.len());
    let mut unsendable = Vec::new();
    for delivery in group {
        match delivery.token.as_deref() {
            _ if delivery.expires_at <= now_ms => unsendable.push((delivery, Next::Expired, "ttl_over")),
            None => unsendable.push((delivery, Next::Failed, "device_removed")),
            Some("") => unsendable.push((delivery, Next::Failed, "token_dead")),
            Some(_) if delivery.region.as_deref() != Some(region) => {
                unsendable.push((delivery, Next::Failed, "region_moved"));
            }
            Some(_) => ready.push(delivery),
        }
    }
    (ready, unsendable)
}

/// The turn came too late: whoever claims them next sends them.
async fn give_back(lane: &Lane, part: &[Claimed], wait_ms: i64) {
    for delivery in part {
        lane.finish(finished(delivery, false, Next::Again(wait_ms), &delivery.last_code)).await;
    }
}

async fn send(lane: &Lane, first: &Claimed, part: &[Claimed], bearer: &Bearer) -> Sent {
    let Some(body) = body(lane, first, part, clock::now_ms()) else {
        return Sent::new(Outcome::Permanent, "payload_damaged");
    };
    let begin = std::time::Instant::now();
    let sent = lane.region.endpoint.post(&lane.client, bearer, first.push_type, body).await;
    lane.metrics.requested(&lane.region.name, &sent.code, begin.elapsed());
    match sent.outcome {
        Outcome::Renew => lane.region.endpoint.renew(bearer).await,
        Outcome::Retry if sent.retry_after.is_some() || is_throttled(&sent.code) => {
            lane.pace.throttled(sent.retry_after).await;
        }
        Outcome::Retry | Outcome::NotUnderstood => {}
        _ => lane.pace.healthy().await,
    }
    lane.alarm.record(&lane.region.name, &sent, bearer.generation);
    sent
}

fn is_throttled(code: &str) -> bool {
    matches!(code, "http_503" | "http_429")
}

/// Push Kit keeps the message for what is left of its time. Two users on one phone share its token: Push Kit gets the
/// token once, and [`settle`] gives both deliveries the outcome.
fn body(lane: &Lane, first: &Claimed, part: &[Claimed], now_ms: i64) -> Option<Vec<u8>> {
    let left_s = u32::try_from(first.expires_at.saturating_sub(now_ms).div_euclid(1000)).unwrap_or(1);
    let options = PushOptions { ttl: Some(left_s.max(1)), ..first.options.of_type(first.push_type) };
    let payload: &RawValue = serde_json::from_str(first.payload.text()).ok()?;
    let mut seen = HashSet::with_capacity(part.len());
    let tokens = part.iter().filter_map(|delivery| delivery.token.as_deref());
    let tokens: Vec<&str> = tokens.filter(|token| seen.insert(*token)).collect();
    assemble(lane.region.api(), payload, &options, &tokens).ok()
}

/// Gives each delivery of a request its next state, and takes invalid tokens out of use.
async fn settle(lane: &Lane, part: Vec<Claimed>, sent: Sent) {
    let refused: HashMap<&str, &Refused> =
        sent.refused().iter().map(|refusal| (refusal.token.as_str(), refusal)).collect();
    // Kept only where receipts will ask for it: the column has an index.
    let request_id = if lane.region.receipts.is_some() { sent.request_id.as_str() } else { "" };
    for delivery in &part {
        let token = delivery.token.as_deref().unwrap_or_default();
        match refused.get(token) {
            Some(refusal) => {
                if refusal.advice == Advice::InvalidToken {
                    retire(lane, token, &refusal.reason).await;
                }
                lane.finish(finished(delivery, true, Next::Failed, &refusal.reason)).await;
            }
            None => {
                let tried = tried(delivery, &sent);
                let result = finished(delivery, true, next(&sent.outcome, tried, jitter()), &sent.code);
                let internal_faults = tried.internal_faults;
                lane.finish(Finished { request_id: request_id.to_owned(), internal_faults, ..result }).await;
            }
        }
    }
}

fn tried(delivery: &Claimed, sent: &Sent) -> Tried {
    let asked = sent.retry_after.map_or(0, |asked| i64::try_from(asked.as_millis()).unwrap_or(i64::MAX));
    Tried {
        attempt: delivery.attempt,
        was_renewed: matches!(delivery.last_code.as_str(), "80200003" | "80200005"),
        internal_faults: delivery
            .internal_faults
            .saturating_add(i64::from(sent.outcome == Outcome::Internal)),
        left_ms: delivery.expires_at.saturating_sub(clock::now_ms()),
        asked_ms: asked,
    }
}

async fn retire(lane: &Lane, token: &str, reason: &str) {
    match registry::retire_token(&lane.database, &lane.region.name, token, reason, clock::now_ms()).await {
        Ok(true) => lane.metrics.token_retired(reason),
        Ok(false) => {}
        // It will be refused again.
        Err(error) => tracing::error!(%error, "an invalid token could not be taken out of use"),
    }
}

fn finished(delivery: &Claimed, counts: bool, next: Next, code: &str) -> Finished {
    Finished {
        message_id: delivery.message_id.clone(),
        device_id: delivery.device_id.clone(),
        push_type: delivery.push_type.number(),
        attempt: delivery.attempt,
        counts,
        next,
        internal_faults: delivery.internal_faults,
        code: code.to_owned(),
        request_id: String::new(),
    }
}

/// 0 to 1023. Without randomness every wait is the full one.
fn jitter() -> i64 {
    random::bytes::<2>().map_or(1023, |bytes| i64::from(u16::from_le_bytes(bytes) & 1023))
}
