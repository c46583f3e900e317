//! base64url as JOSE writes it (RFC 7515 §2): no padding, no white space, and the bits after the last byte are zero.

use crate::error::Error;
use crate::reason::Malformed;
use base64::Engine;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
use base64::engine::GeneralPurpose;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use base64::engine::Simd;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use std::sync::LazyLock;

const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);

/// AVX2 or NEON, where the processor has it.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
static CODE: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(CONFIG));
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
static CODE: LazyLock<GeneralPurpose> =
    LazyLock::new(|| GeneralPurpose::new(&base64::alphabet::URL_SAFE, CONFIG));

/// Decodes `text` into `out`, which has exactly the length of [`decoded_len`].
pub(crate) fn decode<'o>(text: &str, out: &'o mut [u8]) -> Result<&'o mut [u8], Error> {
    if decoded_len(text) != Some(out.len()) {
        return Err(MALFORMED);
    }
    match CODE.decode_slice(text, out) {
        Ok(written) if written == out.len() => Ok(out),
        _ => Err(MALFORMED),
    }
}

/// Decodes a text that stands for exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    let mut out = [0; N];
    decode(text, &mut out)?;
    Ok(out)
}

/// The bytes that a text of this length stands for; `None` when no bytes have such a text.
pub(crate) fn decoded_len(text: &str) -> Option<usize> {
    match text.len() % 4 {
        1 => None,
        n => Some(text.len() / 4 * 3 + n.saturating_sub(1)),
    }
}

/// The length of the text for so many bytes.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    let rest = match bytes % 3 {
        0 => 0,
        rest => rest + 1,
    };
    bytes / 3 * 4 + rest
}

/// Appends the text of `bytes`.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    CODE.encode_string(bytes, text);
}

const MALFORMED: Error = Error::Malformed(Malformed::Base64Url);

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    fn decoded(text: &str) -> Option<Vec<u8>> {
        let mut out = vec![0; decoded_len(text)?];
        decode(text, &mut out).ok()?;
        Some(out)
    }

    #[test]
    fn round_trip_at_every_length() {
        for len in 0..300 {
            let bytes: Vec<u8> = (0..len).map(|n| u8::try_from(n * 7 % 256).unwrap()).collect();
            let mut text = String::new();
            encode(&bytes, &mut text);
            assert_eq!(text.len(), encoded_len(len));
            assert_eq!(decoded(&text), Some(bytes));
        }
    }

    #[test]
    fn exactly_one_text_stands_for_each_byte() {
        let texts = ALPHABET
            .iter()
            .flat_map(|&a| ALPHABET.iter().map(move |&b| String::from_utf8(vec![a, b]).unwrap()));
        assert_eq!(texts.filter(|text| decoded(text).is_some()).count(), 256);
        for text in ["A", "AAAAA", "AA=", "AA==", "AA AA", "AAA\n", "A+AA", "A/AA", "AAAé"] {
            assert_eq!(decoded(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_other_byte_is_refused_wherever_it_lies() {
        let good = "A".repeat(100);
        for at in 0..good.len() {
            for byte in (0..128_u8).filter(|b| !ALPHABET.contains(b)) {
                let mut text = good.clone().into_bytes();
                text[at] = byte;
                assert_eq!(decoded(std::str::from_utf8(&text).unwrap()), None, "{byte:#x} at {at}");
            }
        }
    }
}
