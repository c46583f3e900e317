//! The JSON scanner beside serde_json: on texts that are nearly JSON, the two agree wherever the rules do.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test ends where it fails")]

use proptest::prelude::*;
use pushseal::{Claims, Content, Error, Key, KeyId, Keyring, Nonce, OpenOptions, check_json, open, seal};
use serde_json::Value;

const NOW: u64 = 1_700_000_000;

/// Tokens of JSON, right and wrong, in any order.
fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "true",
        "null",
        "\"a\"",
        "\"\\u0061\"",
        "\"b\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "0",
        "-0",
        "01",
        "1.5",
        "1e5",
        "1e400",
        "9007199254740991",
        "9007199254740992",
        "-",
        "\"",
        "\\",
        "\t",
        "\u{feff}",
        "好",
        "\u{1}",
    ]);
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

/// A small JSON text, with one of its characters replaced.
fn nearly() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("\"x\"".to_owned()),
        Just("-2.5e3".to_owned()),
        Just("false".to_owned())
    ];
    let tree = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(("[abc]", inner), 0..4).prop_map(|members| {
                let members: Vec<String> =
                    members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(", "))
            }),
        ]
    });
    let change = prop::option::of((any::<prop::sample::Index>(), any::<char>()));
    (tree, change).prop_map(|(text, change)| {
        let mut characters: Vec<char> = text.chars().collect();
        if let Some((at, character)) = change {
            let at = at.index(characters.len());
            characters[at] = character;
        }
        characters.into_iter().collect()
    })
}

fn agree(text: &str) {
    let read = serde_json::from_str::<Value>(text);
    match check_json(text.as_bytes()) {
        Ok(()) => assert_eq!(data_after_the_way(text), read.unwrap(), "{text:?}"),
        Err(Error::Malformed(_)) => assert!(read.is_err(), "called malformed: {text:?}"),
        Err(Error::UnsafeJson(_)) => {}
        Err(other) => panic!("{other}: {text:?}"),
    }
}

/// The value that comes out when the text is sealed and opened.
fn data_after_the_way(text: &str) -> Value {
    let key = || Key::new(KeyId::new("k").unwrap(), &[7; 16]).unwrap();
    let claims = Claims::new(NOW, text);
    let sealed = seal(&key(), Nonce::from_bytes([1; 12]), &claims).unwrap();
    let options = OpenOptions::new(NOW * 1000);
    match open(&Keyring::new(vec![key()]).unwrap(), &sealed, &options).unwrap().content {
        Content::Data(data) => serde_json::from_str(&data).unwrap(),
        Content::Reference(_) => panic!("data became a reference"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn tokens_in_any_order(text in tokens()) {
        agree(&text);
    }

    #[test]
    fn texts_that_are_nearly_json(text in nearly()) {
        agree(&text);
    }
}
