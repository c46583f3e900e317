//! The plaintext of a sealed message: one JSON object (`docs/wire-format.md`).

use crate::attachment::Reference;
use crate::error::Error;
use crate::json::{self, Kind, Text, Value};
use crate::limits::{DEFAULT_LIFETIME_S, MESSAGE_ID_BYTES, PLAINTEXT_BYTES};
use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use zeroize::Zeroizing;

/// The last second that a claim may name: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// What a sender states. Times are in seconds since 1970 (NumericDate, RFC 7519 §2, whole seconds only).
#[derive(Debug, Clone, Copy)]
pub struct Claims<'a> {
    /// `iat`: when the message was issued.
    pub issued_at: u64,
    /// `exp`: when it expires, later than `iat`. Without it, 15 days after `iat`.
    pub expires_at: Option<u64>,
    /// `jti`: the message's id, 1 to 64 bytes. Without it, the receiver derives one.
    pub id: Option<&'a str>,
    /// `aud`: the bundle name of the app it is for.
    pub audience: Option<&'a str>,
    /// `data` or `ref`.
    pub body: Body<'a>,
}

/// The content: in the message, or waiting at the backend.
#[derive(Clone, Copy)]
pub enum Body<'a> {
    /// `data`: JSON text, any JSON value.
    Data(&'a str),
    /// `ref`: a claim check for an attachment.
    Reference(&'a Reference),
}

// The data is plaintext: only its length may be shown.
impl std::fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Data(text) => write!(f, "Data({} bytes)", text.len()),
            Self::Reference(reference) => write!(f, "{reference:?}"),
        }
    }
}

/// Writes the plaintext. Exactly what [`parse`] accepts can be written.
pub(crate) fn write(claims: &Claims<'_>) -> Result<Zeroizing<String>, Error> {
    let data = match claims.body {
        Body::Data(text) => Some(
            serde_json::from_str::<&RawValue>(text)
                .map_err(|_| Error::InvalidArgument("data is not JSON text"))?,
        ),
        Body::Reference(_) => None,
    };
    let reference = match claims.body {
        Body::Reference(reference) => Some(reference),
        Body::Data(_) => None,
    };
    let plaintext = Plaintext {
        iat: claims.issued_at,
        exp: claims.expires_at,
        jti: claims.id,
        aud: claims.audience,
        data,
        reference,
    };
    // Room for all of it at once: a buffer that grows leaves copies of the plaintext behind.
    let mut buffer = Zeroizing::new(Vec::with_capacity(most_bytes(claims)));
    serde_json::to_writer(&mut *buffer, &plaintext).map_err(|_| Error::Internal)?;
    let text = String::from_utf8(std::mem::take(&mut *buffer)).map_err(|_| Error::Internal)?;
    let text = Zeroizing::new(text);
    parse(&text)?;
    Ok(text)
}

/// What the plaintext can take at most: an escape has six bytes, and all the rest of it is short.
fn most_bytes(claims: &Claims<'_>) -> usize {
    const THE_REST: usize = 512;
    let data = if let Body::Data(text) = claims.body { text.len() } else { 0 };
    data + 6 * (claims.id.unwrap_or("").len() + claims.audience.unwrap_or("").len()) + THE_REST
}

#[derive(Serialize)]
struct Plaintext<'a> {
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Reference>,
}

/// A plaintext that has been checked; its parts lie in the text.
pub(crate) struct Opened<'a> {
    pub(crate) issued_at: u64,
    pub(crate) expires_at: u64,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) audience: Option<Text<'a>>,
    pub(crate) body: OpenedBody<'a>,
}

pub(crate) enum OpenedBody<'a> {
    Data(&'a str),
    Reference(Reference),
}

/// Reads a plaintext.
pub(crate) fn parse(text: &str) -> Result<Opened<'_>, Error> {
    if text.len() > PLAINTEXT_BYTES {
        return Err(Error::TooLarge("a plaintext has at most 8192 bytes; use an attachment"));
    }
    let mut members = Members::default();
    let object = json::scan(text, |name, value| {
        name.read(|name| match name {
            "iat" => members.iat = Some(value),
            "exp" => members.exp = Some(value),
            "jti" => members.jti = Some(value),
            "aud" => members.aud = Some(value),
            "data" => members.data = Some(value),
            "ref" => members.reference = Some(value),
            _ => {}
        });
    })?;
    if object.kind != Kind::Object {
        return Err(Error::Malformed("the plaintext is not a JSON object"));
    }
    members.check()
}

#[derive(Default)]
struct Members<'a> {
    iat: Option<Value<'a>>,
    exp: Option<Value<'a>>,
    jti: Option<Value<'a>>,
    aud: Option<Value<'a>>,
    data: Option<Value<'a>>,
    reference: Option<Value<'a>>,
}

impl<'a> Members<'a> {
    fn check(self) -> Result<Opened<'a>, Error> {
        let issued_at = seconds(self.iat.ok_or(Error::Malformed("iat is missing"))?)?;
        let expires_at =
            self.exp.map(seconds).transpose()?.unwrap_or(issued_at.saturating_add(DEFAULT_LIFETIME_S));
        if expires_at <= issued_at {
            return Err(Error::Malformed("exp is not later than iat"));
        }
        let body = match (self.data, self.reference) {
            (Some(data), None) => OpenedBody::Data(data.text),
            (None, Some(reference)) => OpenedBody::Reference(Reference::parse(reference)?),
            _ => return Err(Error::Malformed("a message has either data or ref")),
        };
        Ok(Opened {
            issued_at,
            expires_at,
            id: self.jti.map(message_id).transpose()?,
            audience: self
                .aud
                .map(|value| value.string().ok_or(Error::Malformed("aud is not a string")))
                .transpose()?,
            body,
        })
    }
}

fn seconds(value: Value<'_>) -> Result<u64, Error> {
    value
        .integer()
        .filter(|&s| s <= LAST_SECOND)
        .ok_or(Error::Malformed("iat and exp are whole seconds since 1970, up to the year 9999"))
}

fn message_id(value: Value<'_>) -> Result<Cow<'_, str>, Error> {
    const FORM: &str = "jti is a string of 1 to 64 bytes without control characters";
    let id = value.string().ok_or(Error::Malformed(FORM))?.decode();
    let fits = (1..=MESSAGE_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    if fits { Ok(id) } else { Err(Error::Malformed(FORM)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn malformed(text: &str) {
        assert!(matches!(parse(text), Err(Error::Malformed(_))), "{text}");
    }

    #[test]
    fn a_whole_message_is_read() {
        let opened =
            parse(r#"{"iat":10,"exp":20,"jti":"m\u0031","aud":"com.example","x":1,"data":{"a":[1]}}"#)
                .unwrap();
        assert_eq!((opened.issued_at, opened.expires_at), (10, 20));
        assert_eq!(opened.id.as_deref(), Some("m1"));
        assert_eq!(opened.audience.map(|text| text.decode()).as_deref(), Some("com.example"));
        assert!(matches!(opened.body, OpenedBody::Data(r#"{"a":[1]}"#)));
    }

    #[test]
    fn the_default_lifetime_is_15_days() {
        assert_eq!(parse(r#"{"iat":10,"data":1}"#).unwrap().expires_at, 10 + 1_296_000);
    }

    #[test]
    fn wrong_claims_are_malformed() {
        for text in [
            r#"[]"#,
            r#"{"data":1}"#,
            r#"{"iat":1}"#,
            r#"{"iat":1,"data":1,"ref":{}}"#,
            r#"{"iat":1,"ref":{}}"#,
            r#"{"iat":"1","data":1}"#,
            r#"{"iat":1.5,"data":1}"#,
            r#"{"iat":-1,"data":1}"#,
            r#"{"iat":1e3,"data":1}"#,
            r#"{"iat":253402300800,"data":1}"#,
            r#"{"iat":5,"exp":5,"data":1}"#,
            r#"{"iat":5,"exp":"9","data":1}"#,
            r#"{"iat":1,"jti":"","data":1}"#,
            r#"{"iat":1,"jti":7,"data":1}"#,
            r#"{"iat":1,"jti":"a\u0000","data":1}"#,
            r#"{"iat":1,"aud":["a"],"data":1}"#,
        ] {
            malformed(text);
        }
        malformed(&format!(r#"{{"iat":1,"jti":"{}","data":1}}"#, "x".repeat(65)));
    }

    #[test]
    fn only_what_can_be_read_is_written() {
        let written = |data: &str| {
            let body = Body::Data(data);
            write(&Claims { issued_at: 1, expires_at: None, id: Some("a\"b"), audience: None, body })
        };
        assert_eq!(*written(" [1, 2] ").unwrap(), r#"{"iat":1,"jti":"a\"b","data":[1, 2]}"#);
        assert!(matches!(written("1,\"iat\":2"), Err(Error::InvalidArgument(_))));
        assert!(matches!(written(""), Err(Error::InvalidArgument(_))));
        assert!(matches!(written("{\"a\":1,\"a\":2}"), Err(Error::UnsafeJson(_))));
        assert!(matches!(written(&"1".repeat(17)), Err(Error::UnsafeJson(_))));
        assert!(matches!(written(&format!("\"{}\"", "x".repeat(9000))), Err(Error::TooLarge(_))));
    }
}
