//! The five parts of a compact JWE, as they lie in the text.

use super::base64url;
use crate::error::Error;
use crate::key::{IV_BYTES, TAG_BYTES};
use crate::limits::HEADER_BYTES;
use crate::reason::{Malformed, TooLarge, Unsupported};

const HEADER_CHARS: usize = base64url::encoded_len(HEADER_BYTES);
const IV_CHARS: usize = base64url::encoded_len(IV_BYTES);
const TAG_CHARS: usize = base64url::encoded_len(TAG_BYTES);
const FIVE_PARTS: Error = Error::Malformed(Malformed::FiveParts);

/// A compact JWE whose form has been checked; nothing is decrypted yet.
#[derive(Debug)]
pub(crate) struct Compact<'a> {
    /// The protected header in base64url. Its bytes are the AAD (RFC 7516 §5.2, step 14).
    pub(crate) header: &'a str,
    pub(crate) iv: [u8; IV_BYTES],
    pub(crate) iv_text: &'a str,
    /// The ciphertext in base64url.
    pub(crate) ciphertext: &'a str,
    pub(crate) ciphertext_len: usize,
    pub(crate) tag: [u8; TAG_BYTES],
    pub(crate) tag_text: &'a str,
}

impl<'a> Compact<'a> {
    /// Takes the text apart. The tag and the IV have their full length before any cryptography. Dots in the ciphertext are
    /// found where it is decoded.
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        match Self::regular(text) {
            Some(jwe) => Ok(jwe),
            None => Self::part_by_part(text),
        }
    }

    /// From both ends: IV and tag have one length, so the long part between them is not searched for a dot.
    fn regular(text: &'a str) -> Option<Self> {
        let (header, rest) = text.split_once("..").filter(|(header, _)| header.len() <= HEADER_CHARS)?;
        Self::after(header, rest)
    }

    /// With a header that is known, from the IV on.
    pub(crate) fn after(header: &'a str, rest: &'a str) -> Option<Self> {
        let (iv_text, rest) = rest.split_at_checked(IV_CHARS)?;
        let (ciphertext, tag_text) = rest.split_at_checked(rest.len().checked_sub(TAG_CHARS)?)?;
        let ciphertext = ciphertext.strip_prefix('.')?.strip_suffix('.')?;
        Some(Self {
            header,
            iv: base64url::decode_array(iv_text).ok()?,
            iv_text,
            ciphertext,
            ciphertext_len: base64url::decoded_len(ciphertext)?,
            tag: base64url::decode_array(tag_text).ok()?,
            tag_text,
        })
    }

    /// Any text, so that what is wrong with it has its own error.
    pub(crate) fn part_by_part(text: &'a str) -> Result<Self, Error> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(FIVE_PARTS);
        let (header, encrypted_key, iv_text, ciphertext, tag_text) =
            (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(FIVE_PARTS);
        }
        if !encrypted_key.is_empty() {
            return Err(Error::Unsupported(Unsupported::EncryptedKey));
        }
        if header.len() > HEADER_CHARS {
            return Err(Error::TooLarge(TooLarge::Header));
        }
        let ciphertext_len =
            base64url::decoded_len(ciphertext).ok_or(Error::Malformed(Malformed::Ciphertext))?;
        Ok(Self {
            header,
            iv: base64url::decode_array(iv_text).map_err(|_| Error::Malformed(Malformed::Iv))?,
            iv_text,
            ciphertext,
            ciphertext_len,
            tag: base64url::decode_array(tag_text).map_err(|_| Error::Malformed(Malformed::Tag))?,
            tag_text,
        })
    }

    /// Decodes the ciphertext into `out`, which has exactly its length.
    pub(crate) fn decode_ciphertext(&self, out: &mut [u8]) -> Result<(), Error> {
        base64url::decode(self.ciphertext, out)
            .map(|_| ())
            .map_err(|error| if self.ciphertext.contains('.') { FIVE_PARTS } else { error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_told_apart() {
        let text = format!("ZQ..{}.YWJj.{}", "A".repeat(16), "A".repeat(22));
        let jwe = Compact::parse(&text).unwrap();
        assert_eq!((jwe.header, jwe.ciphertext, jwe.ciphertext_len), ("ZQ", "YWJj", 3));
    }

    #[test]
    fn other_forms_are_refused() {
        let (iv, tag) = ("A".repeat(16), "A".repeat(22));
        for text in [
            String::new(),
            format!("ZQ.{iv}.YWJj.{tag}"),
            format!("ZQ..{iv}.YWJj.{tag}."),
            format!("ZQ..{}.YWJj.{tag}", "A".repeat(15)),
            format!("ZQ..{}.YWJj.{tag}", "A".repeat(18)),
            format!("ZQ..{iv}.YWJj.{}", "A".repeat(16)),
            format!("ZQ..{iv}.YWJj.{}", "A".repeat(23)),
            format!("ZQ..{iv}.YWJjZ.{tag}"),
        ] {
            assert!(matches!(Compact::parse(&text), Err(Error::Malformed(_))), "{text}");
        }
        for ciphertext in ["YWJj.YWJj", ".", "..", "YWJj...YWJj"] {
            let text = format!("ZQ..{iv}.{ciphertext}.{tag}");
            let read = Compact::parse(&text)
                .and_then(|jwe| jwe.decode_ciphertext(&mut [0; 99][..jwe.ciphertext_len]));
            assert_eq!(read, Err(FIVE_PARTS), "{text}");
        }
        let wrapped = format!("ZQ.AAAA.{iv}.YWJj.{tag}");
        assert!(matches!(Compact::parse(&wrapped), Err(Error::Unsupported(_))));
        let long = format!("{}..{iv}.YWJj.{tag}", "A".repeat(684));
        assert!(matches!(Compact::parse(&long), Err(Error::TooLarge(_))));
    }
}
