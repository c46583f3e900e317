//! What is counted, in Prometheus' text form.

use std::hash::Hash;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use push_kit::receipt::meaning;

use crate::outbox::{Finished, Waiting};

/// All counters of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<ByCode, Counter>,
    latency: Family<ByRegion, Histogram, fn() -> Histogram>,
    results: Family<ByState, Counter>,
    retired: Family<ByReason, Counter>,
    registrations: Family<ByChange, Counter>,
    bearers: Family<ByOrigin, Counter>,
    answers: Family<ByAnswer, Counter>,
    answer_latency: Family<ByRoute, Histogram, fn() -> Histogram>,
    receipts: Family<ByResult, Counter>,
    receipts_refused: Family<ByReason, Counter>,
    accepted: Counter,
    set_aside: Family<ByRegion, Counter>,
    webhooks: Family<ByWebhook, Counter>,
    database_up: Gauge,
    queued: Gauge,
    oldest: Gauge,
    overdue: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByCode {
    region: String,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRegion {
    region: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByWebhook {
    webhook: String,
    result: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOrigin {
    region: String,
    origin: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    method: String,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByAnswer {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByState {
    region: String,
    state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: String,
    meaning: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByChange {
    result: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("pushseal");
        let requests = Family::default();
        registry.register("push_requests", "Requests to Push Kit by code", requests.clone());
        let latency = durations();
        registry.register("push_request_seconds", "Time until Push Kit answered", latency.clone());
        let results = Family::default();
        registry.register("deliveries", "Results of attempts by state", results.clone());
        let retired = Family::default();
        registry.register("tokens_retired", "Push tokens taken out of use by reason", retired.clone());
        let registrations = Family::default();
        registry.register("registrations", "Registrations of devices by result", registrations.clone());
        let bearers = Family::default();
        let help = "Credentials for requests to Push Kit: kept by this process, shared by another, or made";
        registry.register("bearers", help, bearers.clone());
        let answers = Family::default();
        registry.register("http_requests", "Requests to this backend by answer", answers.clone());
        let answer_latency = durations();
        registry.register("http_request_seconds", "Time until this backend answered", answer_latency.clone());
        let receipts = Family::default();
        registry.register("receipts", "Results that Push Kit reported", receipts.clone());
        let receipts_refused = Family::default();
        registry.register("receipts_refused", "Receipts not taken by reason", receipts_refused.clone());
        let webhooks = Family::default();
        registry.register("webhook_requests", "Requests to webhooks by result", webhooks.clone());
        let set_aside = Family::default();
        registry.register("deliveries_set_aside", "Deliveries whose row cannot be read", set_aside.clone());
        let accepted = Counter::default();
        registry.register("messages_accepted", "Messages answered 202", accepted.clone());
        let database_up = Gauge::default();
        let help = "1 when the database took a write just now; 0: nothing is accepted";
        registry.register("database_up", help, database_up.clone());
        let queued = Gauge::default();
        registry.register("queued_deliveries", "Deliveries that wait", queued.clone());
        let oldest = Gauge::default();
        registry.register(
            "oldest_queued_seconds",
            "Time since the oldest message that waits was taken",
            oldest.clone(),
        );
        let overdue = Gauge::default();
        registry.register(
            "overdue_seconds",
            "Time since the longest overdue delivery was due",
            overdue.clone(),
        );
        Self {
            registry,
            requests,
            latency,
            results,
            retired,
            registrations,
            receipts,
            receipts_refused,
            bearers,
            answers,
            answer_latency,
            overdue,
            accepted,
            set_aside,
            webhooks,
            database_up,
            queued,
            oldest,
        }
    }
}

impl Metrics {
    /// A request to Push Kit was answered, or failed on the way.
    pub fn requested(&self, region: &str, code: &str, took: Duration) {
        let region = region.to_owned();
        self.requests.get_or_create(&ByCode { region: region.clone(), code: code.to_owned() }).inc();
        self.latency.get_or_create(&ByRegion { region }).observe(took.as_secs_f64());
    }

    /// An attempt has a result.
    pub(crate) fn finished(&self, region: &str, result: &Finished) {
        let by = ByState { region: region.to_owned(), state: result.state().to_owned() };
        self.results.get_or_create(&by).inc();
    }

    /// A delivery's row could not be read.
    pub fn set_aside(&self, region: &str) {
        self.set_aside.get_or_create(&ByRegion { region: region.to_owned() }).inc();
    }

    /// A request to Push Kit has its Bearer: `kept`, `shared` or `made`.
    pub fn bearer_used(&self, region: &str, origin: &str) {
        self.bearers.get_or_create(&ByOrigin { region: region.to_owned(), origin: origin.to_owned() }).inc();
    }

    /// This backend answered a request. `route` is a pattern; methods that no route has are counted together.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method =
            if matches!(method, "GET" | "PUT" | "POST" | "DELETE" | "HEAD") { method } else { "other" };
        let (method, route) = (method.to_owned(), route.to_owned());
        self.answers.get_or_create(&ByAnswer { method: method.clone(), route: route.clone(), status }).inc();
        self.answer_latency.get_or_create(&ByRoute { method, route }).observe(took.as_secs_f64());
    }

    /// A token was taken out of use.
    pub fn token_retired(&self, reason: &str) {
        self.retired.get_or_create(&ByReason { reason: reason.to_owned() }).inc();
    }

    /// A device registered: `created`, `updated` or `removed`.
    pub fn registered(&self, result: &str) {
        self.registrations.get_or_create(&ByChange { result: result.to_owned() }).inc();
    }

    /// Push Kit reported a result. Numbers that the documents do not name are counted together.
    pub fn receipt(&self, result: i64) {
        let meaning = meaning(result).to_owned();
        let result = if meaning == "other" { meaning.clone() } else { result.to_string() };
        self.receipts.get_or_create(&ByResult { result, meaning }).inc();
    }

    /// A receipt was not taken: `unsigned`, `forged`, `stale` or `replayed`; `odd` for one item of a batch.
    pub fn receipt_refused(&self, reason: &str) {
        self.receipts_refused.get_or_create(&ByReason { reason: reason.to_owned() }).inc();
    }

    /// A message was taken.
    pub fn accepted(&self) {
        self.accepted.inc();
    }

    /// Whether the database takes writes, and how much waits; the last numbers stand while nothing is known.
    pub fn database(&self, takes_writes: bool, waiting: Option<&Waiting>) {
        self.database_up.set(i64::from(takes_writes));
        let Some(waiting) = waiting else { return };
        self.queued.set(waiting.deliveries);
        self.oldest.set(waiting.oldest_s);
        self.overdue.set(waiting.overdue_s);
    }

    /// A webhook was asked to take events: `taken` or `failed`.
    pub fn webhook(&self, webhook: &str, result: &str) {
        let by = ByWebhook { webhook: webhook.to_owned(), result: result.to_owned() };
        self.webhooks.get_or_create(&by).inc();
    }

    /// The text that Prometheus reads.
    ///
    /// # Errors
    /// Never, in practice: the text is written into memory.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn durations<L: Clone + Eq + Hash>() -> Family<L, Histogram, fn() -> Histogram> {
    Family::new_with_constructor(new_histogram)
}

/// Buckets from a millisecond to sixteen seconds, which is longer than the call's timeout.
fn new_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}
