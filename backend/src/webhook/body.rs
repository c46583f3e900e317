//! The JSON of a request to a webhook.

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::queue::Event;

/// A request's body and its id. The same events have the same id, however often they are sent.
pub(super) struct Request {
    pub(super) id: String,
    pub(super) body: String,
}

/// Writes events, oldest first.
pub(super) fn request(events: &[Event], now_ms: i64) -> Request {
    let mut hash = Context::new(&SHA256);
    events.iter().for_each(|event| hash.update(&event.position.to_be_bytes()));
    let id = URL_SAFE_NO_PAD.encode(hash.finish().as_ref().get(..16).unwrap_or_default());
    let timestamp = Timestamp::from_millisecond(now_ms).unwrap_or_default().to_string();
    let events: Vec<Value> = events.iter().map(event).collect();
    let body = json!({"type": "pushseal.events", "timestamp": timestamp, "data": {"events": events}});
    Request { id: format!("msg_{id}"), body: body.to_string() }
}

fn event(event: &Event) -> Value {
    let mut written = json!({
        "id": format!("evt_{}", event.position),
        "type": event.kind,
        "at": event.happened_at,
        "deviceId": event.device_id,
    });
    let mut add = |name: &str, value: Value| {
        if let Some(object) = written.as_object_mut() {
            object.insert(name.to_owned(), value);
        }
    };
    if !event.user.is_empty() {
        add("user", json!(event.user));
    }
    if event.kind == "device.ended" {
        add("reason", json!(event.code));
        return written;
    }
    add("messageId", json!(event.message_id));
    add("pushType", json!(event.push_type));
    match (event.kind.as_str(), event.code.parse::<i64>()) {
        ("message.receipt", Ok(result)) => {
            add("result", json!(result));
            add("meaning", json!(push_kit::receipt::meaning(result)));
        }
        _ => add("code", json!(event.code)),
    }
    written
}
