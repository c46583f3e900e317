//! The envelopes in which a message reaches the app.
//!
//! Push Kit hands the app JSON text (`PushPayload.data`, or a row of `t_push_message`): `{"data": "<extraData>", …}`. The
//! sealed message is the extraData itself; or, where the path carries an object (`clickAction.data`, `message.data` of v1),
//! its member `pushseal`.
//!
//! Nothing authenticates an envelope, so it is read leniently: a 64-bit integer, a repeated name, deep nesting or half of a surrogate
//! pair beside the message does not cost the message. What is handed on is read strictly: the JWE's plaintext, and plain JSON.

use crate::error::Error;
use crate::json::{self, Kind, Text};
use crate::reason::UnsafeJson;
use std::borrow::Cow;

/// What was in the envelope.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Enclosed<'a> {
    /// A compact JWE, not checked yet.
    Sealed(Cow<'a, str>),
    /// JSON in the clear, checked.
    Plain(Cow<'a, str>),
}

/// How the envelope begins that Push Kit writes.
const COMMON: &str = r#"{"data":""#;

/// Takes the message out of its envelope.
pub(crate) fn unwrap(payload: &str) -> Result<Enclosed<'_>, Error> {
    match common(payload) {
        Some(jwe) => Ok(Enclosed::Sealed(Cow::Borrowed(jwe))),
        None => general(payload),
    }
}

/// The JWE of an envelope that begins with `data`, which has no escapes, and has nothing to be read leniently. The JWE is not looked
/// through: whoever decodes it refuses what base64url does not have.
fn common(payload: &str) -> Option<&str> {
    let rest = payload.strip_prefix(COMMON).filter(|rest| rest.starts_with('e'))?;
    let (jwe, after) = rest.split_at_checked(memchr::memchr2(b'"', b'\\', rest.as_bytes())?)?;
    let end = payload.len() - after.strip_prefix('"')?.len();
    let mut other = false;
    json::scan_after_first(payload, ("data", end), |name, _| other |= name.read(|name| name == "pushseal"))
        .ok()?;
    (!other).then_some(jwe)
}

/// Any envelope.
fn general(payload: &str) -> Result<Enclosed<'_>, Error> {
    if !is_object(payload) {
        return extra_data(Cow::Borrowed(payload));
    }
    let members = Members::of(payload)?;
    match (members.sealed, members.data) {
        (Some(sealed), _) => Ok(Enclosed::Sealed(sealed.decode())),
        (None, Some(data)) => exactly(data, extra_data(data.decode())?),
        (None, None) => members.strict.map(|()| Enclosed::Plain(Cow::Borrowed(payload))),
    }
}

/// What the sender put in: a JWE, an object that holds one, or plain JSON.
fn extra_data(text: Cow<'_, str>) -> Result<Enclosed<'_>, Error> {
    // A header's JSON starts with a brace, so a JWE starts with "e". No JSON text does.
    if text.starts_with('e') {
        return Ok(Enclosed::Sealed(text));
    }
    if is_object(&text) {
        let members = Members::of(&text)?;
        return match members.sealed {
            Some(sealed) => Ok(Enclosed::Sealed(Cow::Owned(sealed.decode().into_owned()))),
            None => members.strict.map(|()| Enclosed::Plain(text)),
        };
    }
    if text.is_empty() {
        return Err(Error::NotSealed);
    }
    json::scan(&text, |_, _| ())?;
    Ok(Enclosed::Plain(text))
}

/// Plain JSON is handed on only as it was written, character by character.
fn exactly<'a>(data: Text<'_>, enclosed: Enclosed<'a>) -> Result<Enclosed<'a>, Error> {
    match enclosed {
        Enclosed::Plain(_) if data.escaped && !data.is_exact() => {
            Err(Error::UnsafeJson(UnsafeJson::LoneSurrogate))
        }
        other => Ok(other),
    }
}

fn is_object(text: &str) -> bool {
    text.trim_start_matches(json::WHITE_SPACE).starts_with('{')
}

/// The two members that matter, where they are strings.
struct Members<'a> {
    sealed: Option<Text<'a>>,
    data: Option<Text<'a>>,
    /// What the strict rules say of the whole object.
    strict: Result<(), Error>,
}

impl<'a> Members<'a> {
    fn of(json: &'a str) -> Result<Self, Error> {
        let mut found = Self { sealed: None, data: None, strict: Ok(()) };
        match json::scan(json, |name, value| found.take(name, value.string())) {
            Ok(value) => debug_assert_eq!(value.kind, Kind::Object),
            Err(error @ Error::UnsafeJson(_)) => {
                json::string_members(json, |name, value| found.take(name, Some(value)))?;
                found.strict = Err(error);
            }
            Err(error) => return Err(error),
        }
        Ok(found)
    }

    /// Of a repeated name the last string counts.
    fn take(&mut self, name: Text<'_>, value: Option<Text<'a>>) {
        name.read(|name| match name {
            "pushseal" => self.sealed = value.or(self.sealed),
            "data" => self.data = value.or(self.data),
            _ => {}
        });
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

    /// The common way beside the general one: envelopes by the hundred thousand, whole and broken.
    #[test]
    fn the_common_envelope_is_read_as_any_other() {
        const PARTS: [&str; 24] = [
            r#"{"data":"ey.x"#,
            r#"{"data":"ey.x""#,
            r#"{"data":""#,
            "e",
            "\"",
            "\\",
            r#"\u002e"#,
            ",",
            ":",
            "}",
            "{",
            "[",
            "]",
            " ",
            r#""header""#,
            r#""data""#,
            r#""pushseal""#,
            r#""push\u0073eal""#,
            r#""ey.z""#,
            "1",
            "99999999999999999999",
            r#""\ud800""#,
            "好",
            "\t",
        ];
        let (mut random, mut common_ones) = (1_u64, 0);
        let mut next = |most: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from((random >> 33) % most).unwrap()
        };
        for _ in 0..200_000 {
            let mut text = PARTS[next(3)].to_owned();
            for _ in 0..next(9) {
                text.push_str(PARTS[next(24)]);
            }
            if let Some(jwe) = common(&text) {
                common_ones += 1;
                let general = general(&text);
                // A control character, which the general way sees first, is refused by whoever decodes.
                let refused = jwe.contains('\t') && general.is_err();
                assert!(refused || general == Ok(Enclosed::Sealed(jwe.into())), "{text}: {general:?}");
            }
        }
        assert!(common_ones > 300, "{common_ones} were common");
        assert_eq!(common(r#"{"data":"ey.x","header":{"token":"MA**"}}"#), Some("ey.x"));
        for other in [
            r#"{"data":"ey.x","data":"ey.y"}"#,
            r#"{"data":"ey.x","pushseal":1}"#,
            r#"{"data":"ey.x"}}"#,
            r#"{"data":"ey.x\""#,
        ] {
            assert_eq!(common(other), None, "{other}");
        }
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
    }

    #[test]
    fn unsafe_json_beside_the_message_does_not_cost_it() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        for other in [
            r#""n":18446744073709551615"#,
            r#""n":1e999"#,
            r#""a":1,"a":2"#,
            r#""o":{"a":1,"a":{"data":"x"}}"#,
            r#""s":"\ud800""#,
            r#""\udc00":1"#,
            &format!(r#""d":{deep}"#),
        ] {
            sealed(&format!(r#"{{{other},"data":"ey.x"}}"#));
            sealed(&format!(r#"{{"data":"ey.x",{other}}}"#));
            sealed(&format!(r#"{{"pushseal":"ey.x",{other}}}"#));
            let inner = format!(r#"{{{other},"pushseal":"ey.x"}}"#);
            sealed(&format!(r#"{{"data":{inner:?}}}"#));
            let plain = format!(r#"{{{other},"data":"[1]"}}"#);
            assert_eq!(unwrap(&plain), Ok(Enclosed::Plain("[1]".into())), "{plain}");
        }
        sealed(r#"{"data":"{\"pushseal\":\"ey.x\",\"s\":\"\ud800\"}"}"#);
        sealed(r#"{"data":"ey.y","data":"ey.x","data":1,"n":18446744073709551615}"#);
    }

    #[test]
    fn plain_json_is_read_strictly_in_any_envelope() {
        for payload in [
            r#"{"n":18446744073709551615}"#,
            r#"{"data":{"a":1},"n":18446744073709551615}"#,
            r#"{"data":"18446744073709551615"}"#,
            r#"{"data":"{\"a\":1,\"a\":2}","b":1,"b":2}"#,
            r#"{"data":"[\"\ud800\"]"}"#,
            r#"{"data":"[\"\\ud800\"]"}"#,
        ] {
            assert!(matches!(unwrap(payload), Err(Error::UnsafeJson(_))), "{payload}: {:?}", unwrap(payload));
        }
    }
}
