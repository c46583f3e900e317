//! Opens and seals push data messages.
#![forbid(unsafe_code)]
