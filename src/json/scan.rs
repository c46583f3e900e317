//! The scanner: values, objects, arrays.

use super::names::{self, Around, Names};
use super::number;
use super::string::{self, Text};
use super::tokens::{Carry, Tokens};
use crate::error::Error;
use crate::limits::JSON_DEPTH;

/// What a value is, told by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Literal,
}

/// A checked value: its kind and its text, from the first byte to the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
    /// Whether it is a string with escapes.
    escaped: bool,
}

impl<'a> Value<'a> {
    /// The string's content, when it is a string.
    pub(crate) fn string(self) -> Option<Text<'a>> {
        let quoted = if self.kind == Kind::String { self.text } else { return None };
        Some(Text { text: quoted.strip_prefix('"')?.strip_suffix('"')?, escaped: self.escaped })
    }

    /// The number, when it is a non-negative integer.
    pub(crate) fn integer(self) -> Option<u64> {
        if self.kind == Kind::Number { self.text.parse().ok() } else { None }
    }
}

/// Checks the whole text and calls `visit` with each member of the outermost object, in order.
pub(crate) fn scan<'a>(
    text: &'a str,
    mut visit: impl FnMut(Text<'a>, Value<'a>),
) -> Result<Value<'a>, Error> {
    outermost(text, &mut visit, names::repeats)
}

/// Calls `visit` with each member of an object that has been checked, but for names that occur twice.
pub(super) fn members<'a>(object: &'a str, mut visit: impl FnMut(Text<'a>, Value<'a>)) {
    // It cannot fail: the text was read before.
    let _ = outermost(object, &mut visit, |_| false);
}

/// The containers that are open: a bit for each, set for an object, the innermost lowest; above them a clear bit for none and a
/// set one that ends the row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Open(u64);

impl Open {
    const NONE: Self = Self(0b10);
    const OUTERMOST_OBJECT: Self = Self(0b101);

    #[inline(always)]
    fn enter(&mut self, object: bool) -> Result<(), Error> {
        self.0 = self.0 << 1 | u64::from(object);
        if self.0 >> (JSON_DEPTH + 1) > 1 { Err(Error::UnsafeJson("nested deeper than 32")) } else { Ok(()) }
    }

    #[inline(always)]
    fn leave(&mut self) {
        self.0 >>= 1;
    }

    #[inline(always)]
    fn in_object(self) -> bool {
        self.0 & 1 != 0
    }
}

/// A string between its quotes, by its places.
#[derive(Clone, Copy, Default)]
struct Quoted {
    start: usize,
    end: usize,
    escaped: bool,
}

/// What each token changes. All its functions are put into one, so that it stays in registers.
struct Scanner<'a> {
    text: &'a str,
    tokens: Tokens,
    open: Open,
    names: Names,
}

/// What is changed more rarely, and lies in memory.
#[derive(Default)]
struct Kept {
    carry: Carry,
    around: Around,
}

impl<'a> Scanner<'a> {
    #[inline(always)]
    fn next(&mut self, kept: &mut Kept) -> usize {
        self.tokens.next(self.text.as_bytes(), &mut kept.carry)
    }

    /// The byte at a place; NUL at the end, which no rule accepts.
    #[inline(always)]
    fn at(&self, place: usize) -> u8 {
        self.text.as_bytes().get(place).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn from(&self, place: usize) -> &'a [u8] {
        self.text.as_bytes().get(place..).unwrap_or_default()
    }

    #[inline]
    fn value(&self, start: usize, end: usize, escaped: bool) -> Result<Value<'a>, Error> {
        let kind = match self.at(start) {
            b'"' => Kind::String,
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b't' | b'f' | b'n' => Kind::Literal,
            _ => Kind::Number,
        };
        let text = self.text.get(start..end).ok_or(Error::Internal)?;
        Ok(Value { kind, text, escaped })
    }

    #[inline]
    fn content(&self, string: Quoted) -> Result<Text<'a>, Error> {
        let text = self.text.get(string.start..string.end).ok_or(Error::Internal)?;
        Ok(Text { text, escaped: string.escaped })
    }

    #[inline(always)]
    fn number(&self, place: usize) -> Result<usize, Error> {
        match number::short(self.from(place)) {
            Some(len) => Ok(place + len),
            None => self.ended(place + number::check(self.from(place))?),
        }
    }

    #[inline(always)]
    fn literal(&self, place: usize, word: &[u8]) -> Result<usize, Error> {
        if !self.from(place).starts_with(word) {
            return Err(Error::Malformed("JSON value expected"));
        }
        self.ended(place + word.len())
    }

    /// Whether a number or literal that ends before `end` is whole: nothing but these may follow one.
    #[inline(always)]
    fn ended(&self, end: usize) -> Result<usize, Error> {
        match self.from(end).first() {
            None | Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => Ok(end),
            Some(_) => Err(Error::Malformed("JSON comma or closing bracket expected")),
        }
    }

    /// A string at its opening quote.
    #[inline(always)]
    fn string(&mut self, open: usize, kept: &mut Kept) -> Result<Quoted, Error> {
        let next = self.next(kept);
        if self.at(next) == b'"' {
            return Ok(Quoted { start: open + 1, end: next, escaped: false });
        }
        let end;
        (end, self.tokens) =
            string_with_escapes(self.text.as_bytes(), self.tokens, &mut kept.carry, (open, next))?;
        Ok(Quoted { start: open + 1, end, escaped: true })
    }

    /// A name at its opening quote, and where its value begins.
    #[inline(always)]
    fn name(&mut self, open: usize, kept: &mut Kept) -> Result<(Quoted, usize), Error> {
        if self.at(open) != b'"' {
            return Err(Error::Malformed("JSON name expected"));
        }
        let name = self.string(open, kept)?;
        self.names.add(self.from(name.start), name.end - name.start, name.escaped);
        let colon = self.next(kept);
        if self.at(colon) != b':' {
            return Err(Error::Malformed("JSON colon expected"));
        }
        Ok((name, self.next(kept)))
    }
}

/// The one value that a text holds, with all that is in it; without recursion. `repeats` tells whether a name occurs twice in an
/// object where that may be.
fn outermost<'a>(
    text: &'a str,
    visit: &mut dyn FnMut(Text<'a>, Value<'a>),
    repeats: fn(&str) -> bool,
) -> Result<Value<'a>, Error> {
    let kept = &mut Kept::default();
    let mut scanner = Scanner { text, tokens: Tokens::default(), open: Open::NONE, names: Names::default() };
    let outermost = scanner.next(kept);
    let mut place = outermost;
    // The member of the outermost object that is being read, and where its value begins.
    let mut member = (Quoted::default(), 0);
    loop {
        if scanner.open.in_object() {
            let name;
            (name, place) = scanner.name(place, kept)?;
            if scanner.open == Open::OUTERMOST_OBJECT {
                member = (name, place);
            }
        }
        let mut escaped = false;
        let mut end = match scanner.at(place) {
            b'"' => {
                let string = scanner.string(place, kept)?;
                escaped = string.escaped;
                string.end + 1
            }
            b'-' | b'0'..=b'9' => scanner.number(place)?,
            b't' => scanner.literal(place, b"true")?,
            b'f' => scanner.literal(place, b"false")?,
            b'n' => scanner.literal(place, b"null")?,
            b'{' => {
                scanner.open.enter(true)?;
                scanner.names.open(place, &mut kept.around);
                let first = scanner.next(kept);
                if scanner.at(first) != b'}' {
                    place = first;
                    continue;
                }
                scanner.open.leave();
                scanner.names.close(&mut kept.around);
                first + 1
            }
            b'[' => {
                scanner.open.enter(false)?;
                let first = scanner.next(kept);
                if scanner.at(first) != b']' {
                    place = first;
                    continue;
                }
                scanner.open.leave();
                first + 1
            }
            _ => return Err(Error::Malformed("JSON value expected")),
        };
        // A value has ended, and perhaps the containers that it was the last in.
        loop {
            if scanner.open == Open::NONE {
                if scanner.next(kept) != text.len() {
                    return Err(Error::Malformed("JSON is followed by something else"));
                }
                return scanner.value(outermost, end, escaped);
            }
            if scanner.open == Open::OUTERMOST_OBJECT {
                visit(scanner.content(member.0)?, scanner.value(member.1, end, escaped)?);
            }
            let next = scanner.next(kept);
            match (scanner.at(next), scanner.open.in_object()) {
                (b',', _) => break,
                (b'}', true) => {
                    scanner.open.leave();
                    if let Some(start) = scanner.names.close(&mut kept.around)
                        && repeats(scanner.text.get(start..=next).unwrap_or_default())
                    {
                        return Err(Error::UnsafeJson("a name occurs twice in one object"));
                    }
                }
                (b']', false) => scanner.open.leave(),
                (_, true) => return Err(Error::Malformed("JSON comma or closing brace expected")),
                (_, false) => return Err(Error::Malformed("JSON comma or closing bracket expected")),
            }
            end = next + 1;
        }
        place = scanner.next(kept);
    }
}

/// A string whose first token after the opening quote, at `next`, is not the closing one.
#[cold]
fn string_with_escapes(
    bytes: &[u8],
    mut tokens: Tokens,
    carry: &mut Carry,
    (open, mut next): (usize, usize),
) -> Result<(usize, Tokens), Error> {
    let mut checked = open + 1;
    loop {
        if next >= checked {
            match bytes.get(next..).unwrap_or_default() {
                [b'"', ..] => return Ok((next, tokens)),
                escape @ [b'\\', ..] => checked = next + string::escape(escape)?.0,
                [] => return Err(Error::Malformed("a JSON string does not end")),
                _ => return Err(Error::Malformed("a control character in a JSON string")),
            }
        }
        next = tokens.next(bytes, carry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Kind, Error> {
        scan(text, |_, _| ()).map(|value| value.kind)
    }

    #[test]
    fn members_of_the_outermost_object_are_seen_in_order() {
        let mut seen = Vec::new();
        let text = " { \"a\" : [1, {\"x\": 2}] , \"b\\n\" : \"t\" } ";
        let value = scan(text, |name, value| seen.push((name.text, value.kind, value.text))).unwrap();
        assert_eq!(seen, [("a", Kind::Array, "[1, {\"x\": 2}]"), ("b\\n", Kind::String, "\"t\"")]);
        assert_eq!(value.text, text.trim());
    }

    #[test]
    fn every_kind_is_told() {
        for (text, kind) in [
            ("{}", Kind::Object),
            ("[]", Kind::Array),
            ("\"\"", Kind::String),
            ("-0.5e1", Kind::Number),
            ("true", Kind::Literal),
            ("false", Kind::Literal),
            ("null", Kind::Literal),
        ] {
            assert_eq!(check(text), Ok(kind), "{text}");
        }
    }

    #[test]
    fn syntax_errors_are_malformed() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "]",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "tru",
            "nul",
            "True",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "1 2",
            "{}{}",
            "\u{feff}{}",
            "[1]\0",
            "\"a",
            "NaN",
            "//\n1",
            "[1}",
        ] {
            assert!(matches!(check(text), Err(Error::Malformed(_))), "{text:?}: {:?}", check(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(32)).is_ok());
        assert!(matches!(check(&nested(33)), Err(Error::UnsafeJson(_))));
        assert!(matches!(check(&"[".repeat(100_000)), Err(Error::UnsafeJson(_))));
        let siblings = format!("[{}1]", "[[1]],".repeat(100));
        assert!(check(&siblings).is_ok(), "depth goes down again");
    }

    #[test]
    fn names_are_unique_in_each_object() {
        for good in [r#"{"a":{"a":1},"b":{"a":2}}"#, r#"[{"a":1},{"a":1}]"#, r#"{"a":1,"A":1,"":1}"#] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"é":1,"b":2,"\u00e9":3}]}"#,
            r#"{"":1,"":1}"#,
        ] {
            assert!(matches!(check(bad), Err(Error::UnsafeJson(_))), "{bad}");
        }
    }
}
