//! Checking a whole text.

use super::scan;
use crate::error::Error;
use crate::reason::UnsafeJson;

/// Checks JSON text by the rules that bind plaintexts (`docs/json.md`); for content that travels as an attachment.
///
/// # Errors
///
/// [`Error::Malformed`] for what is no JSON text; [`Error::UnsafeJson`] for JSON text that two parsers could read differently.
pub fn check_json(text: &[u8]) -> Result<(), Error> {
    let text = simdutf8::basic::from_utf8(text).map_err(|_| Error::UnsafeJson(UnsafeJson::NotUtf8))?;
    scan(text, |_, _| ()).map(|_| ())
}
