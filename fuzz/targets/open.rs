//! A valid message, then a changed one: the first opens to what was sealed, the second never opens.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use pushseal::low_level::seal_raw;
use pushseal::{Claims, Content, Key, KeyId, Keyring, Nonce, OpenOptions, open, seal};

const NOW: u64 = 1_700_000_000;

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let len = if input.arbitrary()? { 16 } else { 32 };
    let key = || Key::new(KeyId::new("k").unwrap(), &[0x42; 32][..len]).unwrap();
    let ring = Keyring::new(vec![key()]).unwrap();
    let options = OpenOptions::new(NOW * 1000).audience("com.example");
    let (iv, changes): ([u8; 12], u8) = (input.arbitrary()?, input.int_in_range(0..=4)?);
    let edits = (0..changes).map(|_| edit(input)).collect::<Result<Vec<_>>>()?;
    let raw: bool = input.arbitrary()?;
    let id: Option<String> = if raw { None } else { input.arbitrary()? };
    let text = std::str::from_utf8(input.peek_bytes(input.len()).unwrap_or_default()).unwrap_or("1");
    let sealed = if raw {
        seal_raw(&key(), Nonce::from_bytes(iv), text).unwrap()
    } else {
        let claims = Claims::new(NOW - 1, text).id(id.as_deref());
        let Ok(sealed) = seal(&key(), Nonce::from_bytes(iv), &claims) else { return Ok(()) };
        let message = open(&ring, &sealed, &options).expect("what seal makes, open reads");
        assert_eq!(message.content, Content::Data(trimmed(text).into()));
        assert!(id.is_none_or(|id| id == message.id));
        sealed
    };
    if let Ok(message) = open(&ring, &sealed, &options) {
        assert!(message.sealed);
        serde_json::from_str::<serde_json::Value>(match &message.content {
            Content::Data(text) => text,
            Content::Reference(_) => "0",
        })
        .expect("what is handed on is JSON");
    }
    let mut changed = sealed.clone().into_bytes();
    edits.into_iter().for_each(|edit| edit.apply(&mut changed));
    if let Ok(changed) = String::from_utf8(changed)
        && changed != sealed
    {
        assert!(open(&ring, &changed, &options).is_err(), "a changed message opened");
    }
    Ok(())
}

/// The JSON text without the white space around it, which is not part of the value.
fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}

enum Edit {
    Replace(u16, u8),
    Insert(u16, u8),
    Delete(u16),
    Cut(u16),
    Append(u8),
}

fn edit(input: &mut Unstructured<'_>) -> Result<Edit> {
    Ok(match input.int_in_range(0..=4)? {
        0 => Edit::Replace(input.arbitrary()?, input.arbitrary()?),
        1 => Edit::Insert(input.arbitrary()?, input.arbitrary()?),
        2 => Edit::Delete(input.arbitrary()?),
        3 => Edit::Cut(input.arbitrary()?),
        _ => Edit::Append(input.arbitrary()?),
    })
}

impl Edit {
    fn apply(self, text: &mut Vec<u8>) {
        let place = |at: u16, len: usize| usize::from(at) % len.max(1);
        let len = text.len();
        match self {
            Self::Append(byte) => text.push(byte),
            Self::Insert(at, byte) => text.insert(place(at, len), byte),
            _ if len == 0 => {}
            Self::Replace(at, byte) => text[place(at, len)] = byte,
            Self::Delete(at) => drop(text.remove(place(at, len))),
            Self::Cut(at) => text.truncate(place(at, len)),
        }
    }
}
