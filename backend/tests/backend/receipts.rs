//! Receipts: signed by the Push Kit double, posted to the interface.

use pushseal_backend::registry::retire_token;
use serde_json::{Value, json};

use crate::stage::{Double, RECEIPT_SECRET, Stage, with_receipts};

/// A backend with receipts, its address and one device that got a message.
struct Set {
    stage: Stage,
    double: Double,
    url: String,
    token: String,
    message: String,
}

impl Set {
    async fn new() -> Self {
        let (stage, double) = with_receipts().await;
        let url = format!("{}/v1/receipts", stage.listen().await);
        let token = double.token("a-1").await;
        stage.register("a-1", &token, "cn").await;
        let message = stage.accepted(json!({"to": {"devices": ["a-1"]}, "data": 1})).await;
        stage.settled(&message).await;
        Self { stage, double, url, token, message }
    }

    /// Lets the double post a receipt; `changes` go over what is right.
    async fn post(&self, changes: Value) -> Value {
        let mut order = json!({"url": self.url, "user": "shop", "secret": RECEIPT_SECRET,
            "results": [{"token": self.token, "result": 0}]});
        order.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        self.double.call("POST", "/control/receipt", order).await
    }

    async fn receipt(&self) -> Value {
        self.stage.status(&self.message).await["devices"][0]["receipt"].clone()
    }

    async fn has_token(&self) -> bool {
        self.stage.summary("a-1").await.unwrap().has_token
    }

    fn metrics(&self) -> String {
        self.stage.backend.metrics.text().unwrap()
    }
}

#[tokio::test]
async fn a_receipt_in_either_form_of_the_secret_is_stored_shown_and_counted() {
    let set = Set::new().await;
    assert_eq!(set.receipt().await, Value::Null);
    let answer = set.post(json!({"form": "base64"})).await;
    assert_eq!(
        (&answer["status"], &answer["body"]),
        (&json!(200), &json!({"code": "0", "message": "success"}))
    );
    let receipt = set.receipt().await;
    assert_eq!((&receipt["result"], &receipt["meaning"]), (&json!(0), &json!("delivered")));
    let later = receipt["at"].as_i64().unwrap() + 5;
    let cached = json!([{"token": set.token, "result": 27, "timestamp": later}]);
    assert_eq!(set.post(json!({"form": "text", "results": cached})).await["status"], 200);
    assert_eq!(set.receipt().await, json!({"result": 27, "meaning": "cached", "at": later}));
    // One that comes late does not go over a newer one.
    let older = json!([{"token": set.token, "result": 15, "timestamp": later - 1}]);
    assert_eq!(set.post(json!({"results": older})).await["status"], 200);
    assert_eq!(set.receipt().await["result"], 27);
    let metrics = set.metrics();
    for line in [
        r#"pushseal_receipts_total{result="0",meaning="delivered"} 1"#,
        r#"pushseal_receipts_total{result="27",meaning="cached"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(set.has_token().await);
}

#[tokio::test]
async fn a_forged_an_old_and_a_repeated_receipt_change_nothing() {
    let set = Set::new().await;
    let dead = json!([{"token": set.token, "result": 2}]);
    let now = pushseal_backend::clock::now_ms();
    let forged = [
        json!({"secret": "b3RoZXIgc2VjcmV0"}),
        json!({"user": "shopping"}),
        json!({"timestamp": now - 6 * 60_000}),
        json!({"timestamp": now + 6 * 60_000}),
        json!({"header": "timestamp=1;nonce=2;value=3"}),
        json!({"header": format!("timestamp={now};nonce=n;value=")}),
        json!({"header": ""}),
        json!({"header": format!("timestamp={now};nonce=';DROP TABLE devices;--;value=AAAA")}),
    ];
    for mut order in forged {
        order["results"] = dead.clone();
        let answer = set.post(order.clone()).await;
        assert_eq!(
            (&answer["status"], &answer["body"]["error"]["code"]),
            (&json!(401), &json!("receipt_refused")),
            "{order}"
        );
    }
    let good = set.post(json!({})).await;
    assert_eq!(good["status"], 200);
    // The header was recorded and comes again, with a body of the thief's own.
    let again = set.post(json!({"header": good["header"], "results": dead})).await;
    assert_eq!((&again["status"], &again["body"]["error"]["code"]), (&json!(401), &json!("receipt_refused")));
    assert_eq!(set.receipt().await["result"], 0);
    assert!(set.has_token().await);
    let metrics = set.metrics();
    for (reason, count) in [("forged", 3), ("stale", 2), ("unsigned", 3), ("replayed", 1)] {
        let line = format!(r#"pushseal_receipts_refused_total{{reason="{reason}"}} {count}"#);
        assert!(metrics.contains(&line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn four_results_end_a_token_and_the_others_do_not() {
    let set = Set::new().await;
    for result in [0, 15, 27, 51, 102, 256, 999, 2, 5, 6, 10] {
        let dead = [2, 5, 6, 10].contains(&result);
        set.stage.register("a-1", &set.token, "cn").await;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        set.post(json!({"results": [{"token": set.token, "result": result}]})).await;
        assert_eq!(set.has_token().await, !dead, "{result}");
        if dead {
            let fault = set.stage.summary("a-1").await.unwrap().token_fault;
            assert_eq!(fault, format!("receipt_{result}"));
            let line = format!(r#"pushseal_tokens_retired_total{{reason="receipt_{result}"}} 1"#);
            assert!(set.metrics().contains(&line));
        }
    }
    assert!(set.metrics().contains(r#"pushseal_receipts_total{result="other",meaning="other"} 1"#));
}

#[tokio::test]
async fn only_the_token_that_the_registry_still_holds_dies() {
    let set = Set::new().await;
    let old = set.token.clone();
    // The app was installed anew: the receipt speaks of the installation before.
    set.stage.register("a-1", "token-of-the-new-installation", "cn").await;
    let answer = set.post(json!({"results": [{"token": old, "result": 2}]})).await;
    assert_eq!(answer["status"], 200);
    assert!(set.has_token().await);
    // It is still the result of the delivery.
    assert_eq!(set.receipt().await["meaning"], "uninstalled");
    // A result from before the token was registered again says nothing about now.
    let before = pushseal_backend::clock::now_ms() - 1000;
    set.stage.register("a-1", &old, "cn").await;
    set.post(json!({"results": [{"token": old, "result": 6, "timestamp": before}]})).await;
    assert!(set.has_token().await);
    // One for nobody's token changes nothing, nor one without a token, which is not counted.
    assert_eq!(
        set.post(json!({"results": [{"token": "", "result": 2}, {"token": "x", "result": 2}]})).await["status"],
        200
    );
    // Nor one with a text that PostgreSQL does not have, and the others beside it count.
    let odd = json!([{"token": "x\0", "result": 2}, {"token": old, "requestId": "r\0", "result": 2},
        {"token": "'; DROP TABLE devices; --", "requestId": "' OR '1'='1", "result": 2}]);
    assert_eq!(set.post(json!({"results": odd})).await["status"], 200);
    assert!(set.metrics().contains(r#"pushseal_receipts_total{result="2",meaning="uninstalled"} 5"#));
    assert!(set.has_token().await);
    assert!(retire_token(&set.stage.backend.database, "cn", &old, "test", 1).await.unwrap());
}

#[tokio::test]
async fn each_device_of_a_shared_request_gets_its_own_result() {
    let set = Set::new().await;
    let mut tokens = vec![set.token.clone()];
    for device in ["a-2", "a-3"] {
        let token = set.double.token(device).await;
        set.stage.register(device, &token, "cn").await;
        tokens.push(token);
    }
    let shown = json!({"title": "t", "body": "b"});
    let to = json!({"devices": ["a-1", "a-2", "a-3"]});
    let id =
        set.stage.accepted(json!({"to": to, "type": "alert", "notification": shown, "biTag": "b"})).await;
    set.stage.settled(&id).await;
    let results: Vec<Value> =
        [0, 2, 27].iter().zip(&tokens).map(|(r, t)| json!({"token": t, "result": r})).collect();
    assert_eq!(set.post(json!({"results": results})).await["status"], 200);
    let devices = set.stage.status(&id).await["devices"].clone();
    let got: Vec<_> =
        devices.as_array().unwrap().iter().map(|d| d["receipt"]["result"].as_i64().unwrap()).collect();
    assert_eq!(got, [0, 2, 27]);
}

#[tokio::test]
async fn without_a_secret_no_receipt_is_taken() {
    let stage = Stage::without_workers("http://127.0.0.1:9", None).await;
    let request = axum::http::Request::post("/v1/receipts").body(axum::body::Body::from("{}")).unwrap();
    let (status, answer) = stage.call(request).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (403, &json!("receipts_closed")));
}

#[tokio::test]
async fn old_receipts_and_those_of_widgets_are_taken_too() {
    let set = Set::new().await;
    let flat = json!({"version": 1, "results": [{"token": set.token, "result": 15}]});
    assert_eq!(set.post(flat).await["status"], 200);
    assert_eq!(set.receipt().await["meaning"], "collapsed");
    let later = pushseal_backend::clock::now_ms() + 10;
    let of_form = json!([{"token": set.token, "result": 151, "formId": 10086, "timestamp": later}]);
    assert_eq!(set.post(json!({"results": of_form})).await["status"], 200);
    assert_eq!(set.receipt().await["meaning"], "not_shown_or_no_such_form");
    assert_eq!(
        set.post(json!({"version": 1, "results": [{"token": set.token, "result": 2}]})).await["status"],
        200
    );
    assert!(!set.has_token().await);
}

#[tokio::test]
async fn a_thousand_results_are_taken_and_an_odd_one_costs_the_others_nothing() {
    let set = Set::new().await;
    let mut results = vec![
        json!({"token": "nobody's, but as long as a token of Push Kit is today".repeat(2), "result": 0});
        996
    ];
    results.push(json!({"token": set.token, "result": 27}));
    let odd = json!([null, {"token": 5}, {"token": "t", "deliveryStatus": {"result": "none"}}]);
    let answer = set.post(json!({"results": results, "odd": odd})).await;
    assert_eq!((&answer["status"], &answer["body"]["code"]), (&json!(200), &json!("0")));
    assert_eq!(set.receipt().await["meaning"], "cached");
    let metrics = set.metrics();
    for line in [
        r#"pushseal_receipts_refused_total{reason="odd"} 3"#,
        r#"pushseal_receipts_total{result="0",meaning="delivered"} 996"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}
