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
            // A function, or a name between quotes: a word in a comment is no test.
            let is = |before: &str, after: &str| source.contains(&format!("{before}{name}{after}"));
            let found = is("fn ", "(") || is("'", "'") || is("\"", "\"") || is("\"", ": {") || is("`", "`");
            assert!(found, "{file} has no test `{name}`");
            named += 1;
        }
    }
    println!("report: SECURITY.md: {} promises, held by {named} named tests", promises.len());
    assert!(promises.len() >= 25 && named >= 40, "{} promises, {named} tests", promises.len());
}

/// The Rust sources below a folder, by their path from the root.
fn sources(root: &Path, folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(sources(root, &path));
        } else if path.ends_with(".rs") {
            let text = std::fs::read_to_string(entry.path()).unwrap();
            found.push((path, text));
        }
    }
    found
}

#[test]
fn unsafe_code_stands_in_one_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    assert!(include_str!("../src/lib.rs").contains("#![forbid(unsafe_code)]"), "the core has none");
    assert!(include_str!("../bridge/src/lib.rs").contains("#![deny(unsafe_code)]"), "it needs a permission");
    let mut found: Vec<String> = ["src", "bridge/src"]
        .into_iter()
        .flat_map(|folder| sources(root, folder))
        .filter(|(_, text)| text.contains("allow(unsafe_code"))
        .map(|(path, _)| path)
        .collect();
    found.sort();
    assert_eq!(found, ["bridge/src/engine/mod.rs"]);
}
