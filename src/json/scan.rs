//! One pass over a text: values, objects, arrays.

use super::scanner::{Open, Outer, Quoted, Scanner};
use super::string::Text;
use super::value::Value;
use crate::error::Error;
use crate::reason::{Malformed, UnsafeJson};

/// Checks the whole text and calls `visit` with each member of the outermost object, in order.
pub(crate) fn scan<'a>(
    text: &'a str,
    mut visit: impl FnMut(Text<'a>, Value<'a>),
) -> Result<Value<'a>, Error> {
    let outer = &mut Outer::new(0);
    let mut scanner = Scanner::new(text);
    let first = scanner.next(outer);
    run(scanner, outer, (first, first), &mut visit)
}

/// Goes on with a text whose outermost value is an object and whose first member, of this name, ends before `end`. The caller answers
/// for all before that.
pub(crate) fn scan_after_first<'a>(
    text: &'a str,
    (name, end): (&str, usize),
    mut visit: impl FnMut(Text<'a>, Value<'a>),
) -> Result<(), Error> {
    let outer = &mut Outer::new(end);
    let mut scanner = Scanner::new(text);
    scanner.open.enter(true)?;
    scanner.names.open(&mut outer.names);
    scanner.names.add(&mut outer.names, name.as_bytes(), name.len(), false);
    let next = scanner.next(outer);
    match scanner.at(next) {
        b',' => {
            let place = scanner.next(outer);
            run(scanner, outer, (0, place), &mut visit).map(|_| ())
        }
        b'}' if scanner.next(outer) == text.len() => Ok(()),
        b'}' => Err(Error::Malformed(Malformed::JsonTrailing)),
        _ => Err(Error::Malformed(Malformed::JsonCommaOrBrace)),
    }
}

/// Reads what begins at `place`, and gives the outermost value, which begins at `outermost`; without recursion.
fn run<'a>(
    mut scanner: Scanner<'a>,
    outer: &mut Outer,
    (outermost, mut place): (usize, usize),
    visit: &mut dyn FnMut(Text<'a>, Value<'a>),
) -> Result<Value<'a>, Error> {
    let text = scanner.text;
    // The member of the outermost object that is being read, and where its value begins.
    let mut member = (Quoted::default(), 0);
    loop {
        if scanner.open.in_object() {
            let name;
            (name, place) = scanner.name(place, outer)?;
            if scanner.open == Open::OUTERMOST_OBJECT {
                member = (name, place);
            }
        }
        let mut escaped = false;
        let mut end = match scanner.at(place) {
            b'"' => {
                let string = scanner.string(place, outer)?;
                escaped = string.escaped;
                string.end + 1
            }
            b'-' | b'0'..=b'9' => scanner.number(place)?,
            b't' => scanner.literal(place, b"true")?,
            b'f' => scanner.literal(place, b"false")?,
            b'n' => scanner.literal(place, b"null")?,
            b'{' => {
                scanner.open.enter(true)?;
                scanner.names.open(&mut outer.names);
                let first = scanner.next(outer);
                if scanner.at(first) != b'}' {
                    place = first;
                    continue;
                }
                scanner.open.leave();
                scanner.names.close(&mut outer.names)?;
                first + 1
            }
            b'[' => {
                scanner.open.enter(false)?;
                let first = scanner.next(outer);
                if scanner.at(first) != b']' {
                    place = first;
                    continue;
                }
                scanner.open.leave();
                first + 1
            }
            _ => return Err(Error::Malformed(Malformed::JsonValue)),
        };
        // A value has ended, and perhaps the containers that it was the last in.
        loop {
            if scanner.open == Open::NONE {
                if scanner.next(outer) != text.len() {
                    return Err(Error::Malformed(Malformed::JsonTrailing));
                }
                if scanner.names.repeat(text)? {
                    return Err(Error::UnsafeJson(UnsafeJson::DuplicateName));
                }
                return scanner.value(outermost, end, escaped);
            }
            if scanner.open == Open::OUTERMOST_OBJECT {
                visit(scanner.content(member.0)?, scanner.value(member.1, end, escaped)?);
            }
            let next = scanner.next(outer);
            match (scanner.at(next), scanner.open.in_object()) {
                (b',', _) => break,
                (b'}', true) => {
                    scanner.open.leave();
                    scanner.names.close(&mut outer.names)?;
                }
                (b']', false) => scanner.open.leave(),
                (_, true) => return Err(Error::Malformed(Malformed::JsonCommaOrBrace)),
                (_, false) => return Err(Error::Malformed(Malformed::JsonCommaOrBracket)),
            }
            end = next + 1;
        }
        place = scanner.next(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::super::value::Kind;
    use super::*;

    fn check(text: &str) -> Result<Kind, Error> {
        scan(text, |_, _| ()).map(|value| value.kind)
    }

    #[test]
    fn members_of_the_outermost_object_are_seen_in_order() {
        let mut seen = Vec::new();
        let text = " { \"a\" : [1, {\"x\": 2}] , \"b\\n\" : \"t\" } ";
        let value = scan(text, |name, value| seen.push((name.text, value.kind, value.text))).unwrap();
        assert_eq!(seen, [("a", Kind::Array, "[1, {\"x\": 2}]"), ("b\\n", Kind::String, "\"t\"")]);
        assert_eq!(value.text, text.trim());
    }

    #[test]
    fn every_kind_is_told() {
        for (text, kind) in [
            ("{}", Kind::Object),
            ("[]", Kind::Array),
            ("\"\"", Kind::String),
            ("-0.5e1", Kind::Number),
            ("true", Kind::Literal),
            ("false", Kind::Literal),
            ("null", Kind::Literal),
        ] {
            assert_eq!(check(text), Ok(kind), "{text}");
        }
    }

    #[test]
    fn syntax_errors_are_malformed() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[",
            "]",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "tru",
            "nul",
            "True",
            "[1 2]",
            "{\"a\":1 \"b\":2}",
            "1 2",
            "{}{}",
            "\u{feff}{}",
            "[1]\0",
            "\"a",
            "NaN",
            "//\n1",
            "[1}",
        ] {
            assert!(matches!(check(text), Err(Error::Malformed(_))), "{text:?}: {:?}", check(text));
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check(&nested(32)).is_ok());
        assert!(matches!(check(&nested(33)), Err(Error::UnsafeJson(_))));
        assert!(matches!(check(&"[".repeat(100_000)), Err(Error::UnsafeJson(_))));
        let siblings = format!("[{}1]", "[[1]],".repeat(100));
        assert!(check(&siblings).is_ok(), "depth goes down again");
    }

    #[test]
    fn names_are_unique_in_each_object() {
        for good in [r#"{"a":{"a":1},"b":{"a":2}}"#, r#"[{"a":1},{"a":1}]"#, r#"{"a":1,"A":1,"":1}"#] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":[{"é":1,"b":2,"\u00e9":3}]}"#,
            r#"{"":1,"":1}"#,
        ] {
            assert!(matches!(check(bad), Err(Error::UnsafeJson(_))), "{bad}");
        }
    }
}
