//! The engine during one callback, and how it is called.

use crate::error::Error;
use crate::node::{Env, Unknown, sys};
use std::ptr;
use sys::Status;

/// A JavaScript value; it lives as long as the callback that runs.
pub(crate) type Value = sys::napi_value;

/// The engine during one callback.
pub(crate) struct Engine(pub(super) sys::napi_env);

impl Engine {
    pub(crate) fn new(env: &Env) -> Self {
        Self(env.raw())
    }

    pub(crate) fn unknown(&self, value: Value) -> Unknown<'static> {
        // SAFETY: the value was made in this callback, and the glue returns it from the same callback.
        unsafe { Unknown::from_raw_unchecked(self.0, value) }
    }

    /// Calls Node-API with a place for its result.
    pub(super) fn make<T>(&self, initial: T, call: impl FnOnce(&mut T) -> sys::napi_status) -> Option<T> {
        let mut result = initial;
        (call(&mut result) == Status::napi_ok).then_some(result)
    }

    pub(super) fn make_value(
        &self,
        call: impl FnOnce(&mut Value) -> sys::napi_status,
    ) -> Result<Value, Error> {
        self.make(ptr::null_mut(), call).ok_or(Error::Internal)
    }
}
