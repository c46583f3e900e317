//! Strings.
//!
//! OpenHarmony's Node-API writes behind a buffer in two cases (`tests/doubles/README.md` names the sources): a Latin-1 copy of a
//! string with as many characters as the buffer has bytes ends with a zero byte behind it, and a UTF-8 copy writes zero characters
//! without a look at the buffer's end. So on that engine a string is measured first, refused when it is longer than its limit, and
//! then copied as UTF-8 into a buffer with room for all of it.

use super::call::{Engine, Value};
use super::utf16;
use crate::error::Error;
use crate::node::sys;
use std::ffi::c_char;
use std::ptr;
use zeroize::Zeroizing;

/// V8 copies Latin-1 without looking at it.
#[cfg(not(ark))]
use sys::napi_create_string_latin1 as napi_create_string_ascii;
/// OpenHarmony's engine makes ASCII from UTF-8 and from Latin-1 by the same steps.
#[cfg(ark)]
use sys::napi_create_string_utf8 as napi_create_string_ascii;

/// Why a string was not read.
pub(crate) enum Unread {
    NotAString,
    TooLong,
    /// It has half of a surrogate pair.
    NotUnicode,
}

impl Engine {
    /// A whole string of at most `most` bytes of UTF-8, in a buffer that is used again and again.
    pub(crate) fn text_in<'b>(
        &self,
        value: Value,
        most: usize,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b str, Unread> {
        let Copied { len, is_ascii } = self.copy_in(value, most, buffer)?;
        if len > most {
            return Err(Unread::TooLong);
        }
        // OpenHarmony's engine hands out half of a surrogate pair as three bytes that are no UTF-8.
        let text = buffer.get(..len).and_then(|text| std::str::from_utf8(text).ok());
        text.filter(|text| is_ascii || self.is_unicode(value, text)).ok_or(Unread::NotUnicode)
    }

    #[cfg(ark)]
    fn copy_in(&self, value: Value, most: usize, buffer: &mut Vec<u8>) -> Result<Copied, Unread> {
        let units = self.utf16_len(value).ok_or(Unread::NotAString)?;
        // Each unit takes at least a byte of UTF-8, and at most three.
        if units > most {
            return Err(Unread::TooLong);
        }
        let room = units.saturating_mul(3).saturating_add(1);
        if buffer.len() < room {
            buffer.resize(room, 0);
        }
        let len = self.utf8(value, buffer).ok_or(Unread::NotAString)?;
        Ok(Copied { len, is_ascii: len == units })
    }

    /// Latin-1 is the fastest copy there, and cuts other characters to their low byte; but a string has as many characters as
    /// bytes of UTF-8 only when it is all ASCII.
    #[cfg(not(ark))]
    fn copy_in(&self, value: Value, most: usize, buffer: &mut Vec<u8>) -> Result<Copied, Unread> {
        // Room for one character more than the limit: what fills it is too long, wherever the engine cuts it.
        buffer.resize(most.saturating_add(8), 0);
        let len = self.latin1(value, buffer).ok_or(Unread::NotAString)?;
        if len + 1 < buffer.len() && self.utf8_len(value) == Some(len) {
            return Ok(Copied { len, is_ascii: true });
        }
        let len = self.utf8(value, buffer).ok_or(Unread::NotAString)?;
        Ok(Copied { len, is_ascii: false })
    }

    /// A whole string of at most so many bytes of UTF-8, U+FFFD in place of half of a surrogate pair; `None` for any other value.
    pub(crate) fn text(&self, value: Value, most: usize) -> Option<String> {
        let len = self.utf8_len(value)?;
        if len > most {
            return None;
        }
        let mut bytes = vec![0; len + 1];
        let read = self.copy(value, len, &mut bytes)?;
        bytes.truncate(read);
        String::from_utf8(bytes).or_else(|error| String::from_utf8(without_halves(error.into_bytes()))).ok()
    }

    #[cfg(ark)]
    fn copy(&self, value: Value, _: usize, buffer: &mut [u8]) -> Option<usize> {
        self.utf8(value, buffer)
    }

    /// As in `copy_in`, Latin-1 first.
    #[cfg(not(ark))]
    fn copy(&self, value: Value, len: usize, buffer: &mut [u8]) -> Option<usize> {
        let read = self.latin1(value, buffer)?;
        if read == len { Some(read) } else { self.utf8(value, buffer) }
    }

    /// Whether a string is Unicode text. V8 writes U+FFFD for half of a surrogate pair, so one string would pass for another.
    pub(crate) fn is_unicode(&self, value: Value, utf8: &str) -> bool {
        if !utf8.contains(char::REPLACEMENT_CHARACTER) {
            return true;
        }
        let Some(len) = self.utf16_len(value) else { return false };
        let mut units = Zeroizing::new(vec![0; len + 1]);
        let (start, room) = (units.as_mut_ptr(), units.len());
        // SAFETY: the engine writes at most `room` units, the last of them zero.
        let read = self
            .make(0, |len| unsafe { sys::napi_get_value_string_utf16(self.0, value, start, room, len) })
            .and_then(|len| units.get(..len));
        read.is_some_and(|units| char::decode_utf16(units.iter().copied()).all(|c| c.is_ok()))
    }

    /// How many units a string has as UTF-16, which engines know without a look at it; `None` when it is no string.
    fn utf16_len(&self, value: Value) -> Option<usize> {
        let null = ptr::null_mut();
        // SAFETY: without a buffer the engine writes the length alone, whose place outlives the call.
        self.make(0, |len| unsafe { sys::napi_get_value_string_utf16(self.0, value, null, 0, len) })
    }

    /// How many bytes a string has as UTF-8; `None` when it is no string.
    fn utf8_len(&self, value: Value) -> Option<usize> {
        let null = ptr::null_mut();
        // SAFETY: without a buffer the engine writes the length alone, whose place outlives the call.
        self.make(0, |len| unsafe { sys::napi_get_value_string_utf8(self.0, value, null, 0, len) })
    }

    /// Copies a string as UTF-8 and answers how many bytes it has; `None` when it is no string. On OpenHarmony's engine all of the
    /// string and a zero byte must fit.
    fn utf8(&self, value: Value, buffer: &mut [u8]) -> Option<usize> {
        let (start, room) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
        // SAFETY: the engine writes at most `room` bytes, the last of them zero: V8 always, the other because all of it fits.
        self.make(0, |len| unsafe { sys::napi_get_value_string_utf8(self.0, value, start, room, len) })
    }

    /// Copies a string as Latin-1, as much as fits; `None` when it is no string.
    #[cfg(not(ark))]
    fn latin1(&self, value: Value, buffer: &mut [u8]) -> Option<usize> {
        let (start, room) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
        // SAFETY: the engine writes at most `room` bytes, the last of them zero.
        self.make(0, |len| unsafe { sys::napi_get_value_string_latin1(self.0, value, start, room, len) })
    }

    /// A string. Engines copy ASCII and UTF-16 without looking at them; turning UTF-8 into UTF-16 takes V8 several times longer than
    /// Rust.
    pub(crate) fn new_text(&self, text: &str) -> Result<Value, Error> {
        // OpenHarmony's engine looks for a zero unit to tell a UTF-16 string's length, and complains when it finds one earlier.
        let goes_as_bytes = text.is_ascii() || (cfg!(ark) && text.contains('\0'));
        if !goes_as_bytes {
            return utf16::with(text, |units, len| {
                let len = isize::try_from(len).map_err(|_| Error::Internal)?;
                // SAFETY: `len` units lie there, and then a zero unit, until the call returns.
                self.make_value(|value| unsafe {
                    sys::napi_create_string_utf16(self.0, units.as_ptr(), len, value)
                })
            });
        }
        let (start, len) = (text.as_ptr().cast::<c_char>(), text.len());
        let len = isize::try_from(len).map_err(|_| Error::Internal)?;
        // SAFETY: `len` bytes lie there until the call returns.
        self.make_value(|value| unsafe { napi_create_string_ascii(self.0, start, len, value) })
    }
}

/// What lies in a buffer.
struct Copied {
    /// In bytes.
    len: usize,
    is_ascii: bool,
}

/// Puts U+FFFD, as V8 does, where OpenHarmony's engine wrote the three bytes of half of a surrogate pair.
fn without_halves(mut text: Vec<u8>) -> Vec<u8> {
    let mut rest = text.as_mut_slice();
    while let [first, others @ ..] = rest {
        if let (0xED, [second @ 0xA0..=0xBF, third, ..]) = (*first, &mut *others) {
            (*first, *second, *third) = (0xEF, 0xBF, 0xBD);
        }
        rest = others;
    }
    text
}
