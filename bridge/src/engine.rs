//! Node-API with as few calls as possible. This is the bridge's only unsafe code.
//!
//! Each call takes a pointer that Node-API made for the running callback (`napi_env`, `napi_value`) and pointers to memory
//! of ours that outlives the call; that is what every `unsafe` below rests on. Results are used only after `napi_ok`.

#![allow(unsafe_code)]

use crate::error::Error;
use crate::node::{Env, Unknown, sys};
use crate::utf16;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use sys::Status;
use zeroize::Zeroizing;

/// A JavaScript value; it lives as long as the callback that runs.
pub(crate) type Value = sys::napi_value;

/// The engine during one callback.
pub(crate) struct Engine(sys::napi_env);

impl Engine {
    pub(crate) fn new(env: &Env) -> Self {
        Self(env.raw())
    }

    pub(crate) fn unknown(&self, value: Value) -> Unknown<'static> {
        // SAFETY: the value was made in this callback, and the glue returns it from the same callback.
        unsafe { Unknown::from_raw_unchecked(self.0, value) }
    }

    /// Calls Node-API with a place for its result.
    fn make<T>(&self, initial: T, call: impl FnOnce(&mut T) -> sys::napi_status) -> Option<T> {
        let mut result = initial;
        (call(&mut result) == Status::napi_ok).then_some(result)
    }

    fn make_value(&self, call: impl FnOnce(&mut Value) -> sys::napi_status) -> Result<Value, Error> {
        self.make(ptr::null_mut(), call).ok_or(Error::Internal)
    }

    /// A string as Latin-1, as much as fits; `None` when it is no string.
    pub(crate) fn latin1<'b>(&self, value: Value, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let (start, room) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
        let len = self
            .make(0, |len| unsafe { sys::napi_get_value_string_latin1(self.0, value, start, room, len) })?;
        buffer.get(..len)
    }

    /// A string as UTF-8, as much as fits; `None` when it is no string.
    pub(crate) fn utf8<'b>(&self, value: Value, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let (start, room) = (buffer.as_mut_ptr().cast::<c_char>(), buffer.len());
        let len =
            self.make(0, |len| unsafe { sys::napi_get_value_string_utf8(self.0, value, start, room, len) })?;
        buffer.get(..len)
    }

    /// How many bytes a string has as UTF-8; `None` when it is no string.
    fn utf8_len(&self, value: Value) -> Option<usize> {
        let null = ptr::null_mut();
        self.make(0, |len| unsafe { sys::napi_get_value_string_utf8(self.0, value, null, 0, len) })
    }

    /// A string that is all ASCII and fits; `None` for any other. Engines copy it fastest as Latin-1, which cuts other characters
    /// to their low byte; but a string has as many characters as bytes of UTF-8 only when there are none.
    pub(crate) fn ascii<'b>(&self, value: Value, buffer: &'b mut [u8]) -> Option<&'b str> {
        let room = buffer.len();
        let text = self.latin1(value, buffer)?;
        let is_ascii = text.len() + 1 < room && self.utf8_len(value)? == text.len();
        if is_ascii { std::str::from_utf8(text).ok() } else { None }
    }

    /// Whether a string is Unicode text. In UTF-8 engines write U+FFFD for half of a surrogate pair, so one string would pass for
    /// another.
    pub(crate) fn is_unicode(&self, value: Value, utf8: &str) -> bool {
        if !utf8.contains(char::REPLACEMENT_CHARACTER) {
            return true;
        }
        let read = |units: *mut u16, room: usize| {
            self.make(0, |len| unsafe { sys::napi_get_value_string_utf16(self.0, value, units, room, len) })
        };
        let Some(len) = read(ptr::null_mut(), 0) else { return false };
        let mut units = Zeroizing::new(vec![0; len + 1]);
        let read = read(units.as_mut_ptr(), units.len()).and_then(|len| units.get(..len));
        read.is_some_and(|units| char::decode_utf16(units.iter().copied()).all(|c| c.is_ok()))
    }

    /// A whole string of at most so many bytes.
    pub(crate) fn text(&self, value: Value, most: usize) -> Option<String> {
        let len = self.utf8_len(value)?;
        if len > most {
            return None;
        }
        let mut bytes = vec![0; len + 1];
        // As many characters as bytes of UTF-8: all ASCII, as in `ascii`.
        let mut read = self.latin1(value, &mut bytes)?.len();
        if read != len {
            read = self.utf8(value, &mut bytes)?.len();
        }
        bytes.truncate(read);
        String::from_utf8(bytes).ok()
    }

    pub(crate) fn number(&self, value: Value) -> Option<f64> {
        self.make(0.0, |number| unsafe { sys::napi_get_value_double(self.0, value, number) })
    }

    pub(crate) fn boolean(&self, value: Value) -> Option<bool> {
        self.make(false, |boolean| unsafe { sys::napi_get_value_bool(self.0, value, boolean) })
    }

    /// A property; `None` when the value has none, or its getter throws.
    pub(crate) fn property(&self, object: Value, name: &CStr) -> Option<Value> {
        self.make(ptr::null_mut(), |value| unsafe {
            sys::napi_get_named_property(self.0, object, name.as_ptr(), value)
        })
    }

    /// The length of an array; `None` when it is none.
    pub(crate) fn array_len(&self, value: Value) -> Option<u32> {
        let is_array = self.make(false, |is| unsafe { sys::napi_is_array(self.0, value, is) })?;
        if !is_array {
            return None;
        }
        self.make(0, |len| unsafe { sys::napi_get_array_length(self.0, value, len) })
    }

    pub(crate) fn element(&self, array: Value, index: u32) -> Option<Value> {
        self.make(ptr::null_mut(), |value| unsafe { sys::napi_get_element(self.0, array, index, value) })
    }

    /// A copy of a `Uint8Array`'s bytes, one more than `most` at the most; `None` when it is none.
    pub(crate) fn bytes(&self, value: Value, most: usize) -> Option<Zeroizing<Vec<u8>>> {
        let is_typed = self.make(false, |is| unsafe { sys::napi_is_typedarray(self.0, value, is) })?;
        if !is_typed {
            return None;
        }
        let (mut kind, mut len, mut data) = (-1, 0, ptr::null_mut());
        let (mut buffer, mut offset) = (ptr::null_mut(), 0);
        // SAFETY: as above; the places for the results live until the call returns.
        let status = unsafe {
            let (env, buffer, offset) = (self.0, &raw mut buffer, &raw mut offset);
            sys::napi_get_typedarray_info(
                env,
                value,
                &raw mut kind,
                &raw mut len,
                &raw mut data,
                buffer,
                offset,
            )
        };
        if status != Status::napi_ok || kind != sys::TypedarrayType::uint8_array {
            return None;
        }
        if data.is_null() || len == 0 {
            return Some(Zeroizing::default());
        }
        let len = len.min(most.saturating_add(1));
        let mut copy = Zeroizing::new(vec![0_u8; len]);
        let start = data.cast::<u8>();
        let is_own = self.make(false, |is| unsafe { sys::napi_is_arraybuffer(self.0, buffer, is) })?;
        if is_own {
            // SAFETY: the engine says that `len` bytes lie at `data`, and no JavaScript of this thread runs meanwhile.
            unsafe { ptr::copy_nonoverlapping(start, copy.as_mut_ptr(), len) };
        } else {
            // Another thread may write to a shared buffer: each byte is read once, and only the copy is looked at.
            for (at, byte) in copy.iter_mut().enumerate() {
                // SAFETY: as above; bytes need no alignment, and nobody reads them other than atomically on this side.
                *byte = unsafe { AtomicU8::from_ptr(start.add(at)) }.load(Ordering::Relaxed);
            }
        }
        Some(copy)
    }

    pub(crate) fn undefined(&self) -> Result<Value, Error> {
        self.make_value(|value| unsafe { sys::napi_get_undefined(self.0, value) })
    }

    pub(crate) fn null(&self) -> Result<Value, Error> {
        self.make_value(|value| unsafe { sys::napi_get_null(self.0, value) })
    }

    pub(crate) fn new_boolean(&self, boolean: bool) -> Result<Value, Error> {
        self.make_value(|value| unsafe { sys::napi_get_boolean(self.0, boolean, value) })
    }

    pub(crate) fn new_number(&self, number: f64) -> Result<Value, Error> {
        self.make_value(|value| unsafe { sys::napi_create_double(self.0, number, value) })
    }

    /// A number; `integer` is a time or a size, far below 2^53.
    pub(crate) fn new_integer(&self, integer: u64) -> Result<Value, Error> {
        let integer = i64::try_from(integer).map_err(|_| Error::Internal)?;
        self.make_value(|value| unsafe { sys::napi_create_int64(self.0, integer, value) })
    }

    /// A string. ASCII goes as Latin-1 and all else as UTF-16, which engines copy without looking at it; turning UTF-8 into
    /// UTF-16 takes V8 several times longer than Rust.
    pub(crate) fn new_text(&self, text: &str) -> Result<Value, Error> {
        if !text.is_ascii() {
            return utf16::with(text, |units| {
                let len = isize::try_from(units.len()).map_err(|_| Error::Internal)?;
                self.make_value(|value| unsafe {
                    sys::napi_create_string_utf16(self.0, units.as_ptr(), len, value)
                })
            });
        }
        let (start, len) = (text.as_ptr().cast::<c_char>(), text.len());
        let len = isize::try_from(len).map_err(|_| Error::Internal)?;
        self.make_value(|value| unsafe { sys::napi_create_string_latin1(self.0, start, len, value) })
    }

    pub(crate) fn new_object(&self, properties: &[(&CStr, Value)]) -> Result<Value, Error> {
        let object = self.make_value(|value| unsafe { sys::napi_create_object(self.0, value) })?;
        for (name, value) in properties {
            self.set(object, name, *value)?;
        }
        Ok(object)
    }

    fn set(&self, object: Value, name: &CStr, value: Value) -> Result<(), Error> {
        let status = unsafe { sys::napi_set_named_property(self.0, object, name.as_ptr(), value) };
        if status == Status::napi_ok { Ok(()) } else { Err(Error::Internal) }
    }

    /// An array of so many elements. The handles that an element needs are given back before the next is made.
    pub(crate) fn new_array(
        &self,
        count: u32,
        mut element: impl FnMut(u32) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        let array = self.make_value(|value| unsafe { sys::napi_create_array(self.0, value) })?;
        for index in 0..count {
            let _handles = Handles::open(self)?;
            let value = element(index)?;
            let status = unsafe { sys::napi_set_element(self.0, array, index, value) };
            if status != Status::napi_ok {
                return Err(Error::Internal);
            }
        }
        Ok(array)
    }

    /// A new `Uint8Array` with a copy of these bytes.
    pub(crate) fn new_bytes(&self, bytes: &[u8]) -> Result<Value, Error> {
        let mut data: *mut c_void = ptr::null_mut();
        let len = bytes.len();
        let buffer = self
            .make_value(|value| unsafe { sys::napi_create_arraybuffer(self.0, len, &raw mut data, value) })?;
        if len > 0 {
            if data.is_null() {
                return Err(Error::Internal);
            }
            // SAFETY: the engine made a buffer of `len` bytes at `data` that nobody else has seen yet.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), data.cast::<u8>(), len) };
        }
        let kind = sys::TypedarrayType::uint8_array;
        self.make_value(|value| unsafe { sys::napi_create_typedarray(self.0, kind, len, buffer, 0, value) })
    }

    /// Throws an `Error` whose `code` is a number, as ArkTS's `BusinessError` has it.
    pub(crate) fn throw(&self, code: u32, name: &str, message: &str) {
        self.clear_exception();
        let error = || {
            let message = self.new_text(message)?;
            let error = self.make_value(|value| unsafe {
                sys::napi_create_error(self.0, ptr::null_mut(), message, value)
            })?;
            self.set(error, c"code", self.new_integer(u64::from(code))?)?;
            self.set(error, c"name", self.new_text(name)?)?;
            Ok::<_, Error>(error)
        };
        // Where even this fails the environment is ending, and nobody is left to tell.
        if let Ok(error) = error() {
            unsafe { sys::napi_throw(self.0, error) };
        }
    }

    /// Forgets an exception that a getter threw.
    pub(crate) fn clear_exception(&self) {
        let pending = self.make(false, |is| unsafe { sys::napi_is_exception_pending(self.0, is) });
        if pending == Some(true) {
            let _ = self.make(ptr::null_mut(), |error| unsafe {
                sys::napi_get_and_clear_last_exception(self.0, error)
            });
        }
    }
}

/// Gives back, when dropped, the handles that were made since: also while a panic unwinds, or the engine would end the process.
struct Handles<'e> {
    engine: &'e Engine,
    scope: sys::napi_handle_scope,
}

impl<'e> Handles<'e> {
    fn open(engine: &'e Engine) -> Result<Self, Error> {
        let scope =
            engine.make(ptr::null_mut(), |scope| unsafe { sys::napi_open_handle_scope(engine.0, scope) });
        Ok(Self { engine, scope: scope.ok_or(Error::Internal)? })
    }
}

impl Drop for Handles<'_> {
    fn drop(&mut self) {
        // SAFETY: the scope was opened above, the innermost is closed first, and nothing made inside it is used afterwards.
        unsafe { sys::napi_close_handle_scope(self.engine.0, self.scope) };
    }
}
