//! The outermost object of a text that the strict scan refused: its string members, and nothing else of it.
//!
//! Push Kit writes JSON around the message, and nothing authenticates that JSON. A 64-bit integer, a repeated name or half of a
//! surrogate pair in it must not cost the message, so only the outline is read here: strings and brackets.

use super::string::Text;
use super::tokens::{Carry, Tokens};
use crate::error::Error;
use crate::reason::Malformed;

/// Calls `visit` with the name and value of each member of the outermost object whose value is a string, in order.
#[cold]
pub(crate) fn string_members<'a>(
    text: &'a str,
    mut visit: impl FnMut(Text<'a>, Text<'a>),
) -> Result<(), Error> {
    let mut outline = Outline { text, tokens: Tokens::default(), carry: Carry::new(0) };
    let mut depth = 0_usize;
    // The string before the current token, and the outermost object's name before its colon.
    let (mut last, mut name) = (None, None);
    while let Some((place, byte)) = outline.next() {
        let string = if byte == b'"' { Some(outline.string(place)?) } else { None };
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1).ok_or(Error::Malformed(Malformed::JsonUnbalanced))?,
            b':' if depth == 1 => name = last,
            b',' if depth == 1 => name = None,
            _ => {}
        }
        if let (Some(name), Some(value), 1) = (name, string, depth) {
            visit(name, value);
        }
        last = string;
    }
    if depth == 0 { Ok(()) } else { Err(Error::Malformed(Malformed::JsonUnterminated)) }
}

struct Outline<'a> {
    text: &'a str,
    tokens: Tokens,
    carry: Carry,
}

impl<'a> Outline<'a> {
    /// The next token's place and first byte; none at the end.
    fn next(&mut self) -> Option<(usize, u8)> {
        let bytes = self.text.as_bytes();
        let place = self.tokens.next(bytes, &mut self.carry);
        bytes.get(place).map(|byte| (place, *byte))
    }

    /// The content of the string that opens at `open`.
    fn string(&mut self, open: usize) -> Result<Text<'a>, Error> {
        let mut escaped = false;
        loop {
            match self.next() {
                Some((end, b'"')) => {
                    let text = self.text.get(open + 1..end).ok_or(Error::Internal)?;
                    return Ok(Text { text, escaped });
                }
                Some(_) => escaped = true,
                None => return Err(Error::Malformed(Malformed::UnterminatedString)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<Vec<(&str, &str)>, Error> {
        let mut found = Vec::new();
        string_members(text, |name, value| found.push((name.text, value.text)))?;
        Ok(found)
    }

    #[test]
    fn only_the_outermost_string_members_are_seen() {
        let text = r#" {"n":99999999999999999999,"a":"x","o":{"a":"y","l":["z","w"]},"e":"","s":"\ud800","a":"\"}"} "#;
        assert_eq!(members(text), Ok(vec![("a", "x"), ("e", ""), ("s", "\\ud800"), ("a", "\\\"}")]));
        assert_eq!(members(r#"["a",{"b":"c"}]"#), Ok(vec![]));
    }

    #[test]
    fn depth_costs_nothing_and_an_open_end_is_malformed() {
        let deep = format!("{{\"d\":{}{},\"a\":\"x\"}}", "[".repeat(8000), "]".repeat(8000));
        assert_eq!(members(&deep), Ok(vec![("a", "x")]));
        for text in ["{", r#"{"a":"x"#, r#"{"a":"x"}}"#, "]"] {
            assert!(matches!(members(text), Err(Error::Malformed(_))), "{text}");
        }
    }
}
