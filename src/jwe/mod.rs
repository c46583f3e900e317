//! JWE Compact Serialization (RFC 7516 §3.1, §7.1) with direct encryption (`alg: "dir"`, RFC 7518 §4.5).

mod base64url;
mod compact;
pub(crate) mod header;

pub(crate) use base64url::{decode_array, encode, encoded_len};
pub(crate) use compact::Compact;
