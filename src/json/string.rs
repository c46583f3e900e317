//! Strings: checked where they lie, decoded only when they hold escapes.

use crate::error::Error;
use crate::reason::{Malformed, UnsafeJson};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The content of a checked string, between its quotes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> Text<'a> {
    #[cfg(test)]
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, escaped: text.as_bytes().contains(&b'\\') }
    }

    /// The characters that the text stands for.
    pub(crate) fn decode(&self) -> Cow<'a, str> {
        if self.escaped { Cow::Owned(unescape(self.text)) } else { Cow::Borrowed(self.text) }
    }

    /// Whether every escape stands for a character; only of a text that the strict scan refused may one be half of a surrogate pair.
    pub(crate) fn is_exact(&self) -> bool {
        let mut rest = self.text;
        while let Some(tail) = rest.find('\\').and_then(|at| rest.get(at..)) {
            let Ok((len, _)) = escape(tail.as_bytes()) else { return false };
            rest = tail.get(len..).unwrap_or_default();
        }
        true
    }

    /// Hands on the characters that it stands for. Text without its escapes is a copy of plaintext, and is wiped.
    pub(crate) fn read<T>(&self, then: impl FnOnce(&str) -> T) -> T {
        if self.escaped { then(&Zeroizing::new(unescape(self.text))) } else { then(self.text) }
    }
}

/// One escape at the start of `bytes`: its length and what it stands for.
pub(super) fn escape(bytes: &[u8]) -> Result<(usize, char), Error> {
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
        _ => return Err(Error::Malformed(Malformed::UnknownEscape)),
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
    Err(Error::UnsafeJson(UnsafeJson::LoneSurrogate))
}

fn hex4(bytes: &[u8], at: usize) -> Result<u32, Error> {
    let digits = bytes.get(at..at + 4).unwrap_or_default();
    let value = digits.iter().try_fold(0, |sum, &b| Some(sum * 16 + char::from(b).to_digit(16)?));
    match value {
        Some(value) if digits.len() == 4 => Ok(value),
        _ => Err(Error::Malformed(Malformed::HexDigits)),
    }
}

/// Writes a string with its quotes, and with no more escapes than JSON asks for.
pub(crate) fn write_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\x1f' => {
                let digit = |n: u32| char::from_digit((u32::from(c) >> n) & 15, 16).unwrap_or('0');
                json.extend(['\\', 'u', '0', '0', digit(4), digit(0)]);
            }
            c => json.push(c),
        }
    }
    json.push('"');
}

fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, tail)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(plain);
        let (len, c) = escape(tail.as_bytes()).unwrap_or_else(|error| (unreadable(&error, tail), '\u{fffd}'));
        out.push(c);
        rest = tail.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// How much of the text an escape takes that stands for no character, which only an envelope may hold: half of a surrogate pair its
/// own six bytes; anything else the rest of the text.
#[cold]
fn unreadable(error: &Error, tail: &str) -> usize {
    if matches!(error, Error::UnsafeJson(_)) { 6 } else { tail.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_whole() {
        for good in ["\\n", "\\u0041"] {
            assert_eq!(escape(good.as_bytes()).map(|(len, _)| len), Ok(good.len()));
        }
        for bad in ["\\x", "\\", "\\u12", "\\u12g4", "\\u+123"] {
            assert!(matches!(escape(bad.as_bytes()), Err(Error::Malformed(_))), "{bad:?}");
        }
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert_eq!(escape(b"\\ud83d\\ude00x"), Ok((12, '😀')));
        for bad in
            ["\\ud83d\"", "\\ude00\"", "\\ud83dx\"", "\\ud83d\\n\"", "\\ud83d\\u0041\"", "\\ud83d\\ud83d\""]
        {
            assert!(matches!(escape(bad.as_bytes()), Err(Error::UnsafeJson(_))), "{bad:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        for text in ["", "plain 好 😀", "\"\\/", "\0\u{1f}\n\t\u{7f}\u{2028}"] {
            let mut json = String::new();
            write_string(&mut json, text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
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
