//! The scanner: values, objects, arrays.

use super::names::Names;
use super::number;
use super::string::{self, Text};
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
}

impl<'a> Value<'a> {
    /// The string's content, when it is a string.
    pub(crate) fn string(self) -> Option<Text<'a>> {
        let quoted = if self.kind == Kind::String { self.text } else { return None };
        Some(Text::new(quoted.strip_prefix('"')?.strip_suffix('"')?))
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
    let mut scanner = Scanner { text, bytes: text.as_bytes(), pos: 0, depth: 0, names: Names::default() };
    scanner.skip_space();
    let value = match scanner.peek() {
        b'{' => {
            let start = scanner.pos;
            scanner.object(&mut visit)?;
            Value { kind: Kind::Object, text: scanner.since(start)? }
        }
        _ => scanner.value()?,
    };
    scanner.skip_space();
    if scanner.pos == scanner.bytes.len() {
        Ok(value)
    } else {
        Err(Error::Malformed("JSON is followed by something else"))
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    depth: u32,
    names: Names<'a>,
}

impl<'a> Scanner<'a> {
    /// The next byte; NUL at the end, which no rule accepts.
    #[inline]
    fn peek(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.pos += 1;
        }
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.pos..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> Result<&'a str, Error> {
        self.text.get(start..self.pos).ok_or(Error::Internal)
    }

    #[inline]
    fn value(&mut self) -> Result<Value<'a>, Error> {
        let start = self.pos;
        let kind = match self.peek() {
            b'"' => {
                self.string()?;
                Kind::String
            }
            b'{' => {
                self.object(&mut |_, _| ())?;
                Kind::Object
            }
            b'[' => {
                self.array()?;
                Kind::Array
            }
            b'-' | b'0'..=b'9' => {
                self.pos += number::check(self.rest())?;
                Kind::Number
            }
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            _ => return Err(Error::Malformed("JSON value expected")),
        };
        Ok(Value { kind, text: self.since(start)? })
    }

    fn literal(&mut self, word: &str) -> Result<Kind, Error> {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err(Error::Malformed("JSON value expected"));
        }
        self.pos += word.len();
        Ok(Kind::Literal)
    }

    /// A string at its opening quote; gives the content between the quotes.
    #[inline]
    fn string(&mut self) -> Result<Text<'a>, Error> {
        self.pos += 1;
        let start = self.pos;
        let checked = string::check(self.rest())?;
        self.pos += checked.len;
        let text = self.since(start)?;
        self.pos += 1;
        Ok(Text { text, escaped: checked.escaped })
    }

    fn enter(&mut self) -> Result<(), Error> {
        self.pos += 1;
        self.depth += 1;
        if self.depth > JSON_DEPTH { Err(Error::UnsafeJson("nested deeper than 32")) } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.pos += 1;
        self.depth -= 1;
    }

    fn object<V: FnMut(Text<'a>, Value<'a>)>(&mut self, visit: &mut V) -> Result<(), Error> {
        self.enter()?;
        let first = self.names.len();
        self.skip_space();
        if self.peek() != b'}' {
            loop {
                if self.peek() != b'"' {
                    return Err(Error::Malformed("JSON name expected"));
                }
                let name = self.string()?;
                self.names.push(name);
                self.skip_space();
                if self.peek() != b':' {
                    return Err(Error::Malformed("JSON colon expected"));
                }
                self.pos += 1;
                self.skip_space();
                let value = self.value()?;
                visit(name, value);
                self.skip_space();
                match self.peek() {
                    b',' => self.pos += 1,
                    b'}' => break,
                    _ => return Err(Error::Malformed("JSON comma or closing brace expected")),
                }
                self.skip_space();
            }
        }
        self.leave();
        self.names.close(first)
    }

    fn array(&mut self) -> Result<(), Error> {
        self.enter()?;
        self.skip_space();
        if self.peek() != b']' {
            loop {
                self.value()?;
                self.skip_space();
                match self.peek() {
                    b',' => self.pos += 1,
                    b']' => break,
                    _ => return Err(Error::Malformed("JSON comma or closing bracket expected")),
                }
                self.skip_space();
            }
        }
        self.leave();
        Ok(())
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
