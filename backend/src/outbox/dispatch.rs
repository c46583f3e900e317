//! Sending one group of claimed deliveries in one request, and giving each its result.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::claim::Claimed;
use super::finish::Finished;
use super::retry::{Next, next};
use super::worker::Lane;
use crate::clock;
use crate::messages::options_of;
use crate::random;
use crate::registry;
use push_kit::{Api, AuthError, Bearer, Outcome, PushOptions, Refused, Sent, assemble};

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
        let bearer = lane.region.credential.bearer(&lane.client, clock::seconds(clock::now_ms())).await;
        lane.pace.turn().await;
        // The Bearer and the turn may have been waited for.
        if !part.iter().all(|delivery| delivery.is_ours_for_a_call(clock::now_ms())) {
            give_back(lane, &part).await;
            continue;
        }
        let sent = match bearer {
            Ok((bearer, origin)) => {
                lane.metrics.bearer_used(&lane.region.name, origin.name());
                send(lane, first, &part, &bearer).await
            }
            Err(error) => not_authorised(lane, &error),
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
async fn give_back(lane: &Lane, part: &[Claimed]) {
    for delivery in part {
        lane.finish(finished(delivery, false, Next::Again(0), &delivery.last_code)).await;
    }
}

async fn send(lane: &Lane, first: &Claimed, part: &[Claimed], bearer: &Bearer) -> Sent {
    let Some(body) = body(lane, first, part, clock::now_ms()) else {
        return Sent::new(Outcome::Permanent, "payload_damaged");
    };
    let push_type = (lane.region.api() == Api::V3).then_some(first.push_type);
    let begin = std::time::Instant::now();
    let sent = lane.client.send(&lane.region.send_url, bearer, push_type, body).await;
    lane.metrics.requested(&lane.region.name, &sent.code, begin.elapsed());
    match sent.outcome {
        Outcome::Renew => lane.region.credential.renew(bearer).await,
        Outcome::Retry if sent.code == "http_503" || sent.code == "http_429" => lane.pace.throttled().await,
        Outcome::Retry => {}
        _ => lane.pace.healthy().await,
    }
    lane.alarm.heard(&lane.region.name, &sent, bearer.generation);
    sent
}

fn not_authorised(lane: &Lane, error: &AuthError) -> Sent {
    let outcome = match error {
        AuthError::Unreachable => Outcome::Retry,
        AuthError::Refused(_) | AuthError::Signing => Outcome::Misconfigured,
    };
    let sent = Sent::new(outcome, error.code());
    lane.alarm.heard(&lane.region.name, &sent, 0);
    sent
}

/// Push Kit keeps the message for what is left of its time.
fn body(lane: &Lane, first: &Claimed, part: &[Claimed], now_ms: i64) -> Option<Vec<u8>> {
    let left_s = u32::try_from(first.expires_at.saturating_sub(now_ms).div_euclid(1000)).unwrap_or(1);
    let options = PushOptions { ttl: Some(left_s.max(1)), ..options_of(first.push_type, &first.options) };
    let payload: &RawValue = serde_json::from_str(first.payload.text()).ok()?;
    let tokens: Vec<&str> = part.iter().filter_map(|delivery| delivery.token.as_deref()).collect();
    assemble(lane.region.api(), payload, &options, &tokens).ok()
}

/// Gives each delivery of a request its next state, and takes dead tokens out of use.
async fn settle(lane: &Lane, part: Vec<Claimed>, sent: Sent) {
    let mut refused: HashMap<&str, &Refused> = HashMap::new();
    if let Outcome::PartlySent(list) = &sent.outcome {
        refused.extend(list.iter().map(|refusal| (refusal.token.as_str(), refusal)));
    }
    // Kept only where receipts will ask for it: the column has an index.
    let request_id = if lane.region.receipts.is_some() { sent.request_id.as_str() } else { "" };
    // If everything failed alike, the reason is not in the tokens.
    let all_alike = part.iter().all(|d| d.token.as_deref().is_some_and(|token| refused.contains_key(token)));
    for delivery in &part {
        let token = delivery.token.as_deref().unwrap_or_default();
        match refused.get(token) {
            Some(refusal) => {
                if refusal.dead && !all_alike {
                    retire(lane, token, &refusal.reason).await;
                }
                lane.finish(finished(delivery, true, Next::Failed, &refusal.reason)).await;
            }
            None => {
                let renewed = matches!(delivery.last_code.as_str(), "80200003" | "80200005");
                let left_ms = delivery.expires_at.saturating_sub(clock::now_ms());
                let next = next(&sent.outcome, delivery.attempt, renewed, left_ms, jitter());
                let result = finished(delivery, true, next, &sent.code);
                lane.finish(Finished { request_id: request_id.to_owned(), ..result }).await;
            }
        }
    }
}

async fn retire(lane: &Lane, token: &str, reason: &str) {
    match registry::retire_token(&lane.database, &lane.region.name, token, reason, clock::now_ms()).await {
        Ok(true) => lane.metrics.token_retired(reason),
        Ok(false) => {}
        // It will be refused again.
        Err(error) => tracing::error!(%error, "a dead token could not be retired"),
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
        code: code.to_owned(),
        request_id: String::new(),
    }
}

/// 0 to 1023. Without randomness every wait is the full one.
fn jitter() -> i64 {
    random::bytes::<2>().map_or(1023, |bytes| i64::from(u16::from_le_bytes(bytes) & 1023))
}
