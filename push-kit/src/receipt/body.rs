//! The body of a receipt: a batch of results, in any of its three shapes.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// Results in one batch at most; what is beyond is counted as odd.
pub const MAX_RECEIPTS: usize = 1000;

/// What became of one message on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The device's token.
    pub token: String,
    /// Push Kit's id of the request, as its answer gave it; '' when it is not told.
    pub request_id: String,
    /// Push Kit's number; see [`meaning`](super::meaning).
    pub result: i64,
    /// Milliseconds since 1970, when it arrived or failed; `None` when it is not told.
    pub at: Option<i64>,
    /// As the message's `biTag`; '' when it had none.
    pub bi_tag: String,
    /// The push type; `None` in the older form.
    pub push_type: Option<i64>,
    /// The widget's instance, for push type 1.
    pub form_id: Option<i64>,
}

/// A batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The results that were understood.
    pub receipts: Vec<Receipt>,
    /// How many items were not: they cost the others nothing.
    pub odd: usize,
}

/// The body is no batch of receipts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the body is no JSON object with a list \"statuses\"")]
pub struct NotReceipts;

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    statuses: Vec<&'a RawValue>,
}

/// V2 has `deliveryStatus`, or `formStatus` for a widget; V1 is flat, with `status`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    token: String,
    #[serde(default)]
    request_id: Value,
    #[serde(default)]
    bi_tag: Value,
    #[serde(default)]
    push_type: Value,
    delivery_status: Option<Status>,
    form_status: Option<Status>,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    timestamp: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    form_id: Value,
    result: Value,
    #[serde(default)]
    timestamp: Value,
}

impl Batch {
    /// Reads a body.
    ///
    /// # Errors
    /// [`NotReceipts`] when it has no list of statuses. An item that is not understood is no error: see [`Batch::odd`].
    pub fn parse(body: &[u8]) -> Result<Self, NotReceipts> {
        let body: Body<'_> = serde_json::from_slice(body).map_err(|_| NotReceipts)?;
        let all = body.statuses.len();
        let receipts: Vec<Receipt> =
            body.statuses.into_iter().take(MAX_RECEIPTS).filter_map(|item| receipt(item.get())).collect();
        Ok(Self { odd: all.saturating_sub(receipts.len()), receipts })
    }
}

fn receipt(item: &str) -> Option<Receipt> {
    let item: Item = serde_json::from_str(item).ok()?;
    if item.token.is_empty() {
        return None;
    }
    let flat = Status { form_id: Value::Null, result: item.status, timestamp: item.timestamp };
    let status = item.delivery_status.or(item.form_status).unwrap_or(flat);
    Some(Receipt {
        token: item.token,
        request_id: text(item.request_id),
        result: number(&status.result)?,
        at: number(&status.timestamp).filter(|&at| at > 0),
        bi_tag: text(item.bi_tag),
        push_type: number(&item.push_type),
        form_id: number(&status.form_id),
    })
}

/// Numbers have been seen as text.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(statuses: Value) -> Batch {
        Batch::parse(json!({"statuses": statuses}).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_samples_of_the_documents_are_read() {
        let batch = parse(json!([
            {"biTag": "131415", "pushType": 0, "appPackageName": "com.example", "token": "t1", "requestId": "r1",
                "deliveryStatus": {"result": 0, "timestamp": 1_607_832_761_768_i64}},
            {"biTag": "tag", "pushType": 1, "token": "t2", "requestId": "r2", "appPackageName": "com.example",
                "formStatus": {"formId": 10086, "result": 151, "timestamp": 1_698_027_152_082_i64}},
            {"biTag": "tag", "appid": "100", "token": "t3", "status": 2, "timestamp": 1_563_000_000_000_i64, "requestId": "r3"},
        ]));
        assert_eq!(batch.odd, 0);
        let short: Vec<_> = batch
            .receipts
            .iter()
            .map(|r| (r.token.as_str(), r.request_id.as_str(), r.result, r.at, r.push_type, r.form_id))
            .collect();
        assert_eq!(
            short,
            [
                ("t1", "r1", 0, Some(1_607_832_761_768), Some(0), None),
                ("t2", "r2", 151, Some(1_698_027_152_082), Some(1), Some(10086)),
                ("t3", "r3", 2, Some(1_563_000_000_000), None, None),
            ]
        );
    }

    #[test]
    fn one_odd_item_never_costs_the_others() {
        let good = json!({"token": "t", "requestId": "r", "deliveryStatus": {"result": 2}});
        let odd = [
            json!(null),
            json!(1),
            json!([]),
            json!({}),
            json!({"token": "t"}),
            json!({"token": "", "status": 0}),
            json!({"token": 7, "status": 0}),
            json!({"token": "t", "status": "x"}),
            json!({"token": "t", "deliveryStatus": {}}),
            json!({"token": "t", "deliveryStatus": "x"}),
            json!({"token": "t", "deliveryStatus": {"result": 1.5}}),
        ];
        for item in odd {
            let batch = parse(json!([good, item, good]));
            assert_eq!((batch.receipts.len(), batch.odd), (2, 1), "{item}");
        }
    }

    #[test]
    fn a_thousand_are_taken_and_more_are_counted() {
        let item = json!({"token": "t", "status": "0", "requestId": 5});
        let batch = parse(Value::Array(vec![item; 1001]));
        assert_eq!((batch.receipts.len(), batch.odd), (1000, 1));
        assert_eq!(batch.receipts[0].request_id, "5");
    }

    #[test]
    fn a_body_without_a_list_is_refused() {
        for body in ["", "[]", "{}", r#"{"statuses":{}}"#, r#"{"statuses":null}"#, "{\"statuses\":[", "\u{0}"]
        {
            assert_eq!(Batch::parse(body.as_bytes()), Err(NotReceipts), "{body}");
        }
        assert_eq!(Batch::parse(br#"{"statuses":[],"more":1}"#), Ok(Batch::default()));
    }
}
