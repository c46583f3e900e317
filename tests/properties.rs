//! What holds for every message: round trip, every flipped bit, every truncation, every payload.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

use proptest::prelude::*;
use pushseal::{
    Advice, Claims, Content, Error, Key, KeyId, Keyring, Nonce, OpenOptions, Reference, limits, open,
    open_attachment, seal, seal_attachment, sealed_len,
};
use sha2::{Digest, Sha256};

const NOW: u64 = 1_700_000_000;

fn key(bytes: usize) -> Key {
    Key::new(KeyId::new("k").unwrap(), &vec![0x42; bytes]).unwrap()
}

fn ring(bytes: usize) -> Keyring {
    Keyring::new(vec![key(bytes)]).unwrap()
}

fn options() -> OpenOptions<'static> {
    OpenOptions::new(NOW * 1000)
}

fn claims(data: &str) -> Claims<'_> {
    Claims::new(NOW - 1, data)
}

/// JSON texts of every kind, as `serde_json` writes them.
fn json() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(serde_json::Value::from),
        any::<f64>()
            .prop_filter("finite, and no large whole number", |n| n.is_finite()
                && !(9e15..2e19).contains(&n.abs()))
            .prop_map(serde_json::Value::from),
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        number,
        any::<String>().prop_map(serde_json::Value::from),
    ];
    let tree = leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(serde_json::Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    tree.prop_map(|value| value.to_string()).prop_filter("fits", |text| text.len() < 8000)
}

proptest! {
    #[test]
    fn what_is_sealed_opens(data in json(), iv in any::<[u8; 12]>(), bytes in prop_oneof![Just(16_usize), Just(32)]) {
        let sealed = seal(&key(bytes), Nonce::from_bytes(iv), &claims(&data)).unwrap();
        let plaintext = format!("{{\"iat\":{},\"data\":{data}}}", NOW - 1);
        prop_assert_eq!(sealed.len(), sealed_len(&key(bytes), plaintext.len()));
        let message = open(&ring(bytes), &sealed, &options()).unwrap();
        prop_assert_eq!(message.content, Content::from(data));
        prop_assert!(message.sealed);
    }

    #[test]
    fn ids_and_audiences_come_back(id in "[^\\p{Cc}]{1,16}", audience in any::<String>()) {
        let claims = claims("1").id(&*id).audience(&*audience);
        let sealed = seal(&key(32), Nonce::from_bytes([3; 12]), &claims).unwrap();
        let message = open(&ring(32), &sealed, &options().audience(&audience)).unwrap();
        prop_assert_eq!(message.id, id);
    }

    #[test]
    fn no_payload_ends_the_process(payload in any::<String>(), allow_plaintext in any::<bool>()) {
        let result = open(&ring(32), &payload, &options().allow_plaintext(allow_plaintext));
        if let Err(error) = result {
            prop_assert_eq!(error.advice(), Advice::Drop);
        }
    }

    #[test]
    fn no_plaintext_ends_the_process(plaintext in ".{0,200}") {
        let sealed = pushseal::low_level::seal_raw(&key(32), Nonce::from_bytes([1; 12]), &plaintext).unwrap();
        let _ = open(&ring(32), &sealed, &options()).map(std::hint::black_box);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn attachments_round_trip(len in prop_oneof![0_usize..100, 65_400_usize..65_600, 130_900_usize..131_100], salt in any::<[u8; 16]>(), flip in any::<prop::sample::Index>()) {
        let content: Vec<u8> = (0..len).map(|n| (n % 251) as u8).collect();
        let mut sealed = seal_attachment(&content, &[9; 16], salt).unwrap();
        let reference = |bytes: &[u8]| {
            Reference::new("a", u32::try_from(bytes.len()).unwrap(), Sha256::digest(bytes).into(), [9; 16]).unwrap()
        };
        let right = reference(&sealed);
        prop_assert_eq!(&*open_attachment(&sealed, &right).unwrap(), &content);
        let at = flip.index(sealed.len());
        sealed[at] ^= 1;
        prop_assert!(open_attachment(&sealed, &right).is_err(), "the hash no longer fits");
        let id_length = 20;
        if at > id_length {
            prop_assert_eq!(open_attachment(&sealed, &reference(&sealed)).unwrap_err(), Error::DecryptionFailed);
        }
        sealed[at] ^= 1;
        sealed.truncate(at);
        prop_assert!(open_attachment(&sealed, &reference(&sealed)).is_err(), "cut at {at}");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let sealed = seal(&key(32), Nonce::from_bytes([5; 12]), &claims(r#"{"text":"你好 🔔"}"#)).unwrap();
    let mut refused = 0;
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            assert!(open(&ring(32), &text, &options()).is_err(), "bit {bit} of byte {at}");
            refused += 1;
        }
    }
    assert_eq!(refused, sealed.len() * 7, "the eighth bit makes the text invalid UTF-8");
}

#[test]
fn every_truncation_is_refused() {
    let sealed = seal(&key(16), Nonce::from_bytes([5; 12]), &claims("[1,2,3]")).unwrap();
    let envelope = format!(r#"{{"data":"{sealed}","header":{{"token":"t"}}}}"#);
    for text in [&sealed, &envelope] {
        for len in 0..text.len() {
            assert!(open(&ring(16), &text[..len], &options()).is_err(), "{len} of {}", text.len());
        }
        assert!(open(&ring(16), text, &options()).is_ok());
    }
}

#[test]
fn data_goes_from_one_byte_to_the_limit() {
    let overhead = format!("{{\"iat\":{},\"data\":\"\"}}", NOW - 1).len();
    let room = limits::PLAINTEXT_BYTES - overhead;
    for len in [0, 1, 2, 15, 16, 17, 4000, room - 1, room] {
        let data = format!("\"{}\"", "x".repeat(len));
        let sealed = seal(&key(32), Nonce::from_bytes([1; 12]), &claims(&data)).unwrap();
        assert_eq!(open(&ring(32), &sealed, &options()).unwrap().content, Content::from(data));
    }
    let over = format!("\"{}\"", "x".repeat(room + 1));
    assert!(matches!(seal(&key(32), Nonce::from_bytes([1; 12]), &claims(&over)), Err(Error::TooLarge(_))));
}

#[test]
fn the_largest_attachment_fits_and_one_byte_more_does_not() {
    let records = limits::ATTACHMENT_BYTES / (64 * 1024);
    let room = limits::ATTACHMENT_BYTES - 21 - records * 17;
    assert_eq!(seal_attachment(&vec![0; room], &[0; 16], [0; 16]).unwrap().len(), limits::ATTACHMENT_BYTES);
    assert!(matches!(seal_attachment(&vec![0; room + 1], &[0; 16], [0; 16]), Err(Error::TooLarge(_))));
}
