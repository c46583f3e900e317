//! The scanner beside serde_json: what the scanner accepts has one meaning; what it refuses has a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pushseal::{Claims, Content, Error, Field, Key, KeyId, Keyring, Nonce, OpenOptions, check_json, field, open, seal};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::{collections::HashSet, fmt};

const NOW: u64 = 1_700_000_000;
const SAFE: u64 = (1 << 53) - 1;

fuzz_target!(|bytes: &[u8]| {
    match check_json(bytes) {
        Ok(()) => {
            let value: serde_json::Value = serde_json::from_slice(bytes).expect("the scanner is stricter");
            serde_json::from_slice::<Strict>(bytes).expect("the scanner is as strict as its rules");
            same_after_the_way(bytes, &value);
            same_by_field(std::str::from_utf8(bytes).unwrap(), &value);
        }
        Err(Error::Malformed(_)) => {
            assert!(serde_json::from_slice::<Strict>(bytes).is_err(), "JSON was called malformed");
        }
        Err(Error::UnsafeJson(_)) => {
            let read = serde_json::from_slice::<Strict>(bytes);
            assert!(read.is_err() || read.is_ok_and(|strict| strict.large), "safe JSON was refused");
        }
        Err(other) => panic!("{other}"),
    }
});

/// Seals the text, opens it, and reads the same value out of it.
fn same_after_the_way(bytes: &[u8], value: &serde_json::Value) {
    let key = || Key::new(KeyId::new("k").unwrap(), &[7; 16]).unwrap();
    let text = std::str::from_utf8(bytes).unwrap();
    let claims =
        Claims::new(NOW, text);
    // Inside the plaintext it lies one level deeper, and there is a limit of length.
    let Ok(sealed) = seal(&key(), Nonce::from_bytes([1; 12]), &claims) else { return };
    let options = OpenOptions::new(NOW * 1000);
    let message = open(&Keyring::new(vec![key()]).unwrap(), &sealed, &options).unwrap();
    let Content::Data(data) = &message.content else { panic!("data became a reference") };
    assert_eq!(&serde_json::from_str::<serde_json::Value>(data).unwrap(), value);
}

/// Takes each member out by its name.
fn same_by_field(text: &str, value: &serde_json::Value) {
    let Some(object) = value.as_object() else {
        return assert!(
            matches!(field(text, ""), Err(Error::Malformed(_))),
            "what is no object has no fields"
        );
    };
    for (name, value) in object {
        match field(text, name).unwrap().expect("the object has it") {
            Field::Text(text) => assert_eq!(value.as_str(), Some(&*text)),
            // serde_json's last bit may be wrong; that of Rust's own parser is not.
            Field::Number(number) => {
                let other = value.as_f64().unwrap();
                assert!((number - other).abs() <= number.abs() * 1e-15, "{number} {other}");
            }
            Field::Boolean(boolean) => assert_eq!(value.as_bool(), Some(boolean)),
            Field::Null => assert!(value.is_null()),
            Field::Json(json) => assert_eq!(&serde_json::from_str::<serde_json::Value>(json).unwrap(), value),
        }
    }
    assert_eq!(field(text, "\0 no such name").unwrap().is_some(), object.contains_key("\0 no such name"));
}

/// The rules again, on serde_json: unique names, depth, safe integers.
struct Strict {
    depth: u32,
    /// Holds a number of 2^53 or more: serde_json does not tell whether it was written as an integer.
    large: bool,
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(leaf(false))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(leaf(false))
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(leaf(false))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Strict, E> {
        if number > SAFE { Err(E::custom("unsafe integer")) } else { Ok(leaf(false)) }
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Strict, E> {
        self.visit_u64(number.unsigned_abs())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Strict, E> {
        Ok(leaf(number.abs() >= SAFE as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Strict, A::Error> {
        let mut all = leaf(false);
        while let Some(value) = seq.next_element::<Strict>()? {
            all.take(value);
        }
        all.deeper()
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let (mut all, mut names) = (leaf(false), HashSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name twice"));
            }
            all.take(map.next_value::<Strict>()?);
        }
        all.deeper()
    }
}

fn leaf(large: bool) -> Strict {
    Strict { depth: 0, large }
}

impl Strict {
    fn take(&mut self, inner: Self) {
        self.depth = self.depth.max(inner.depth);
        self.large |= inner.large;
    }

    fn deeper<E: serde::de::Error>(mut self) -> Result<Self, E> {
        self.depth += 1;
        if self.depth > pushseal::limits::JSON_DEPTH { Err(E::custom("too deep")) } else { Ok(self) }
    }
}
