//! What each token changes, and how strings, numbers and literals are read.

use super::names::{Around, Names};
use super::number;
use super::string::{self, Text};
use super::tokens::{Carry, Tokens};
use super::value::{Kind, Value};
use crate::error::Error;
use crate::limits::JSON_DEPTH;
use crate::reason::{Malformed, UnsafeJson};

/// The containers that are open: a bit for each, set for an object, the innermost lowest; above them a clear bit for none and a
/// set one that ends the row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Open(u64);

impl Open {
    pub(super) const NONE: Self = Self(0b10);
    pub(super) const OUTERMOST_OBJECT: Self = Self(0b101);

    #[inline(always)]
    pub(super) fn enter(&mut self, object: bool) -> Result<(), Error> {
        self.0 = self.0 << 1 | u64::from(object);
        if self.0 >> (JSON_DEPTH + 1) > 1 { Err(Error::UnsafeJson(UnsafeJson::TooDeep)) } else { Ok(()) }
    }

    #[inline(always)]
    pub(super) fn leave(&mut self) {
        self.0 >>= 1;
    }

    #[inline(always)]
    pub(super) fn in_object(self) -> bool {
        self.0 & 1 != 0
    }
}

/// A string between its quotes, by its places.
#[derive(Clone, Copy, Default)]
pub(super) struct Quoted {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) escaped: bool,
}

/// What each token changes. All its functions are put into one, so that it stays in registers.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    tokens: Tokens,
    pub(super) open: Open,
    pub(super) names: Names,
}

/// What is changed more rarely, and lies in memory.
pub(super) struct Outer {
    carry: Carry,
    pub(super) names: Around,
}

impl Outer {
    /// Begins at this byte, which is outside of any string, number or literal.
    pub(super) fn new(from: usize) -> Self {
        Self { carry: Carry::new(from), names: Around::default() }
    }
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, tokens: Tokens::default(), open: Open::NONE, names: Names::default() }
    }

    #[inline(always)]
    pub(super) fn next(&mut self, outer: &mut Outer) -> usize {
        self.tokens.next(self.text.as_bytes(), &mut outer.carry)
    }

    /// The byte at a place; NUL at the end, which no rule accepts.
    #[inline(always)]
    pub(super) fn at(&self, place: usize) -> u8 {
        self.text.as_bytes().get(place).copied().unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn from(&self, place: usize) -> &'a [u8] {
        self.text.as_bytes().get(place..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn value(&self, start: usize, end: usize, escaped: bool) -> Result<Value<'a>, Error> {
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
    pub(super) fn content(&self, string: Quoted) -> Result<Text<'a>, Error> {
        let text = self.text.get(string.start..string.end).ok_or(Error::Internal)?;
        Ok(Text { text, escaped: string.escaped })
    }

    #[inline(always)]
    pub(super) fn number(&self, place: usize) -> Result<usize, Error> {
        match number::short(self.from(place)) {
            Some(len) => Ok(place + len),
            None => self.ended(place + number::check(self.from(place))?),
        }
    }

    #[inline(always)]
    pub(super) fn literal(&self, place: usize, word: &[u8]) -> Result<usize, Error> {
        if !self.from(place).starts_with(word) {
            return Err(Error::Malformed(Malformed::JsonValue));
        }
        self.ended(place + word.len())
    }

    /// Whether a number or literal that ends before `end` is whole: nothing but these may follow one.
    #[inline(always)]
    pub(super) fn ended(&self, end: usize) -> Result<usize, Error> {
        match self.from(end).first() {
            None | Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') => Ok(end),
            Some(_) => Err(Error::Malformed(Malformed::JsonCommaOrBracket)),
        }
    }

    /// A string at its opening quote.
    #[inline(always)]
    pub(super) fn string(&mut self, open: usize, outer: &mut Outer) -> Result<Quoted, Error> {
        let next = self.next(outer);
        if self.at(next) == b'"' {
            return Ok(Quoted { start: open + 1, end: next, escaped: false });
        }
        let end;
        (end, self.tokens) =
            string_with_escapes(self.text.as_bytes(), self.tokens, &mut outer.carry, (open, next))?;
        Ok(Quoted { start: open + 1, end, escaped: true })
    }

    /// A name at its opening quote, and where its value begins.
    #[inline(always)]
    pub(super) fn name(&mut self, open: usize, outer: &mut Outer) -> Result<(Quoted, usize), Error> {
        if self.at(open) != b'"' {
            return Err(Error::Malformed(Malformed::JsonName));
        }
        let name = self.string(open, outer)?;
        self.names.add(&mut outer.names, self.from(name.start), name.end - name.start, name.escaped);
        let colon = self.next(outer);
        if self.at(colon) != b':' {
            return Err(Error::Malformed(Malformed::JsonColon));
        }
        Ok((name, self.next(outer)))
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
                [] => return Err(Error::Malformed(Malformed::UnterminatedString)),
                _ => return Err(Error::Malformed(Malformed::ControlCharacter)),
            }
        }
        next = tokens.next(bytes, carry);
    }
}
