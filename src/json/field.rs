//! One member of an object, for who needs no other.

use super::{Kind, Value, scan};
use crate::error::Error;
use crate::reason::Malformed;
use std::borrow::Cow;

/// A member of a JSON object.
#[derive(Clone, PartialEq)]
pub enum Field<'a> {
    /// A string's content, its escapes decoded.
    Text(Cow<'a, str>),
    /// A number, as a double holds it.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// `null`.
    Null,
    /// An object or array, as JSON text.
    Json(&'a str),
}

// The content is plaintext: only its kind may be shown.
impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Number(_) => "Number",
            Self::Boolean(_) => "Boolean",
            Self::Null => "Null",
            Self::Json(_) => "Json",
        })
    }
}

/// The member of this name of an object; `None` when the object has none. Nothing else of the object is built.
///
/// # Errors
///
/// [`Error::Malformed`] or [`Error::UnsafeJson`] when the text is not an object by the rules of `docs/json.md`.
///
/// # Example: what a message is about, before anything else of it is read
///
/// ```
/// use pushseal::{Field, field};
///
/// let data = r#"{"type":"chat","from":{"name":"Li"},"text":"…"}"#;
/// assert_eq!(field(data, "type")?, Some(Field::Text("chat".into())));
/// assert_eq!(field(data, "from")?, Some(Field::Json(r#"{"name":"Li"}"#)));
/// assert_eq!(field(data, "to")?, None);
/// # Ok::<(), pushseal::Error>(())
/// ```
pub fn field<'a>(json: &'a str, name: &str) -> Result<Option<Field<'a>>, Error> {
    let mut found = None;
    let object = scan(json, |member, value| {
        if member.read(|member| member == name) {
            found = Some(value);
        }
    })?;
    if object.kind != Kind::Object {
        return Err(Error::Malformed(Malformed::NotAnObject));
    }
    found.map(field_of).transpose()
}

fn field_of(value: Value<'_>) -> Result<Field<'_>, Error> {
    Ok(match value.kind {
        Kind::String => Field::Text(value.string().ok_or(Error::Internal)?.decode()),
        Kind::Number => Field::Number(value.text.parse().map_err(|_| Error::Internal)?),
        Kind::Literal if value.text == "null" => Field::Null,
        Kind::Literal => Field::Boolean(value.text == "true"),
        Kind::Object | Kind::Array => Field::Json(value.text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_as_itself() {
        let json = r#" {"s":"a\nб","n":-1.5e2,"t":true,"f":false,"z":null,"o":{"s":[1]},"a":[ 1 ],"":0,"\u0065\"":7} "#;
        for (name, value) in [
            ("s", Field::Text("a\nб".into())),
            ("n", Field::Number(-150.0)),
            ("t", Field::Boolean(true)),
            ("f", Field::Boolean(false)),
            ("z", Field::Null),
            ("o", Field::Json(r#"{"s":[1]}"#)),
            ("a", Field::Json("[ 1 ]")),
            ("", Field::Number(0.0)),
            ("e\"", Field::Number(7.0)),
        ] {
            assert_eq!(field(json, name), Ok(Some(value)), "{name}");
        }
        assert_eq!(field(json, "S"), Ok(None));
        assert_eq!(field("{}", ""), Ok(None));
    }

    #[test]
    fn all_of_the_text_is_checked() {
        for json in ["[]", "1", "\"a\"", "", "{\"a\":1", "{\"a\":1}x"] {
            assert!(matches!(field(json, "a"), Err(Error::Malformed(_))), "{json}");
        }
        assert!(matches!(field(r#"{"a":1,"b":2,"b":3}"#, "a"), Err(Error::UnsafeJson(_))));
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", field(r#"{"a":"secret"}"#, "a")), "Ok(Some(Text))");
    }
}
