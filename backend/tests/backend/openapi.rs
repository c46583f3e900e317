//! The OpenAPI document against the routes, against real answers and against the manual.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use push_kit::receipt::Batch;
use pushseal_backend::http::{OPENAPI, app, paths};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::stage::Stage;

const METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

/// The codes of errors that the document names.
pub(crate) fn error_codes() -> Vec<String> {
    let document = document();
    let codes =
        &document["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]["enum"];
    serde_json::from_value(codes.clone()).unwrap()
}

async fn stage() -> Stage {
    Stage::without_workers("http://127.0.0.1:9", None).await
}

#[tokio::test]
async fn every_route_and_method_is_in_the_document_and_the_reverse() {
    let stage = stage().await;
    let document = document();
    let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, paths().into_iter().map(str::to_owned).collect());
    for path in paths() {
        // The router names the methods that it has when it is asked for another.
        let request =
            Request::builder().method("TRACE").uri(path.replace("{id}", "x")).body(Body::empty()).unwrap();
        let answer = app(stage.backend.clone()).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        let allowed: BTreeSet<_> = answer.headers()["allow"]
            .to_str()
            .unwrap()
            .split(',')
            .map(str::to_lowercase)
            .filter(|method| method != "head")
            .collect();
        let item = document["paths"][path].as_object().unwrap();
        let described = item.keys().filter(|key| METHODS.contains(&key.as_str())).cloned().collect();
        assert_eq!(allowed, described, "{path}");
    }
}

/// The answers of these requests look like the document's examples, and their statuses are in it.
#[tokio::test]
async fn the_examples_are_what_the_interface_takes_and_answers() {
    let stage = stage().await;
    let document = document();
    let operation = |method: &str, path: &str| &document["paths"][path][method];
    let call = async |method: &str, path: &str, id: &str, body: Value| {
        let request = Request::builder()
            .method(method.to_uppercase().as_str())
            .uri(path.replace("{id}", id))
            .header("authorization", format!("Bearer {}", stage.key))
            .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
            .unwrap();
        let (status, answer) = stage.call(request).await;
        let response = &operation(method, path)["responses"][status.as_str()];
        assert!(!response.is_null(), "{method} {path}: {status} is not in the document");
        let example = &response["content"]["application/json"]["example"];
        if example.is_null() {
            assert!(
                answer.is_null() || status.as_u16() >= 400 || path == "/openapi.json",
                "{method} {path} has no example"
            );
        } else {
            assert_same_shape(example, &answer, &format!("{method} {path}"));
        }
        (status.as_u16(), answer)
    };
    let examples = |method: &str, path: &str| -> Vec<Value> {
        let all = operation(method, path)["requestBody"]["content"]["application/json"]["examples"]
            .as_object()
            .unwrap();
        all.values().map(|example| example["value"].clone()).collect()
    };
    let device = examples("put", "/v1/devices/{id}").remove(0);
    assert_eq!(call("put", "/v1/devices/{id}", "a1b2c3", device.clone()).await.0, 201);
    assert_eq!(call("put", "/v1/devices/{id}", "a1b2c3", device.clone()).await.0, 200);
    let mut of_ann = device;
    of_ann["user"] = json!("ann");
    of_ann["token"] = json!("another");
    assert_eq!(call("put", "/v1/devices/{id}", "d-2", of_ann).await.0, 201);
    let registered = stage.id("a1b2c3");
    for mut example in examples("post", "/v1/messages") {
        if example["to"]["devices"].is_array() {
            example["to"]["devices"] = json!([registered]);
        }
        let (status, answer) = call("post", "/v1/messages", "", example).await;
        assert_eq!(status, 202, "{answer}");
        let id = answer["messageId"].as_str().unwrap();
        // As after a receipt.
        sqlx::query(
            "UPDATE deliveries SET state = 'sent', code = '80000000', receipt_result = 0, receipt_at = 1",
        )
        .execute(&stage.backend.database.pool)
        .await
        .unwrap();
        assert_eq!(call("get", "/v1/messages/{id}", id, Value::Null).await.0, 200);
        // Push Kit is not there: a message with a notification is revoked later.
        let (status, answer) = call("delete", "/v1/messages/{id}", id, Value::Null).await;
        assert!(status == 200 || answer["error"]["code"] == "revoke_later", "{status} {answer}");
    }
    for mut example in examples("post", "/v1/sizes") {
        if example["to"]["devices"].is_array() {
            example["to"]["devices"] = json!([registered]);
        }
        assert_eq!(call("post", "/v1/sizes", "", example).await.0, 200);
    }
    for example in examples("post", "/v1/receipts") {
        let batch = Batch::parse(example.to_string().as_bytes()).unwrap();
        assert!(!batch.receipts.is_empty() && batch.odd == 0, "{example}");
    }
    for (method, path, body, expected) in [
        ("delete", "/v1/devices/{id}", Value::Null, 204),
        ("get", "/v1/messages/{id}", Value::Null, 404),
        ("delete", "/v1/messages/{id}", Value::Null, 404),
        ("get", "/v1/attachments/{id}", Value::Null, 404),
        ("post", "/v1/receipts", json!({}), 403),
        ("post", "/v1/messages", json!({}), 400),
        ("post", "/v1/sizes", json!({}), 400),
        ("put", "/v1/devices/{id}", json!({}), 400),
        ("post", "/v1/devices/{id}/proof", json!({}), 400),
        ("post", "/v1/devices/{id}/proof", json!({"nonce": "x"}), 403),
        ("get", "/healthz", Value::Null, 200),
        ("get", "/readyz", Value::Null, 200),
        ("get", "/metrics", Value::Null, 200),
        ("get", "/openapi.json", Value::Null, 200),
    ] {
        let (status, answer) = call(method, path, "none", body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        if status >= 400 {
            assert_same_shape(&document["components"]["schemas"]["Error"]["example"], &answer, path);
        }
    }
}

/// The same members with values of the same kinds, all the way down.
fn assert_same_shape(example: &Value, real: &Value, place: &str) {
    match (example, real) {
        (Value::Object(example), Value::Object(real)) => {
            let names =
                |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(example), names(real), "{place}");
            for (name, value) in example {
                assert_same_shape(value, &real[name], &format!("{place}.{name}"));
            }
        }
        (Value::Array(example), Value::Array(real)) => {
            assert!(!real.is_empty(), "{place} is empty");
            real.iter().for_each(|value| assert_same_shape(&example[0], value, place));
        }
        _ => assert_eq!(
            std::mem::discriminant(example),
            std::mem::discriminant(real),
            "{place}: {example} and {real}"
        ),
    }
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                object.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20);
    for reference in found {
        assert!(document.pointer(reference.strip_prefix('#').unwrap()).is_some(), "{reference}");
    }
}

#[test]
fn the_manual_names_the_same_error_codes() {
    let manual = include_str!("../../../docs/backend.md");
    let (_, rest) = manual.split_once("The codes are stable: ").unwrap();
    let (list, _) = rest.split_once("\n\n").unwrap();
    let named: BTreeSet<_> = list.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    assert_eq!(named, error_codes().into_iter().collect());
}
