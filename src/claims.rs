//! The plaintext of a sealed message: one JSON object (`docs/wire-format.md`).

use crate::attachment::Reference;
use crate::content::Content;
use crate::error::Error;
use crate::json::{self, Kind, Text, Value};
use crate::limits::{DEFAULT_LIFETIME_S, MESSAGE_ID_BYTES, PLAINTEXT_BYTES};
use crate::reason::{InvalidArgument, Malformed, TooLarge, Unsupported};
use std::borrow::Cow;
use std::fmt::Write;
use zeroize::Zeroizing;

/// The last second that a claim may name: the end of the year 9999.
const LAST_SECOND: u64 = 253_402_300_799;

/// What a sender states. Times are in seconds since 1970 (NumericDate, RFC 7519 §2, whole seconds only).
#[derive(Debug, Clone)]
#[must_use]
pub struct Claims<'a> {
    pub(crate) issued_at: u64,
    pub(crate) expires_at: Option<u64>,
    pub(crate) id: Option<&'a str>,
    pub(crate) audience: Option<&'a str>,
    pub(crate) content: Content<'a>,
}

impl<'a> Claims<'a> {
    /// A message that is issued at this time (`iat`), with this content (`data` or `ref`).
    pub fn new(issued_at: u64, content: impl Into<Content<'a>>) -> Self {
        Self { issued_at, expires_at: None, id: None, audience: None, content: content.into() }
    }

    /// `exp`: when it expires, later than `iat`. Without it, 15 days after `iat`.
    pub fn expires_at(mut self, seconds: impl Into<Option<u64>>) -> Self {
        self.expires_at = seconds.into();
        self
    }

    /// `jti`: the message's id, 1 to 64 bytes without control characters. Without it, the receiver derives one.
    pub fn id(mut self, id: impl Into<Option<&'a str>>) -> Self {
        self.id = id.into();
        self
    }

    /// `aud`: the bundle name of the app it is for. Without it, it is for every app that has the key.
    pub fn audience(mut self, audience: impl Into<Option<&'a str>>) -> Self {
        self.audience = audience.into();
        self
    }
}

/// Writes the plaintext. Exactly what [`parse`] accepts can be written.
pub(crate) fn write(claims: &Claims<'_>) -> Result<Zeroizing<String>, Error> {
    // Room for all of it at once: a buffer that grows leaves copies of the plaintext behind.
    let mut text = Zeroizing::new(String::with_capacity(most_bytes(claims)));
    write!(text, r#"{{"iat":{}"#, claims.issued_at).map_err(|_| Error::Internal)?;
    if let Some(seconds) = claims.expires_at {
        write!(text, r#","exp":{seconds}"#).map_err(|_| Error::Internal)?;
    }
    for (name, value) in [("jti", claims.id), ("aud", claims.audience)] {
        if let Some(value) = value {
            write!(text, r#","{name}":"#).map_err(|_| Error::Internal)?;
            json::write_string(&mut text, value);
        }
    }
    match &claims.content {
        Content::Data(data) => {
            let data = data.trim_matches(json::WHITE_SPACE);
            text.push_str(r#","data":"#);
            text.push_str(data);
            text.push('}');
            check_written(&text, data)?;
        }
        Content::Reference(reference) => {
            text.push_str(r#","ref":"#);
            reference.write(&mut text)?;
            text.push('}');
            parse(&text)?;
        }
    }
    Ok(text)
}

/// Checks the plaintext and, with it, that the data is one JSON value: text that ends the value and goes on with another member
/// would be read otherwise than it was passed.
fn check_written(text: &str, data: &str) -> Result<(), Error> {
    let read = match parse(text) {
        Ok(Opened { body: OpenedBody::Data(read), .. }) if read.len() == data.len() => return Ok(()),
        Err(error @ Error::TooLarge(_)) => return Err(error),
        read => read,
    };
    match (json::scan(data, |_, _| ()), read) {
        (Ok(_), Err(of_the_claims)) => Err(of_the_claims),
        (Ok(_), Ok(_)) => Err(Error::Internal),
        (Err(error @ Error::UnsafeJson(_)), _) => Err(error),
        (Err(_), _) => Err(Error::InvalidArgument(InvalidArgument::Data)),
    }
}

/// What the plaintext can take at most: an escape has six bytes, and all the rest of it is short.
fn most_bytes(claims: &Claims<'_>) -> usize {
    const THE_REST: usize = 512;
    let data = claims.content.data().map_or(0, str::len);
    data + 6 * (claims.id.unwrap_or("").len() + claims.audience.unwrap_or("").len()) + THE_REST
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
        return Err(Error::TooLarge(TooLarge::Plaintext));
    }
    let mut members = Members::default();
    let object = json::scan(text, |name, value| {
        name.read(|name| match name {
            "iat" => members.iat = Some(value),
            "exp" => members.exp = Some(value),
            "jti" => members.jti = Some(value),
            "aud" => members.aud = Some(value),
            "data" => members.data = Some(value),
            "nbf" => members.not_before = true,
            "ref" => members.reference = Some(value),
            _ => {}
        });
    })?;
    if object.kind != Kind::Object {
        return Err(Error::Malformed(Malformed::PlaintextObject));
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
    not_before: bool,
}

impl<'a> Members<'a> {
    fn check(self) -> Result<Opened<'a>, Error> {
        if self.not_before {
            return Err(Error::Unsupported(Unsupported::NotBefore));
        }
        let issued_at = seconds(self.iat.ok_or(Error::Malformed(Malformed::IssuedAtMissing))?)?;
        let expires_at =
            self.exp.map(seconds).transpose()?.unwrap_or(issued_at.saturating_add(DEFAULT_LIFETIME_S));
        if expires_at <= issued_at {
            return Err(Error::Malformed(Malformed::ExpiryBeforeIssue));
        }
        let body = match (self.data, self.reference) {
            (Some(data), None) => OpenedBody::Data(data.text),
            (None, Some(reference)) => OpenedBody::Reference(Reference::parse(reference)?),
            _ => return Err(Error::Malformed(Malformed::DataOrReference)),
        };
        Ok(Opened {
            issued_at,
            expires_at,
            id: self.jti.map(message_id).transpose()?,
            audience: self
                .aud
                .map(|value| value.string().ok_or(Error::Malformed(Malformed::Audience)))
                .transpose()?,
            body,
        })
    }
}

fn seconds(value: Value<'_>) -> Result<u64, Error> {
    value.integer().filter(|&s| s <= LAST_SECOND).ok_or(Error::Malformed(Malformed::Seconds))
}

fn message_id(value: Value<'_>) -> Result<Cow<'_, str>, Error> {
    const FORM: Error = Error::Malformed(Malformed::MessageId);
    let id = value.string().ok_or(FORM)?.decode();
    let fits = (1..=MESSAGE_ID_BYTES).contains(&id.len()) && !id.chars().any(char::is_control);
    if fits { Ok(id) } else { Err(FORM) }
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
    fn a_message_for_later_is_refused_and_not_opened_early() {
        for text in [
            r#"{"iat":1,"nbf":1,"data":1}"#,
            r#"{"iat":1,"nbf":99,"data":1}"#,
            r#"{"n\u0062f":"x","data":1}"#,
        ] {
            assert_eq!(parse(text).err(), Some(Error::Unsupported(Unsupported::NotBefore)), "{text}");
        }
        assert!(parse(r#"{"iat":1,"data":{"nbf":1}}"#).is_ok(), "data is the app's own");
    }

    #[test]
    fn only_what_can_be_read_is_written() {
        let written = |data: &str| write(&Claims::new(1, data).id("a\"b"));
        assert_eq!(*written(" [1, 2] ").unwrap(), r#"{"iat":1,"jti":"a\"b","data":[1, 2]}"#);
        assert!(matches!(written("1,\"iat\":2"), Err(Error::InvalidArgument(_))));
        assert!(matches!(written(""), Err(Error::InvalidArgument(_))));
        assert!(matches!(written("{\"a\":1,\"a\":2}"), Err(Error::UnsafeJson(_))));
        assert!(matches!(written(&"1".repeat(17)), Err(Error::UnsafeJson(_))));
        assert!(matches!(written(&format!("\"{}\"", "x".repeat(9000))), Err(Error::TooLarge(_))));
    }
}
