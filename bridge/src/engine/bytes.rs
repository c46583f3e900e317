//! `Uint8Array`s.

use super::call::{Engine, Value};
use crate::error::Error;
use crate::node::sys;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};
use sys::Status;
use zeroize::Zeroizing;

impl Engine {
    /// A copy of a `Uint8Array`'s bytes, one more than `most` at the most; `None` when it is none.
    pub(crate) fn bytes(&self, value: Value, most: usize) -> Option<Zeroizing<Vec<u8>>> {
        // SAFETY: the place for the result outlives the call.
        let is_typed = self.make(false, |is| unsafe { sys::napi_is_typedarray(self.0, value, is) })?;
        if !is_typed {
            return None;
        }
        let (mut kind, mut len, mut data) = (-1, 0, ptr::null_mut());
        let (mut buffer, mut offset) = (ptr::null_mut(), 0);
        // SAFETY: the value is a typed array; the places for the results live until the call returns.
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
        // SAFETY: the place for the result outlives the call.
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

    /// A new `Uint8Array` with a copy of these bytes.
    pub(crate) fn new_bytes(&self, bytes: &[u8]) -> Result<Value, Error> {
        let mut data: *mut c_void = ptr::null_mut();
        let len = bytes.len();
        // SAFETY: the places for the results outlive the call.
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
        // SAFETY: the buffer has `len` bytes; the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_create_typedarray(self.0, kind, len, buffer, 0, value) })
    }
}
