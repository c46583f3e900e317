//! The floor through Node: a string in, the floor's work, a string out. Node-API without any glue.
#![cfg(feature = "peers")]

#[allow(dead_code, reason = "the program uses the rest")]
mod cipher;
#[allow(dead_code, reason = "the program uses the rest")]
mod floor;

use cipher::Fastest;
use floor::Floor;
use napi_sys as sys;
use std::{cell::RefCell, ptr};

struct State {
    floor: Floor<Fastest>,
    payload: Vec<u8>,
    /// Where text that is not ASCII becomes UTF-16, which the engine copies fastest.
    units: Vec<u16>,
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// The only argument of the call.
unsafe fn argument(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let (mut count, mut value) = (1, ptr::null_mut());
    // SAFETY: the engine made `env` and `info` for this call; there is room for one argument.
    unsafe { sys::napi_get_cb_info(env, info, &mut count, &mut value, ptr::null_mut(), ptr::null_mut()) };
    value
}

/// `setKey(key: Uint8Array): void`
unsafe extern "C" fn set_key(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let (mut kind, mut len, mut data) = (0, 0, ptr::null_mut());
    // SAFETY: as above; the bytes are copied before the call ends.
    let bytes = unsafe {
        let value = argument(env, info);
        let (buffer, offset) = (ptr::null_mut(), ptr::null_mut());
        sys::napi_get_typedarray_info(env, value, &mut kind, &mut len, &mut data, buffer, offset);
        std::slice::from_raw_parts(data.cast::<u8>(), len)
    };
    if let Ok(key) = bytes.try_into() {
        let state = State {
            floor: Floor::new(key),
            payload: vec![0; 16 * 1024],
            units: Vec::with_capacity(16 * 1024),
        };
        STATE.with_borrow_mut(|place| *place = Some(state));
    }
    ptr::null_mut()
}

/// `open(payload: string): string`
unsafe extern "C" fn open(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    STATE.with_borrow_mut(|state| {
        let Some(State { floor, payload, units }) = state else { return ptr::null_mut() };
        let mut len = 0;
        // SAFETY: as above; the engine writes at most as many bytes as there is room for, and says how many.
        let read = unsafe {
            let (start, room) = (payload.as_mut_ptr().cast(), payload.len());
            sys::napi_get_value_string_latin1(env, argument(env, info), start, room, &mut len);
            payload.get(..len).unwrap_or_default()
        };
        let Some(text) = floor.open(read) else { return ptr::null_mut() };
        let mut value = ptr::null_mut();
        // SAFETY: the text lives until the call returns; the engine copies it.
        unsafe {
            if text.is_ascii() {
                let (start, len) = (text.as_ptr().cast(), text.len() as isize);
                sys::napi_create_string_latin1(env, start, len, &mut value);
            } else {
                units.clear();
                units.extend(text.encode_utf16());
                sys::napi_create_string_utf16(env, units.as_ptr(), units.len() as isize, &mut value);
            }
        }
        value
    })
}

/// What Node calls when it loads the addon.
///
/// # Safety
///
/// Only an engine with Node-API calls it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    let functions: [(_, sys::napi_callback); 2] = [(c"setKey", Some(set_key)), (c"open", Some(open))];
    for (name, function) in functions {
        let mut value = ptr::null_mut();
        // SAFETY: as above; names and functions live as long as the library.
        unsafe {
            sys::napi_create_function(env, name.as_ptr(), -1, function, ptr::null_mut(), &mut value);
            sys::napi_set_named_property(env, exports, name.as_ptr(), value);
        }
    }
    exports
}
