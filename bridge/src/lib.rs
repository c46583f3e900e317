//! The N-API surface of PushSeal. It converts and nothing else: whatever is worth testing lives in the crate `pushseal`.
//!
//! Every export takes unconverted values, so that a wrong type ends in the same numbered error as a wrong payload. Its signature
//! spells `Result`: behind an alias `#[napi]` does not see it, and then makes a second error while the first is pending.

#![deny(unsafe_code)]

mod answer;
mod engine;
mod error;
mod keyring;
mod log;
mod read;
pub mod typings;
mod write;

#[cfg(not(ark))]
use {napi::bindgen_prelude as node, napi_derive::napi};
#[cfg(ark)]
use {napi_derive_ohos::napi, napi_ohos::bindgen_prelude as node};

use answer::answer;
use error::Error;
use node::{Env, JsValue, Result, Unknown};
use pushseal::limits;

/// Replaces the keyring of the whole process at once. The keys are copied; what they replace is wiped.
#[napi(catch_unwind, ts_args_type = "keys: KeyEntry[]", ts_return_type = "void")]
pub fn set_keyring(env: Env, keys: Unknown<'_>) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        keyring::replace(read::keyring(engine, keys.raw())?);
        engine.undefined()
    })
}

/// Forgets and wipes all keys: at logout.
#[napi(catch_unwind, ts_return_type = "void")]
pub fn clear_keyring(env: Env) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        keyring::replace(pushseal::Keyring::default());
        engine.undefined()
    })
}

/// A new key: 32 random bytes from the system.
#[napi(catch_unwind, ts_return_type = "Uint8Array")]
pub fn generate_key(env: Env) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let mut key = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key).map_err(|_| Error::Internal)?;
        engine.new_bytes(&*key)
    })
}

/// Opens one message: `PushPayload.data`, the `message` of a `t_push_message` row, or a bare JWE.
#[napi(catch_unwind, ts_args_type = "payload: string, options: OpenOptions", ts_return_type = "DataMessage")]
pub fn open_message(env: Env, payload: Unknown<'_>, options: Unknown<'_>) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let options = read::options(engine, options.raw())?;
        read::open(engine, &keyring::current(), payload.raw(), &options.core(), |message| {
            write::message(engine, &message)
        })
    })
}

/// Opens many messages: one outcome each, in the same order. A bad one never hides a good one.
#[napi(
    catch_unwind,
    ts_args_type = "payloads: string[], options: OpenOptions",
    ts_return_type = "OpenOutcome[]"
)]
pub fn open_messages(env: Env, payloads: Unknown<'_>, options: Unknown<'_>) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let options = read::options(engine, options.raw())?;
        let count =
            engine.array_len(payloads.raw()).ok_or(Error::InvalidArgument("payloads is not an array"))?;
        if usize::try_from(count).is_ok_and(|count| count > limits::BATCH_PAYLOADS) {
            return Err(Error::InvalidArgument("a batch has at most 100000 payloads"));
        }
        let keyring = keyring::current();
        engine.new_array(count, |index| {
            let open = || {
                let payload = engine.element(payloads.raw(), index).ok_or(read::NOT_A_STRING)?;
                read::open(engine, &keyring, payload, &options.core(), |message| {
                    write::message(engine, &message)
                })
            };
            write::outcome(engine, open())
        })
    })
}

/// One member of a JSON object, which costs less than `JSON.parse` of all of it: a string, number, boolean or null, or `undefined`
/// when there is no member of this name. One that is an object or array is `Malformed`: that takes `JSON.parse`.
#[napi(
    catch_unwind,
    ts_args_type = "json: string, name: string",
    ts_return_type = "string | number | boolean | null | undefined"
)]
pub fn json_field(env: Env, json: Unknown<'_>, name: Unknown<'_>) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let (json, name) = (read::json(engine, json.raw())?, read::name(engine, name.raw())?);
        match pushseal::field(&json, &name)? {
            Some(field) => write::field(engine, field),
            None => engine.undefined(),
        }
    })
}

/// Checks and decrypts an attachment that was fetched for a reference.
#[napi(catch_unwind, ts_args_type = "bytes: Uint8Array, reference: Reference", ts_return_type = "Uint8Array")]
pub fn open_attachment(env: Env, bytes: Unknown<'_>, reference: Unknown<'_>) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let reference = read::reference(engine, reference.raw())?;
        let bytes = read::attachment(engine, bytes.raw())?;
        engine.new_bytes(&pushseal::open_attachment(&bytes, &reference)?)
    })
}

/// Tells whether the backend has to be told: compares what it accepted last with what is true now.
#[napi(
    catch_unwind,
    ts_args_type = "stored: Registration, current: Registration, now: number",
    ts_return_type = "SyncPlan"
)]
pub fn plan_token_sync(
    env: Env,
    stored: Unknown<'_>,
    current: Unknown<'_>,
    now: Unknown<'_>,
) -> Result<Unknown<'static>> {
    answer(env, |engine| {
        let stored = read::registration(engine, stored.raw())?;
        let current = read::registration(engine, current.raw())?;
        let now = read::milliseconds(engine, now.raw())?;
        write::plan(engine, pushseal::plan(&stored, &current, now))
    })
}

/// What this library is and whether it works here: for a self-test page, not for the start of the app.
#[napi(catch_unwind, ts_return_type = "Diagnostics")]
pub fn diagnostics(env: Env) -> Result<Unknown<'static>> {
    answer(env, write::diagnostics)
}

/// Panics, in the middle of a batch or alone, so that a test can see what becomes of it.
#[cfg(feature = "panic-probe")]
#[napi(catch_unwind, skip_typescript)]
pub fn panic_probe(env: Env, in_a_batch: Unknown<'_>) -> Result<Unknown<'static>> {
    #[expect(clippy::panic, reason = "the probe is there to panic")]
    answer(env, |engine| match engine.boolean(in_a_batch.raw()) {
        Some(true) => engine.new_array(2, |_| panic!("probe")),
        _ => panic!("probe"),
    })
}
