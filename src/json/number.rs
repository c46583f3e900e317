//! Numbers that every reader takes for the same number.

use crate::error::Error;
use crate::limits::SAFE_INTEGER;

/// Digits before the point that fit a double whatever they are.
const FINITE_DIGITS: usize = 300;

/// The length of the number at the start of `bytes`, which begin with `-` or a digit.
pub(super) fn check(bytes: &[u8]) -> Result<usize, Error> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(bytes, sign);
    let leading_zero = bytes.get(sign) == Some(&b'0') && whole > 1;
    if whole == 0 || leading_zero {
        return Err(Error::Malformed("JSON number expected"));
    }
    let mut end = sign + whole;
    let point = bytes.get(end) == Some(&b'.');
    if point {
        end += 1 + some_digits(bytes, end + 1)?;
    }
    let exponent = matches!(bytes.get(end), Some(b'e' | b'E'));
    if exponent {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        end += 1 + sign + some_digits(bytes, end + 1 + sign)?;
    }
    let text = bytes.get(..end).unwrap_or_default();
    if !point && !exponent {
        exact(text.get(sign..).unwrap_or_default())?;
    } else if exponent || whole > FINITE_DIGITS {
        finite(text)?;
    }
    Ok(end)
}

#[inline]
fn digits(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count()
}

fn some_digits(bytes: &[u8], from: usize) -> Result<usize, Error> {
    match digits(bytes, from) {
        0 => Err(Error::Malformed("JSON number expected")),
        n => Ok(n),
    }
}

/// An integer that a double holds exactly.
fn exact(digits: &[u8]) -> Result<(), Error> {
    let value = digits.iter().try_fold(0_u64, |sum, b| sum.checked_mul(10)?.checked_add(u64::from(b - b'0')));
    match value {
        Some(value) if value <= SAFE_INTEGER => Ok(()),
        _ => Err(Error::UnsafeJson("an integer beyond 2^53 - 1; write it as a string")),
    }
}

fn finite(text: &[u8]) -> Result<(), Error> {
    let value = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok());
    match value {
        Some(value) if value.is_finite() => Ok(()),
        _ => Err(Error::UnsafeJson("a number that overflows")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar() {
        for good in
            ["0", "-0", "7", "10", "0.0", "-1.5", "1e5", "1E+05", "0e0", "1.25e-3", "123456789.123456789"]
        {
            assert_eq!(check(good.as_bytes()), Ok(good.len()), "{good}");
            assert_eq!(check(format!("{good},").as_bytes()), Ok(good.len()), "{good},");
        }
        for bad in ["-", "01", "-01", "1.", "1.e5", ".5", "1e", "1e+", "-a", "00"] {
            assert!(matches!(check(bad.as_bytes()), Err(Error::Malformed(_))), "{bad}");
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
