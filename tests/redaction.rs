//! No secret is in what the library prints: each `Debug` and each error text, pinned.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use pushseal::{
    Claims, Content, ErrorKind, Key, KeyId, Keyring, Nonce, OpenOptions, Opener, Reference, Registration,
    open, seal,
};

const SECRET: &str = "kT9-secret-kT9";

#[test]
fn debug_is_pinned() {
    let key = || Key::new(KeyId::new("k").unwrap(), b"kT9-secret-kT9..").unwrap();
    let reference = Reference::new("a", 7, [0; 32], *b"kT9-secret-kT9..").unwrap();
    let opened = |content: Content<'_>| {
        let sealed = seal(&key(), Nonce::from_bytes([1; 12]), &Claims::new(1, content).id("m")).unwrap();
        open(&Keyring::new(vec![key()]).unwrap(), &sealed, &OpenOptions::new(1_000)).unwrap()
    };
    let text = format!("\"{SECRET}\"");
    let claims = Claims::new(1, SECRET);
    let mut registration = Registration::default();
    registration.token = SECRET.into();
    registration.aaid = SECRET.into();
    registration.account = SECRET.into();
    for (shown, expected) in [
        (format!("{:?}", key()), "Key { id: KeyId(k), encryption: A128Gcm, .. }"),
        (
            format!("{:?}", Keyring::new(vec![key()]).unwrap()),
            "Keyring([Key { id: KeyId(k), encryption: A128Gcm, .. }])",
        ),
        (format!("{reference:?}"), r#"Reference { id: "a", size: 7, .. }"#),
        (
            format!("{:?}", opened(text.as_str().into())),
            r#"DataMessage { id: "m", key_id: "k", sealed: true, content: Data(16 bytes), .. }"#,
        ),
        (
            format!("{:?}", opened(reference.clone().into())),
            r#"DataMessage { id: "m", key_id: "k", sealed: true, content: Reference { id: "a", size: 7, .. }, .. }"#,
        ),
        (
            format!("{claims:?}"),
            "Claims { issued_at: 1, expires_at: None, id: None, audience: None, content: Data(14 bytes) }",
        ),
        (format!("{:?}", Nonce::from_bytes(*b"kT9-secret-k")), "Nonce { .. }"),
        (format!("{:?}", Opener::default()), "Opener { .. }"),
        (format!("{registration:?}"), r#"Registration { key_id: "", region: "", .. }"#),
    ] {
        assert_eq!(shown, expected);
    }
}

#[test]
fn no_error_repeats_what_it_was_given() {
    let key = Key::new(KeyId::new("k").unwrap(), &[1; 16]).unwrap();
    let ring = Keyring::new(vec![key]).unwrap();
    let options = OpenOptions::default();
    let mut errors = vec![
        Key::new(KeyId::new("k").unwrap(), SECRET.as_bytes()).unwrap_err(),
        KeyId::new(&SECRET.repeat(2)).unwrap_err(),
        Reference::from_text(&format!("{SECRET}/"), 1, SECRET, SECRET).unwrap_err(),
    ];
    for payload in [
        SECRET.to_owned(),
        format!("e{SECRET}"),
        format!("{{\"data\":\"{SECRET}\"}}"),
        format!("{{\"{SECRET}\":1,\"{SECRET}\":2}}"),
        format!("{{\"pushseal\":\"{SECRET}....\"}}"),
        format!("\"{SECRET}\""),
        SECRET.repeat(2000),
    ] {
        errors.push(open(&ring, &payload, &options).unwrap_err());
    }
    for error in errors {
        assert!(!format!("{error}{error:?}").contains("kT9"), "{error:?}");
    }
    // Every text of an error is a constant of the library, so no run can put data into one.
    assert!(ErrorKind::ALL.iter().all(|kind| !kind.to_string().is_empty()));
}
