//! Strict JSON: one pass over the text that refuses whatever two parsers might read differently.
//!
//! The grammar is RFC 8259's. On top of it: no name twice in one object (also when written with escapes), bounded
//! depth, no lone surrogate, integers within ±(2^53 − 1), no number that overflows a double. Nothing is built: the
//! caller sees the members of the outermost object as slices of the text.
//!
//! `string_members` alone is lenient: it is for the envelope, which nothing authenticates.

mod block;
mod check;
mod field;
mod names;
mod number;
mod outline;
mod scan;
mod scanner;
mod string;
mod tokens;
mod value;

pub use check::check_json;
pub use field::{Field, field};
pub(crate) use outline::string_members;
pub(crate) use scan::{scan, scan_after_first};
pub(crate) use string::{Text, write_string};
pub(crate) use value::{Kind, Value};

/// White space between tokens (RFC 8259 §2).
pub(crate) const WHITE_SPACE: [char; 4] = [' ', '\t', '\r', '\n'];
