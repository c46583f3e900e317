//! Arrays.

use super::call::{Engine, Value};
use crate::error::Error;
use crate::node::sys;
use std::ptr;
use sys::Status;

impl Engine {
    /// The length of an array; `None` when it is none.
    pub(crate) fn array_len(&self, value: Value) -> Option<u32> {
        // SAFETY: the place for the result outlives the call.
        let is_array = self.make(false, |is| unsafe { sys::napi_is_array(self.0, value, is) })?;
        if !is_array {
            return None;
        }
        // SAFETY: the place for the result outlives the call.
        self.make(0, |len| unsafe { sys::napi_get_array_length(self.0, value, len) })
    }

    pub(crate) fn element(&self, array: Value, index: u32) -> Option<Value> {
        // SAFETY: the place for the result outlives the call.
        self.make(ptr::null_mut(), |value| unsafe { sys::napi_get_element(self.0, array, index, value) })
    }

    /// An array of so many elements. The handles that an element needs are given back before the next is made.
    pub(crate) fn new_array(
        &self,
        count: u32,
        mut element: impl FnMut(u32) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        let array = self.make_value(|value| unsafe { sys::napi_create_array(self.0, value) })?;
        for index in 0..count {
            let _handles = Handles::open(self)?;
            let value = element(index)?;
            // SAFETY: the array was made outside the scope of the element's handles.
            let status = unsafe { sys::napi_set_element(self.0, array, index, value) };
            if status != Status::napi_ok {
                return Err(Error::Internal);
            }
        }
        Ok(array)
    }
}

/// Gives back, when dropped, the handles that were made since: also while a panic unwinds, or the engine would end the process.
struct Handles<'e> {
    engine: &'e Engine,
    scope: sys::napi_handle_scope,
}

impl<'e> Handles<'e> {
    fn open(engine: &'e Engine) -> Result<Self, Error> {
        // SAFETY: the place for the result outlives the call.
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
