//! Stages that several files of tests begin with.

use pushseal_backend::config::Config;
use serde_json::Value;

use super::{Double, Stage, service_account};

/// Nobody listens there.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";

/// The secret with which the double signs receipts.
pub(crate) const RECEIPT_SECRET: &str = "dGhlIHNlY3JldCBvZiB0aGUgY29uc29sZQ==";

/// A backend that sends nothing.
pub(crate) async fn quiet() -> Stage {
    Stage::without_workers(NOWHERE, None).await
}

/// A backend that sends to a double and takes its receipts for region `cn`.
pub(crate) async fn with_receipts() -> (Stage, Double) {
    let keys = tempfile::tempdir().unwrap();
    let account = service_account(keys.path());
    let double = Double::start(&account);
    let base = Stage::without_workers(&double.url, Some(&account)).await;
    let secret = base.folder.path().join("receipt-secret");
    std::fs::write(&secret, format!("{RECEIPT_SECRET}\n")).unwrap();
    let mut config: Config = base.config.clone();
    let region = config.regions.get_mut("cn").unwrap();
    region.receipt_user = Some("shop".to_owned());
    region.receipt_secret_file = Some(secret);
    let mut stage = Stage::from_config(&config, base.folder).await;
    stage.start_workers();
    (stage, double)
}

/// The code of an error's answer.
pub(crate) fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}
