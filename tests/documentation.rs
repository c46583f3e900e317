//! What the documents repeat is what the sources say.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use std::collections::BTreeMap;

/// The constants of `src/limits.rs`, by name, with what they are worth.
fn constants() -> BTreeMap<&'static str, u64> {
    macro_rules! values {
        ($($name:ident),* $(,)?) => { BTreeMap::from([$((stringify!($name), u64::try_from(pushseal::limits::$name).unwrap())),*]) };
    }
    values![
        PAYLOAD_BYTES,
        PLAINTEXT_BYTES,
        JSON_DEPTH,
        SAFE_INTEGER,
        HEADER_BYTES,
        KEY_ID_CHARS,
        KEYRING_KEYS,
        MESSAGE_ID_BYTES,
        ATTACHMENT_ID_BYTES,
        ATTACHMENT_BYTES,
        DEFAULT_LIFETIME_S,
        BATCH_PAYLOADS,
        REGISTRATION_REFRESH_DAYS,
    ]
}

#[test]
fn the_table_of_limits_is_that_of_the_sources() {
    let rows = include_str!("../docs/wire-format.md").lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeMap<&str, u64> = rows
        .filter_map(|row| row.split_once("` | "))
        .filter_map(|(name, rest)| Some((name, rest.split(' ').next()?.parse().ok()?)))
        .collect();
    assert_eq!(documented, constants());
    let declared =
        include_str!("../src/limits.rs").lines().filter(|line| line.starts_with("pub const ")).count();
    assert_eq!(declared, constants().len(), "every limit is in the table");
}

#[test]
fn errors_state_the_limits_that_hold() {
    let sources = include_str!("../src/reason.rs");
    let limits = constants();
    for (text, name, unit) in [
        ("a payload has at most 16384 bytes", "PAYLOAD_BYTES", 1),
        ("a plaintext has at most 8192 bytes", "PLAINTEXT_BYTES", 1),
        ("an attachment has at most 4 MiB", "ATTACHMENT_BYTES", 1024 * 1024),
        ("nested deeper than 32", "JSON_DEPTH", 1),
        ("a protected header has at most 512 bytes", "HEADER_BYTES", 1),
        ("a keyring holds at most 16 keys", "KEYRING_KEYS", 1),
    ] {
        assert!(sources.contains(text), "{text}");
        let number: u64 = text.split(' ').find_map(|word| word.parse().ok()).unwrap();
        assert_eq!(number * unit, limits[name], "{text}");
    }
}

#[test]
fn the_bridge_says_the_same() {
    let bridge = [include_str!("../bridge/src/read.rs"), include_str!("../bridge/src/lib.rs")].concat();
    let limits = constants();
    for (before, name, after) in [
        ("a payload has at most ", "PAYLOAD_BYTES", " bytes"),
        ("a keyring holds at most ", "KEYRING_KEYS", " keys"),
        ("keyId is not a string of 1 to ", "KEY_ID_CHARS", " characters"),
        ("a batch has at most ", "BATCH_PAYLOADS", " payloads"),
    ] {
        let text = format!("{before}{}{after}", limits[name]);
        assert!(bridge.contains(&text), "{text}");
    }
    let mib = limits["ATTACHMENT_BYTES"] / (1024 * 1024);
    assert!(bridge.contains(&format!("an attachment has at most {mib} MiB")), "{mib}");
    assert!(bridge.contains(&format!("json is not a string of at most {mib} MiB")), "{mib}");
}
