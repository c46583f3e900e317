//! Objects and their properties.

use super::call::{Engine, Value};
use crate::error::Error;
use crate::node::sys;
use std::ffi::CStr;
use sys::Status;

#[cfg(ark)]
unsafe extern "C" {
    /// Part of OpenHarmony's Node-API since API 11, and of no other; the crates that declare Node-API do not have it.
    fn napi_create_object_with_named_properties(
        env: sys::napi_env,
        result: *mut Value,
        count: usize,
        names: *const *const std::ffi::c_char,
        values: *const Value,
    ) -> sys::napi_status;
}

impl Engine {
    /// A property; `None` when the value has none, or its getter throws.
    pub(crate) fn property(&self, object: Value, name: &CStr) -> Option<Value> {
        // SAFETY: the name ends with a zero byte, and it and the place for the result outlive the call.
        self.make(std::ptr::null_mut(), |value| unsafe {
            sys::napi_get_named_property(self.0, object, name.as_ptr(), value)
        })
    }

    /// An object with these properties, in one call.
    #[cfg(ark)]
    pub(crate) fn new_object<const N: usize>(&self, properties: [(&CStr, Value); N]) -> Result<Value, Error> {
        let names = properties.map(|(name, _)| name.as_ptr());
        let values = properties.map(|(_, value)| value);
        // SAFETY: both arrays have N elements, each name ends with a zero byte, and all of it outlives the call.
        self.make_value(|object| unsafe {
            napi_create_object_with_named_properties(self.0, object, N, names.as_ptr(), values.as_ptr())
        })
    }

    /// An object with these properties, set one by one: Node has no call for all of them.
    #[cfg(not(ark))]
    pub(crate) fn new_object<const N: usize>(&self, properties: [(&CStr, Value); N]) -> Result<Value, Error> {
        // SAFETY: the place for the result outlives the call.
        let object = self.make_value(|value| unsafe { sys::napi_create_object(self.0, value) })?;
        for (name, value) in properties {
            self.set(object, name, value)?;
        }
        Ok(object)
    }

    pub(super) fn set(&self, object: Value, name: &CStr, value: Value) -> Result<(), Error> {
        // SAFETY: the name ends with a zero byte and outlives the call.
        let status = unsafe { sys::napi_set_named_property(self.0, object, name.as_ptr(), value) };
        if status == Status::napi_ok { Ok(()) } else { Err(Error::Internal) }
    }
}
