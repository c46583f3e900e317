//! The scanner: values, objects, arrays.

use super::names::{self, Names};
use super::number;
use super::string::{self, Text};
use super::tokens::Tokens;
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
pub(crate) fn scan<'a>(text: &'a str, visit: impl FnMut(Text<'a>, Value<'a>)) -> Result<Value<'a>, Error> {
    run(text, visit, names::repeats)
}

/// Calls `visit` with each member of an object that has been checked, but for names that occur twice.
pub(super) fn members<'a>(object: &'a str, visit: impl FnMut(Text<'a>, Value<'a>)) {
    // It cannot fail: the text was read before.
    let _ = run(object, visit, |_| false);
}

fn run<'a>(
    text: &'a str,
    visit: impl FnMut(Text<'a>, Value<'a>),
    repeats: fn(&str) -> bool,
) -> Result<Value<'a>, Error> {
    let scanner = Scanner {
        text,
        tokens: Tokens::new(text.as_bytes()),
        open: Open::default(),
        names: Names::default(),
    };
    scanner.outermost(visit, repeats)
}

/// The containers that are open: one bit for each, set for an object, the innermost lowest.
#[derive(Default)]
struct Open {
    objects: u64,
    depth: u32,
}

impl Open {
    #[inline]
    fn enter(&mut self, object: bool) -> Result<(), Error> {
        self.objects = self.objects << 1 | u64::from(object);
        self.depth += 1;
        if self.depth > JSON_DEPTH { Err(Error::UnsafeJson("nested deeper than 32")) } else { Ok(()) }
    }

    #[inline]
    fn leave(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.objects & 1 != 0
    }
}

/// The state of one scan. Its hot functions are put into one, so that the state stays in registers; what is rare takes and
/// gives parts of it by value.
struct Scanner<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    open: Open,
    names: Names,
}

impl<'a> Scanner<'a> {
    /// The byte at a place; NUL at the end, which no rule accepts.
    #[inline(always)]
    fn at(&self, place: usize) -> u8 {
        self.text.as_bytes().get(place).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn from(&self, place: usize) -> &'a [u8] {
        self.text.as_bytes().get(place..).unwrap_or_default()
    }

    /// The one value that the text holds, with all that is in it; without recursion.
    fn outermost(
        mut self,
        mut visit: impl FnMut(Text<'a>, Value<'a>),
        repeats: fn(&str) -> bool,
    ) -> Result<Value<'a>, Error> {
        let outermost = self.tokens.next();
        let mut place = outermost;
        // The member of the outermost object that is being read, and where its value begins.
        let mut member = (Text::default(), 0);
        loop {
            if self.open.in_object() {
                let name;
                (name, place) = self.name(place)?;
                if self.open.depth == 1 {
                    member = (name, place);
                }
            }
            let mut escaped = false;
            let mut end = match self.at(place) {
                b'"' => {
                    let end;
                    (end, escaped) = self.string(place)?;
                    end
                }
                b'-' | b'0'..=b'9' => self.ended(place + number::check(self.from(place))?)?,
                b't' => self.literal(place, b"true")?,
                b'f' => self.literal(place, b"false")?,
                b'n' => self.literal(place, b"null")?,
                b'{' => {
                    self.open.enter(true)?;
                    self.names.open(place);
                    let first = self.tokens.next();
                    if self.at(first) != b'}' {
                        place = first;
                        continue;
                    }
                    self.open.leave();
                    self.names.close();
                    first + 1
                }
                b'[' => {
                    self.open.enter(false)?;
                    let first = self.tokens.next();
                    if self.at(first) != b']' {
                        place = first;
                        continue;
                    }
                    self.open.leave();
                    first + 1
                }
                _ => return Err(Error::Malformed("JSON value expected")),
            };
            // A value has ended, and perhaps the containers that it was the last in.
            loop {
                if self.open.depth == 0 {
                    return self.whole(outermost, end, escaped);
                }
                if self.open.depth == 1 && self.open.in_object() {
                    visit(member.0, self.value(member.1, end, escaped)?);
                }
                let next = self.tokens.next();
                match (self.at(next), self.open.in_object()) {
                    (b',', _) => break,
                    (b'}', true) => {
                        self.open.leave();
                        if let Some(start) = self.names.close()
                            && repeats(self.text.get(start..=next).unwrap_or_default())
                        {
                            return Err(Error::UnsafeJson("a name occurs twice in one object"));
                        }
                    }
                    (b']', false) => self.open.leave(),
                    (_, true) => return Err(Error::Malformed("JSON comma or closing brace expected")),
                    (_, false) => return Err(Error::Malformed("JSON comma or closing bracket expected")),
                }
                end = next + 1;
            }
            place = self.tokens.next();
        }
    }

    #[inline]
    fn whole(mut self, start: usize, end: usize, escaped: bool) -> Result<Value<'a>, Error> {
        if self.tokens.next() == self.text.len() {
            self.value(start, end, escaped)
        } else {
            Err(Error::Malformed("JSON is followed by something else"))
        }
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

    /// A string at its opening quote: the place after the closing one, and whether there are escapes.
    #[inline(always)]
    fn string(&mut self, open: usize) -> Result<(usize, bool), Error> {
        let next = self.tokens.next();
        if self.at(next) == b'"' {
            return Ok((next + 1, false));
        }
        let (end, tokens) = string_with_escapes(self.text.as_bytes(), self.tokens, open, next)?;
        self.tokens = tokens;
        Ok((end, true))
    }

    /// A name at its opening quote, and where its value begins.
    #[inline(always)]
    fn name(&mut self, open: usize) -> Result<(Text<'a>, usize), Error> {
        if self.at(open) != b'"' {
            return Err(Error::Malformed("JSON name expected"));
        }
        let (end, escaped) = self.string(open)?;
        let text = self.text.get(open + 1..end - 1).ok_or(Error::Internal)?;
        self.names.add(text.as_bytes(), self.from(open + 1), escaped);
        let colon = self.tokens.next();
        if self.at(colon) != b':' {
            return Err(Error::Malformed("JSON colon expected"));
        }
        Ok((Text { text, escaped }, self.tokens.next()))
    }
}

/// A string whose first token after the opening quote, at `next`, is not the closing one.
#[cold]
fn string_with_escapes<'a>(
    bytes: &[u8],
    mut tokens: Tokens<'a>,
    open: usize,
    mut next: usize,
) -> Result<(usize, Tokens<'a>), Error> {
    let mut checked = open + 1;
    loop {
        if next >= checked {
            match bytes.get(next..).unwrap_or_default() {
                [b'"', ..] => return Ok((next + 1, tokens)),
                escape @ [b'\\', ..] => checked = next + string::escape(escape)?.0,
                [] => return Err(Error::Malformed("a JSON string does not end")),
                _ => return Err(Error::Malformed("a control character in a JSON string")),
            }
        }
        next = tokens.next();
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
