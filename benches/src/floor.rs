//! The floor: decode, decrypt, look whether it is UTF-8, copy out. It checks nothing that an attacker could forge and no
//! implementation that reads the same text can leave anything of it out.

use crate::cipher::{Cipher, NONCE, TAG};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig, Simd};
use std::sync::LazyLock;

/// What Push Kit's envelope puts before the sealed message.
const BEFORE: &str = r#"{"data":""#;
/// Base64url without padding.
const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::RequireNone);
static BASE64URL: LazyLock<Simd> = LazyLock::new(|| Simd::url_safe(CONFIG));

/// Opens and seals in one buffer.
pub struct Floor<C> {
    cipher: C,
    buffer: Vec<u8>,
}

impl<C: Cipher> Floor<C> {
    pub fn new(key: &[u8; 32]) -> Self {
        Self { cipher: C::new(key), buffer: vec![0; 16 * 1024] }
    }

    /// The plaintext of a payload, in the buffer.
    pub fn open(&mut self, payload: &[u8]) -> Option<&str> {
        let jwe = payload.strip_prefix(BEFORE.as_bytes())?;
        let header = jwe.get(..memchr::memchr(b'.', jwe)?)?;
        let rest = jwe.get(header.len() + 2..)?;
        let (iv, rest) = rest.split_at_checked(16)?;
        let (text, tag) = rest.get(1..)?.split_at_checked(memchr::memrchr(b'.', rest)? - 1)?;
        let (mut nonce, mut mac) = ([0; NONCE], [0; 18]);
        decode(iv, &mut nonce)?;
        decode(tag.get(1..23)?, &mut mac)?;
        let len = text.len() * 3 / 4;
        decode(text, self.buffer.get_mut(..len)?)?;
        self.buffer.get_mut(len..len + TAG)?.copy_from_slice(mac.get(..TAG)?);
        let plaintext = self.cipher.open(nonce, header, self.buffer.get_mut(..len + TAG)?)?;
        simdutf8::basic::from_utf8(plaintext).ok()
    }

    /// A sealed message for a plaintext and the header's text.
    pub fn seal(&mut self, header: &str, nonce: [u8; NONCE], plaintext: &str) -> Option<String> {
        let (buffer, rest) = self.buffer.split_at_mut_checked(plaintext.len())?;
        let tag = rest.get_mut(..TAG)?;
        buffer.copy_from_slice(plaintext.as_bytes());
        self.cipher.seal(nonce, header.as_bytes(), buffer, tag)?;
        let mut text = String::with_capacity(header.len() + 64 + buffer.len() * 4 / 3);
        text.push_str(header);
        for (between, part) in [("..", &nonce[..]), (".", buffer), (".", tag)] {
            text.push_str(between);
            BASE64URL.encode_string(part, &mut text);
        }
        Some(text)
    }
}

/// Decodes into exactly this room, or its beginning.
pub fn decode(text: &[u8], room: &mut [u8]) -> Option<()> {
    BASE64URL.decode_slice(text, room).ok().map(|_| ())
}
