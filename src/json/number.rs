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
    if exponent || end > EXACT_DIGITS {
        exact_if_whole(bytes.get(..end).unwrap_or_default())?;
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

/// Refuses a whole number beyond 2^53 - 1 that 64 bits hold, also where it is written with a point or an exponent: readers with
/// integers and readers with doubles would have different numbers. Larger ones are doubles for every reader.
#[cold]
fn exact_if_whole(number: &[u8]) -> Result<(), Error> {
    /// The most digits that a number of 64 bits has.
    const DIGITS: usize = 20;
    let is_exponent = |b: &u8| matches!(b, b'e' | b'E');
    let at = number.iter().position(is_exponent).unwrap_or(number.len());
    let (mantissa, exponent) = number.split_at_checked(at).ok_or(Error::Internal)?;
    let exponent = match exponent.get(1..).and_then(|text| std::str::from_utf8(text).ok()) {
        // Beyond 64 bits it is that of zero or of a fraction, since the number is finite.
        Some(text) => text.parse().unwrap_or(i64::MIN),
        None => 0,
    };
    let after_point = mantissa.iter().position(|b| *b == b'.').map_or(0, |point| mantissa.len() - point - 1);
    let digits = mantissa.iter().filter(|b| b.is_ascii_digit());
    let zeros = digits.clone().rev().take_while(|b| **b == b'0').count();
    let significant = digits.clone().count() - zeros;
    let leading = digits.clone().take(significant).take_while(|b| **b == b'0').count();
    let [below_one, zeros] = [after_point, zeros].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let Ok(scale) = usize::try_from(exponent.saturating_add(zeros).saturating_sub(below_one)) else {
        return Ok(());
    };
    if scale > DIGITS || significant - leading > DIGITS - scale {
        return Ok(());
    }
    let written = digits.take(significant).map(|b| u128::from(b - b'0')).chain((0..scale).map(|_| 0));
    let value = written.fold(0, |sum, digit| sum * 10 + digit);
    if (u128::from(SAFE_INTEGER) + 1..1 << 64).contains(&value) {
        return Err(Error::UnsafeJson(UnsafeJson::LargeInteger));
    }
    Ok(())
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
        for good in [
            "9007199254740991",
            "-9007199254740991",
            "9007199254740991.0",
            "90071992547409910e-1",
            "9007199254740993.5",
            "900719925474099.31e1",
            "1e300",
            "1e20",
            "1.2345678901234567e30",
            "0.0e20",
            "0e99999999999999999999",
            "9007199254740993e-99999999999999999999",
            "123e45",
            "0.00000000000000001e17",
            "0.1234567890123456789",
        ] {
            assert_eq!(check(good.as_bytes()), Ok(good.len()), "{good}");
        }
        for bad in [
            "9007199254740993.0",
            "9007199254740993e0",
            "90071992547409930e-1",
            "-9007199254740993.00e+0",
            "900719925474099.3e1",
            "1e16",
            "1.5e17",
            "9007199254740993E3",
            "9007199254740992",
            "-9007199254740992",
            "18446744073709551616",
            &"9".repeat(4000),
        ] {
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
