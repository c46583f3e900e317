//! Public test suites, each whole, each counted. The vectors lie in packages that cargo fetches; none is copied here.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

mod json_test_suite;
mod jwe;
mod nist;
mod packages;
mod wycheproof_gcm;
mod wycheproof_jwe;
