//! Strings: checked where they lie, decoded only when they hold escapes.

use crate::error::Error;
use std::borrow::Cow;

/// The content of a checked string, between its quotes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, escaped: text.as_bytes().contains(&b'\\') }
    }

    /// The characters that the text stands for.
    pub(crate) fn decode(&self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.text)) } else { Cow::Borrowed(self.text) }
    }
}

/// The content of a string: its bytes up to the closing quote, and whether there are escapes among them.
pub(super) struct Checked {
    pub(super) len: usize,
    pub(super) escaped: bool,
}

/// Checks the string whose content starts at the first of `bytes`; UTF-8 has been checked before.
#[inline]
pub(super) fn check(bytes: &[u8]) -> Result<Checked, Error> {
    let mut len = 0;
    let mut escaped = false;
    loop {
        len += plain_run(bytes.get(len..).unwrap_or_default());
        match bytes.get(len) {
            Some(b'"') => return Ok(Checked { len, escaped }),
            Some(b'\\') => {
                escaped = true;
                len += escape(bytes.get(len..).unwrap_or_default())?.0;
            }
            Some(_) => return Err(Error::Malformed("a control character in a JSON string")),
            None => return Err(Error::Malformed("a JSON string does not end")),
        }
    }
}

/// One escape at the start of `bytes`: its length and what it stands for.
fn escape(bytes: &[u8]) -> Result<(usize, char), Error> {
    let plain = match bytes.get(1) {
        Some(b'"') => '"',
        Some(b'\\') => '\\',
        Some(b'/') => '/',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_escape(bytes),
        _ => return Err(Error::Malformed("an unknown escape in a JSON string")),
    };
    Ok((2, plain))
}

fn unicode_escape(bytes: &[u8]) -> Result<(usize, char), Error> {
    let first = hex4(bytes, 2)?;
    if let Some(c) = char::from_u32(first) {
        return Ok((6, c));
    }
    let low_follows = bytes.get(6..8) == Some(b"\\u");
    if let (0xD800..0xDC00, true) = (first, low_follows) {
        let second = hex4(bytes, 8)?;
        if let 0xDC00..0xE000 = second {
            let combined = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            return char::from_u32(combined).map(|c| (12, c)).ok_or(Error::Internal);
        }
    }
    Err(Error::UnsafeJson("half of a surrogate pair"))
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, Error> {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    let value = digits.iter().try_fold(0, |sum, &b| Some(sum * 16 + char::from(b).to_digit(16)?));
    match value {
        Some(value) if digits.len() == 4 => Ok(value),
        _ => Err(Error::Malformed("four hexadecimal digits expected in a JSON string")),
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, tail)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        // The text was checked, so the escape is whole; an unreadable one would end the text rather than loop.
        let (len, c) = escape(tail.as_bytes()).unwrap_or((tail.len(), char::REPLACEMENT_CHARACTER));
        out.push(c);
        rest = tail.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The number of bytes before the first quote, backslash or control character.
#[inline]
fn plain_run(bytes: &[u8]) -> usize {
    let (words, _) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().take(2).enumerate() {
        if let Some(at) = special_in(word) {
            return n * 8 + at;
        }
    }
    let mut done = 8 * words.len().min(2);
    // Long text goes by blocks, in a shape that the compiler turns into vector instructions.
    let (blocks, _) = bytes.get(done..).unwrap_or_default().as_chunks::<32>();
    for block in blocks {
        if block.iter().fold(0, |found, &b| found | u8::from(special(b))) != 0 {
            break;
        }
        done += 32;
    }
    let tail = bytes.get(done..).unwrap_or_default();
    let (words, _) = tail.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        if let Some(at) = special_in(word) {
            return done + n * 8 + at;
        }
    }
    let rest = 8 * words.len();
    let tail = tail.get(rest..).unwrap_or_default();
    done + rest + tail.iter().position(|&b| special(b)).unwrap_or(tail.len())
}

#[inline]
fn special(b: u8) -> bool {
    b < 0x20 || b == b'"' || b == b'\\'
}

/// The first special byte of eight, found in one 64-bit word. In each mask the lowest bit set is exact: a borrow can only
/// spoil bytes above a true hit.
#[inline]
fn special_in(word: &[u8; 8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(*word);
    let zero_in = |x: u64| x.wrapping_sub(ONES) & !x;
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let found = (control | zero_in(word ^ (ONES * 0x22)) | zero_in(word ^ (ONES * 0x5C))) & HIGHS;
    if found == 0 { None } else { usize::try_from(found.trailing_zeros() / 8).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Result<(usize, bool), Error> {
        check(text.as_bytes()).map(|c| (c.len, c.escaped))
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_lies() {
        for len in 0..120 {
            for special in [b'"', b'\\', 0, 0x1f] {
                for (around, at) in (0..=len).map(|at| (if at % 2 == 0 { 0xFF_u8 } else { b'!' }, at)) {
                    let mut bytes = vec![around; len];
                    bytes.insert(at, special);
                    assert_eq!(plain_run(&bytes), at, "{special:#x} at {at} of {len}");
                }
            }
            assert_eq!(plain_run(&vec![0x20; len]), len);
            assert_eq!(plain_run(&vec![0x80; len]), len);
        }
    }

    #[test]
    fn strings_end_at_the_quote() {
        assert_eq!(content("\""), Ok((0, false)));
        assert_eq!(content("abc\"def"), Ok((3, false)));
        assert_eq!(content("a\\\"b\"c"), Ok((4, true)));
        assert_eq!(content("\u{7f}好\""), Ok((4, false)));
        for bad in ["", "abc", "a\nb\"", "\\x\"", "\\", "\\u12\"", "\\u12g4\"", "\\u+123\""] {
            assert!(matches!(content(bad), Err(Error::Malformed(_))), "{bad:?}");
        }
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert!(content("\\ud83d\\ude00\"").is_ok());
        for bad in
            ["\\ud83d\"", "\\ude00\"", "\\ud83dx\"", "\\ud83d\\n\"", "\\ud83d\\u0041\"", "\\ud83d\\ud83d\""]
        {
            assert!(matches!(content(bad), Err(Error::UnsafeJson(_))), "{bad:?}");
        }
    }

    #[test]
    fn decoding_gives_what_serde_json_gives() {
        for text in ["", "plain 好 😀", r#"\"\\\/\b\f\n\r\t"#, r"a\u0041\u00e9\ud83d\ude00z", r"\u0000"] {
            let expected: String = serde_json::from_str(&format!("\"{text}\"")).unwrap();
            assert_eq!(Text::new(text).decode(), expected);
        }
    }
}
