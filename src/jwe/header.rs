//! The protected header: written for a key, and read to find the key.

use super::base64url;
use crate::error::Error;
use crate::json::{self, Kind, Text, Value};
use crate::key::{Encryption, Key};
use crate::limits::HEADER_BYTES;
use crate::reason::{Malformed, Unsupported};

/// What an accepted header says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) encryption: Encryption,
    pub(crate) key_id: String,
}

/// Members that would change how a message is read, or name keys from outside.
const REFUSED: [&str; 6] = ["zip", "crit", "jwk", "jku", "x5u", "x5c"];

/// The header of messages sealed with this key, in base64url. A [`KeyId`](crate::KeyId) needs no escape.
pub(crate) fn encode(key: &Key) -> String {
    let json =
        format!(r#"{{"alg":"dir","enc":"{}","kid":"{}"}}"#, key.encryption().name(), key.id().as_str());
    let mut text = String::with_capacity(base64url::encoded_len(json.len()));
    base64url::encode(json.as_bytes(), &mut text);
    text
}

/// Reads a header that is in base64url.
pub(crate) fn decode(text: &str) -> Result<Header, Error> {
    let len = base64url::decoded_len(text).filter(|&len| len <= HEADER_BYTES);
    let mut buffer = [0; HEADER_BYTES];
    let bytes =
        len.and_then(|len| buffer.get_mut(..len)).ok_or(Error::Malformed(Malformed::HeaderBase64Url))?;
    let bytes = base64url::decode(text, bytes)?;
    let json = std::str::from_utf8(bytes).map_err(|_| Error::Malformed(Malformed::HeaderUtf8))?;
    parse(json)
}

fn parse(json: &str) -> Result<Header, Error> {
    let mut members = Members::default();
    let object = json::scan(json, |name, value| members.take(name, value))?;
    if object.kind != Kind::Object {
        return Err(Error::Malformed(Malformed::HeaderObject));
    }
    if let Some(refused) = members.refused {
        return Err(refused);
    }
    match plain(members.alg)? {
        "dir" => {}
        _ => return Err(Error::Unsupported(Unsupported::Algorithm)),
    }
    let encryption = match plain(members.enc)? {
        "A128GCM" => Encryption::A128Gcm,
        "A256GCM" => Encryption::A256Gcm,
        _ => return Err(Error::Unsupported(Unsupported::Encryption)),
    };
    Ok(Header { encryption, key_id: plain(members.kid)?.to_owned() })
}

#[derive(Default)]
struct Members<'a> {
    alg: Option<Value<'a>>,
    enc: Option<Value<'a>>,
    kid: Option<Value<'a>>,
    refused: Option<Error>,
}

impl<'a> Members<'a> {
    fn take(&mut self, name: Text<'a>, value: Value<'a>) {
        match name.text {
            _ if name.escaped => self.refused = Some(Error::Malformed(Malformed::HeaderEscapedName)),
            "alg" => self.alg = Some(value),
            "enc" => self.enc = Some(value),
            "kid" => self.kid = Some(value),
            name if REFUSED.contains(&name) => {
                self.refused = Some(Error::Unsupported(Unsupported::HeaderMember));
            }
            _ => {}
        }
    }
}

/// A member that has to be there, as a string without escapes.
fn plain<'a>(value: Option<Value<'a>>) -> Result<&'a str, Error> {
    let text = value.and_then(Value::string).ok_or(Error::Malformed(Malformed::HeaderMembers))?;
    if text.escaped { Err(Error::Malformed(Malformed::HeaderEscapedValue)) } else { Ok(text.text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyId;

    #[test]
    fn a_key_reads_its_own_header() {
        for (bytes, encryption) in [(16, Encryption::A128Gcm), (32, Encryption::A256Gcm)] {
            let key = Key::new(KeyId::new("k/1").unwrap(), &vec![0; bytes]).unwrap();
            assert_eq!(decode(&encode(&key)).unwrap(), Header { encryption, key_id: "k/1".into() });
        }
    }

    #[test]
    fn order_space_and_unknown_members_do_not_matter() {
        let header = parse(
            r#"{ "kid": "k", "typ": "JWE", "enc": "A256GCM", "cty": "json", "alg": "dir", "n": {"a": 1} }"#,
        );
        assert_eq!(header.unwrap(), Header { encryption: Encryption::A256Gcm, key_id: "k".into() });
    }

    #[test]
    fn wrong_headers_have_their_errors() {
        let malformed = |json: &str| {
            assert!(matches!(parse(json), Err(Error::Malformed(_))), "{json}: {:?}", parse(json))
        };
        let unsupported = |json: &str| {
            assert!(matches!(parse(json), Err(Error::Unsupported(_))), "{json}: {:?}", parse(json))
        };
        malformed(r#"[]"#);
        malformed(r#"{"enc":"A256GCM","kid":"k"}"#);
        malformed(r#"{"alg":"dir","kid":"k"}"#);
        malformed(r#"{"alg":"dir","enc":"A256GCM"}"#);
        malformed(r#"{"alg":"dir","enc":"A256GCM","kid":7}"#);
        malformed(r#"{"\u0061lg":"dir","enc":"A256GCM","kid":"k"}"#);
        malformed(r#"{"alg":"d\u0069r","enc":"A256GCM","kid":"k"}"#);
        unsupported(r#"{"alg":"RSA-OAEP","enc":"A256GCM","kid":"k"}"#);
        unsupported(r#"{"alg":"dir","enc":"A192GCM","kid":"k"}"#);
        unsupported(r#"{"alg":"dir","enc":"A128CBC-HS256","kid":"k"}"#);
        for name in REFUSED {
            unsupported(&format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"k","{name}":"x"}}"#));
        }
        let twice = r#"{"alg":"dir","enc":"A256GCM","kid":"k","kid":"l"}"#;
        assert!(matches!(parse(twice), Err(Error::UnsafeJson(_))));
    }
}
