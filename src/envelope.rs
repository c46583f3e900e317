//! The envelopes in which a message reaches the app.
//!
//! Push Kit hands the app JSON text (`PushPayload.data`, or a row of `t_push_message`): `{"data": "<extraData>", …}`. The
//! sealed message is the extraData itself; or, where the path carries an object (`clickAction.data`, `message.data` of v1),
//! its member `pushseal`.

use crate::error::Error;
use crate::json::{self, Kind, Text, Value};
use std::borrow::Cow;

/// What was in the envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Enclosed<'a> {
    /// A compact JWE, not checked yet.
    Sealed(Cow<'a, str>),
    /// JSON in the clear, checked.
    Plain(Cow<'a, str>),
}

/// Takes the message out of its envelope.
pub(crate) fn unwrap(payload: &str) -> Result<Enclosed<'_>, Error> {
    if !is_object(payload) {
        return extra_data(Cow::Borrowed(payload));
    }
    let members = Members::of(payload)?;
    match (members.sealed, members.data) {
        (Some(sealed), _) => Ok(Enclosed::Sealed(sealed)),
        (None, Some(data)) => extra_data(data),
        (None, None) => Ok(Enclosed::Plain(Cow::Borrowed(payload))),
    }
}

/// What the sender put in: a JWE, an object that holds one, or plain JSON.
fn extra_data(text: Cow<'_, str>) -> Result<Enclosed<'_>, Error> {
    // A header's JSON starts with a brace, so a JWE starts with "e". No JSON text does.
    if text.starts_with('e') {
        return Ok(Enclosed::Sealed(text));
    }
    if is_object(&text) {
        let sealed = Members::of(&text)?.sealed.map(Cow::into_owned);
        return Ok(sealed.map_or(Enclosed::Plain(text), |sealed| Enclosed::Sealed(Cow::Owned(sealed))));
    }
    if text.is_empty() {
        return Err(Error::NotSealed);
    }
    json::scan(&text, |_, _| ())?;
    Ok(Enclosed::Plain(text))
}

fn is_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with('{')
}

/// The two members that matter, where they are strings.
struct Members<'a> {
    sealed: Option<Cow<'a, str>>,
    data: Option<Cow<'a, str>>,
}

impl<'a> Members<'a> {
    fn of(json: &'a str) -> Result<Self, Error> {
        let (mut sealed, mut data) = (None, None);
        let value = json::scan(json, |name: Text<'_>, value: Value<'a>| {
            name.read(|name| match name {
                "pushseal" => sealed = value.string(),
                "data" => data = value.string(),
                _ => {}
            });
        })?;
        debug_assert_eq!(value.kind, Kind::Object);
        Ok(Self { sealed: sealed.map(|text| text.decode()), data: data.map(|text| text.decode()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn sealed(payload: &str) {
        assert_eq!(unwrap(payload), Ok(Enclosed::Sealed("ey.x".into())), "{payload}");
    }

    #[test]
    fn a_jwe_is_found_on_every_path() {
        sealed("ey.x");
        sealed(r#"{"data":"ey.x","header":{"token":"MA**"}}"#);
        sealed(r#"{"data":"ey.x","messageAction":1,"notification":{"title":"标题","body":"b"}}"#);
        sealed(r#"{"data":"ey\u002ex"}"#);
        sealed(r#"{"data":"{\"pushseal\":\"ey.x\"}"}"#);
        sealed(r#" {"pushseal":"ey.x","other":1}"#);
        sealed(r#"{"\u0070ushseal":"ey.x"}"#);
        sealed(r#"{"d\u0061ta":"ey.x"}"#);
    }

    #[test]
    fn plain_json_is_told_from_sealed() {
        for (payload, inside) in [
            (r#"{"data":"{\"a\":1}"}"#, r#"{"a":1}"#),
            (r#"{"data":"[1]","header":{}}"#, "[1]"),
            (r#"{"data":{"a":1}}"#, r#"{"data":{"a":1}}"#),
            (r#"{"pushseal":1}"#, r#"{"pushseal":1}"#),
            ("17", "17"),
        ] {
            assert_eq!(unwrap(payload), Ok(Enclosed::Plain(inside.into())), "{payload}");
        }
    }

    #[test]
    fn neither_has_its_error() {
        assert_eq!(unwrap(r#"{"data":""}"#), Err(Error::NotSealed));
        assert_eq!(unwrap(""), Err(Error::NotSealed));
        for payload in ["hello", r#"{"data":"hello"}"#, r#"{"data":"ey.x""#, r#"{"data":"{"}"#, "\u{feff}{}"]
        {
            assert!(matches!(unwrap(payload), Err(Error::Malformed(_))), "{payload}");
        }
        assert!(matches!(unwrap(r#"{"data":"ey.x","data":"ey.y"}"#), Err(Error::UnsafeJson(_))));
    }
}
