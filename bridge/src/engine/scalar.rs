//! Numbers, booleans, `null` and `undefined`.

use super::call::{Engine, Value};
use crate::error::Error;
use crate::node::sys;

impl Engine {
    pub(crate) fn number(&self, value: Value) -> Option<f64> {
        // SAFETY: the place for the result outlives the call.
        self.make(0.0, |number| unsafe { sys::napi_get_value_double(self.0, value, number) })
    }

    pub(crate) fn boolean(&self, value: Value) -> Option<bool> {
        // SAFETY: the place for the result outlives the call.
        self.make(false, |boolean| unsafe { sys::napi_get_value_bool(self.0, value, boolean) })
    }

    pub(crate) fn undefined(&self) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_get_undefined(self.0, value) })
    }

    pub(crate) fn null(&self) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_get_null(self.0, value) })
    }

    pub(crate) fn new_boolean(&self, boolean: bool) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_get_boolean(self.0, boolean, value) })
    }

    pub(crate) fn new_number(&self, number: f64) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_create_double(self.0, number, value) })
    }

    /// A number; `integer` is a time or a size, far below 2^53.
    pub(crate) fn new_integer(&self, integer: u64) -> Result<Value, Error> {
        let integer = i64::try_from(integer).map_err(|_| Error::Internal)?;
        // SAFETY: the place for the result outlives the call.
        self.make_value(|value| unsafe { sys::napi_create_int64(self.0, integer, value) })
    }
}
