//! Numbers that every reader takes for the same number.

use crate::error::Error;
use crate::limits::SAFE_INTEGER;
use crate::reason::{Malformed, UnsafeJson};

/// Digits before the point that fit a double whatever they are.
const FINITE_DIGITS: usize = 300;

/// Digits that are below 2^53 whatever they are.
const EXACT_DIGITS: usize = 15;

/// The length of an integer of one to seven digits that is followed by a comma or a closing bracket: the common case.
#[inline(always)]
pub(super) fn short(bytes: &[u8]) -> Option<usize> {
    let word = bytes.first_chunk::<8>()?;
    let len = digits_first(*word);
    let follows = word.get(len)?;
    let whole = matches!(follows, b',' | b']' | b'}') && (word.first() != Some(&b'0') || len == 1);
    (whole && len > 0).then_some(len)
}

/// The length of the number at the start of `bytes`, which begin with `-` or a digit.
#[inline]
pub(super) fn check(bytes: &[u8]) -> Result<usize, Error> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    let leading_zero = bytes.get(sign) == Some(&b'0') && whole > 1;
    if whole == 0 || leading_zero {
        return Err(Error::Malformed(Malformed::JsonNumber));
    }
    let end = sign + whole;
    match bytes.get(end) {
        Some(b'.' | b'e' | b'E') => fraction(bytes, end, whole),
        _ if whole > EXACT_DIGITS => exact(bytes.get(sign..end).unwrap_or_default()).map(|()| end),
        _ => Ok(end),
    }
}

/// The length of a number whose point or exponent is at `end`, after so many digits.
fn fraction(bytes: &[u8], mut end: usize, whole: usize) -> Result<usize, Error> {
    if bytes.get(end) == Some(&b'.') {
        end += 1 + some_digits(bytes, end + 1)?;
    }
    let exponent = matches!(bytes.get(end), Some(b'e' | b'E'));
    if exponent {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end += 1 + sign + some_digits(bytes, end + 1 + sign)?;
    }
    if exponent || whole > FINITE_DIGITS {
        finite(bytes.get(..end).unwrap_or_default())?;
    }
    Ok(end)
}

/// How many digits there are from a place on, counted eight bytes at a time.
#[inline]
fn digits(bytes: &[u8], from: usize) -> usize {
    let mut rest = bytes.get(from..).unwrap_or_default();
    let mut count = 0;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let digits = digits_first(*word);
        count += digits;
        if digits < 8 {
            return count;
        }
        rest = after;
    }
    count + rest.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// How many of the eight bytes are digits before the first that is none. A carry can only spoil bytes after that one.
#[inline]
fn digits_first(bytes: [u8; 8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let values = u64::from_le_bytes(bytes) ^ (ONES * 0x30);
    let others = (values.wrapping_add(ONES * 0x76) | values) & (ONES * 0x80);
    usize::try_from(others.trailing_zeros() / 8).unwrap_or(0)
}

fn some_digits(bytes: &[u8], from: usize) -> Result<usize, Error> {
    match digits(bytes, from) {
        0 => Err(Error::Malformed(Malformed::JsonNumber)),
        n => Ok(n),
    }
}

/// An integer that a double holds exactly.
fn exact(digits: &[u8]) -> Result<(), Error> {
    let value = digits.iter().try_fold(0_u64, |sum, b| sum.checked_mul(10)?.checked_add(u64::from(b - b'0')));
    match value {
        Some(value) if value <= SAFE_INTEGER => Ok(()),
        _ => Err(Error::UnsafeJson(UnsafeJson::LargeInteger)),
    }
}

fn finite(text: &[u8]) -> Result<(), Error> {
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    match value {
        Some(value) if value.is_finite() => Ok(()),
        _ => Err(Error::UnsafeJson(UnsafeJson::Overflow)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_up_to_any_other_byte() {
        for byte in (0..=255).filter(|b: &u8| !b.is_ascii_digit()) {
            for count in 0..20 {
                let text = [&b"90123456789012345678"[..count], &[byte], b"12345678"].concat();
                assert_eq!(digits(&text, 0), count, "{byte:#x} after {count}");
                assert_eq!(digits(&text[..count], 0), count);
            }
        }
    }

    #[test]
    fn grammar() {
        for good in
            ["0", "-0", "7", "10", "0.0", "-1.5", "1e5", "1E+05", "0e0", "1.25e-3", "123456789.123456789"]
        {
            assert_eq!(check(good.as_bytes()), Ok(good.len()), "{good}");
            assert_eq!(check(format!("{good},").as_bytes()), Ok(good.len()), "{good},");
            let short_one = short(format!("{good},1234567").as_bytes());
            assert!(short_one.is_none_or(|len| len == good.len()), "{good}");
        }
        for bad in ["-", "01", "-01", "1.", "1.e5", ".5", "1e", "1e+", "-a", "00"] {
            assert!(matches!(check(bad.as_bytes()), Err(Error::Malformed(_))), "{bad}");
            assert_eq!(short(format!("{bad},1234567").as_bytes()), None, "{bad}");
        }
        for (text, len) in [("0,      ", 1), ("1234567}", 7), ("12]     ", 2)] {
            assert_eq!(short(text.as_bytes()), Some(len), "{text}");
        }
    }

    #[test]
    fn integers_are_exact() {
        for good in ["9007199254740991", "-9007199254740991", "9007199254740993.0", "1e300"] {
            assert_eq!(check(good.as_bytes()), Ok(good.len()), "{good}");
        }
        for bad in ["9007199254740992", "-9007199254740992", "18446744073709551616", &"9".repeat(4000)] {
            assert!(matches!(check(bad.as_bytes()), Err(Error::UnsafeJson(_))), "{bad}");
        }
    }

    #[test]
    fn numbers_are_finite() {
        let long = format!("{}.5", "9".repeat(400));
        for bad in ["1e400", "-1e309", "1e99999999999999999999", &long] {
            assert!(matches!(check(bad.as_bytes()), Err(Error::UnsafeJson(_))), "{bad}");
        }
        assert!(check(b"1e-400").is_ok(), "an underflow is zero everywhere");
    }
}
