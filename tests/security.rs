//! SECURITY.md names tests that exist.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends where it fails")]

use std::path::Path;

#[test]
fn every_promise_names_a_test_that_exists() {
    let text = include_str!("../SECURITY.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = text.split("| promise | held by |\n|---|---|\n").skip(1);
    let promises: Vec<&str> =
        tables.flat_map(|table| table.lines().take_while(|line| line.starts_with('|'))).collect();
    let mut named = 0;
    for promise in &promises {
        let held_by = promise.split('|').nth(2).unwrap();
        let tests: Vec<(&str, &str)> = held_by.split('`').filter_map(|span| span.split_once(": ")).collect();
        assert!(!tests.is_empty(), "no test holds: {promise}");
        for (file, name) in tests {
            let source =
                std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(source.contains(name), "{file} has no test `{name}`");
            named += 1;
        }
    }
    println!("report: SECURITY.md: {} promises, held by {named} named tests", promises.len());
    assert!(promises.len() >= 25 && named >= 40, "{} promises, {named} tests", promises.len());
}
