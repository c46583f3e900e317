//! Any text as a payload: it opens alike every time, and never as a sealed message unless it is one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushseal::{Advice, Content, Key, KeyId, Keyring, OpenOptions, Opener, open};
use std::sync::LazyLock;

/// The keys of the vectors, so that their payloads, which are the seeds, reach the code behind the tag.
static RING: LazyLock<Keyring> = LazyLock::new(|| {
    let key = |id, bytes: Vec<u8>| Key::new(KeyId::new(id).unwrap(), &bytes).unwrap();
    Keyring::new(vec![key("device-256", (0..32).collect()), key("device-128", (0xf0..=0xff).collect())])
        .unwrap()
});

fuzz_target!(|payload: &str| {
    let strict = OpenOptions::new(1_700_000_000_000);
    let lenient = strict.allow_plaintext(true);
    let (first, second) = (open(&RING, payload, &lenient), open(&RING, payload, &lenient));
    assert_eq!(first, second, "the same text, the same outcome");
    let mut opener = Opener::default();
    let reused = opener.open(&RING, payload, &strict).map(pushseal::Opened::into_message);
    assert_eq!(reused, open(&RING, payload, &strict), "a used buffer changes nothing");
    match first {
        Ok(message) if message.sealed => assert_eq!(reused, Ok(message)),
        Ok(message) => {
            let Content::Data(text) = &message.content else { panic!("a claim check in the clear") };
            serde_json::from_str::<serde_json::Value>(text).expect("what is handed on is JSON");
            assert!(message.id.starts_with("plain.") && message.key_id.is_empty());
            assert!(reused.is_err(), "in the clear only by choice");
        }
        Err(error) => {
            assert_ne!(error.advice(), Advice::Fix, "a payload is never our fault: {error}");
            assert!(reused.is_err());
        }
    }
});
