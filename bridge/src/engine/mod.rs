//! Node-API with as few calls as possible. These files hold the bridge's only unsafe code.
//!
//! Every call gets the `napi_env` and values of the callback that runs, which Node-API keeps alive until the callback returns, and
//! pointers to memory of ours that outlives the call. A result is used only after `napi_ok`. Each `unsafe` block says what else
//! it rests on.
//!
//! OpenHarmony's Node-API differs from Node's in places where memory safety is at stake: `text` and `object` say where and how.
//! The configuration `ark` stands for OpenHarmony's engine, on a device or as a build for a PC.

#![allow(unsafe_code)]

mod bytes;
mod call;
mod exception;
mod list;
mod object;
mod scalar;
mod text;
mod utf16;

pub(crate) use call::{Engine, Value};
pub(crate) use text::Unread;
