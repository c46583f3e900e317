//! The product, as it is measured.

use super::input::{Input, Message};
use pushseal::{Key, KeyId, Keyring, OpenOptions, Opener};
use std::{error::Error, hint::black_box};

/// Opens the message and copies its data, again and again.
pub fn ours<'a>(
    input: &'a Input,
    message: &'a Message,
) -> Result<impl FnMut() -> usize + 'a, Box<dyn Error>> {
    let key = Key::new(KeyId::new(&input.key_id)?, &input.key().ok_or("no key")?)?;
    let keyring = Keyring::new(vec![key])?;
    let options = OpenOptions::new(input.options.now).audience(&input.options.audience);
    let (mut opener, mut out) = (Opener::default(), String::with_capacity(16 * 1024));
    let mut open = move || {
        let opened = opener.open(&keyring, black_box(&message.payload), &options).expect("it opens");
        out.clear();
        out.push_str(&opened.content.data().expect("it has data"));
        out.len()
    };
    assert_eq!(open(), message.data.len());
    Ok(open)
}
