//! JSONTestSuite: all of its parsing cases, byte by byte as they are. `docs/json.md` has the decisions that the suite leaves open.

use super::packages;
use pushseal::{Error, check_json};
use std::collections::BTreeMap;
use std::fs;

const DECISIONS: &str = include_str!("../../docs/json.md");

#[test]
fn every_case_is_accepted_or_refused_as_it_must_be() {
    let decisions = decisions();
    let mut decided = 0;
    let (mut accepted, mut refused) = (0, 0);
    for (name, text) in cases() {
        let result = check_json(&text);
        assert_ne!(result, Err(Error::Internal), "{name}");
        let expected = match (decisions.get(name.as_str()), name.as_bytes()[0]) {
            (Some(accept), _) => {
                decided += 1;
                *accept
            }
            (None, b'y') => true,
            (None, b'n') => false,
            _ => panic!("docs/json.md does not decide {name}: {result:?}"),
        };
        assert_eq!(result.is_ok(), expected, "{name}: {result:?}");
        if expected { accepted += 1 } else { refused += 1 }
    }
    println!(
        "report: JSONTestSuite: {accepted} accepted, {refused} refused, of 318 expected; {decided} by decision"
    );
    assert_eq!(decided, decisions.len(), "every decision is about a case");
    assert_eq!(decisions.keys().filter(|name| name.starts_with("i_")).count(), 35);
    assert_eq!((accepted + refused, decided), (318, 37));
}

/// The suite's cases by name, as bytes.
fn cases() -> BTreeMap<String, Vec<u8>> {
    let folder = packages::sources("json-syntax", "0.12.").join("tests/inputs");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: BTreeMap<_, _> = files
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .filter(|(name, _)| name != "y_issue_1" && name.as_bytes()[1] == b'_')
        .map(|(name, text)| (suite_name(name), text))
        .collect();
    let broken = cases.values().filter(|text| std::str::from_utf8(text).is_err()).count();
    assert_eq!(broken, 22, "the package has spoiled bytes that are no UTF-8");
    cases.extend(LEFT_OUT.map(|(name, text)| (name.to_owned(), text.to_vec())));
    cases
}

/// The package decides some of the open cases for itself, and names them so.
fn suite_name(name: String) -> String {
    let decided = ["huge", "overflow", "underflow", "too_big", "very_big", "500_nested"];
    match name.strip_prefix("y_") {
        Some(rest) if decided.iter().any(|word| rest.contains(word)) => format!("i_{rest}"),
        _ => name,
    }
}

/// The open cases that the package leaves out, being no UTF-8 text for it.
const LEFT_OUT: [(&str, &[u8]); 5] = [
    ("i_string_1st_surrogate_but_2nd_missing", b"[\"\\uDADA\"]"),
    ("i_string_UTF-16LE_with_BOM", b"\xFF\xFE[\0\"\0\xE9\0\"\0]\0"),
    ("i_string_utf16BE_no_BOM", b"\0[\0\"\0\xE9\0\"\0]"),
    ("i_string_utf16LE_no_BOM", b"[\0\"\0\xE9\0\"\0]\0"),
    ("i_structure_UTF-8_BOM_empty_object", b"\xEF\xBB\xBF{}"),
];

/// Rows "| `name` | accepted or refused | why |".
fn decisions() -> BTreeMap<&'static str, bool> {
    let rows = DECISIONS.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').map(|cell| cell.trim().trim_matches('`'));
        let (name, decision) = (cells.next().unwrap(), cells.next().unwrap());
        assert!(["accepted", "refused"].contains(&decision), "{row}");
        (name, decision == "accepted")
    })
    .collect()
}
