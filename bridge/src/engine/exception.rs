//! Errors that JavaScript gets.

use super::call::{Engine, Value};
use crate::error::Error;
use crate::node::sys;
use std::ptr;

impl Engine {
    /// Throws an `Error` whose `code` is a number, as ArkTS's `BusinessError` has it.
    pub(crate) fn throw(&self, code: u32, name: &str, message: &str) {
        // OpenHarmony's engine makes no error while an exception is pending.
        self.clear_exception();
        // Where even this fails the environment is ending, and nobody is left to tell.
        if let Ok(error) = self.new_error(code, name, message) {
            // SAFETY: the error was made in this callback.
            unsafe { sys::napi_throw(self.0, error) };
        }
    }

    fn new_error(&self, code: u32, name: &str, message: &str) -> Result<Value, Error> {
        let message = self.new_text(message)?;
        // SAFETY: a null code stands for none; the place for the result outlives the call.
        let error = self
            .make_value(|value| unsafe { sys::napi_create_error(self.0, ptr::null_mut(), message, value) })?;
        self.set(error, c"code", self.new_integer(u64::from(code))?)?;
        self.set(error, c"name", self.new_text(name)?)?;
        Ok(error)
    }

    /// Forgets an exception that a getter threw.
    pub(crate) fn clear_exception(&self) {
        // SAFETY: the place for the result outlives the call.
        let pending = self.make(false, |is| unsafe { sys::napi_is_exception_pending(self.0, is) });
        if pending == Some(true) {
            // SAFETY: the place for the result outlives the call.
            let _ = self.make(ptr::null_mut(), |error| unsafe {
                sys::napi_get_and_clear_last_exception(self.0, error)
            });
        }
    }
}
