//! AES-GCM by the fastest code that the processor can run.
//!
//! `graviola` does AES and GHASH in one pass with the processor's own instructions, and asserts that they are there; where they
//! are not, `aes-gcm` takes over, which needs none.

use crate::error::Error;
use crate::key::{Encryption, IV_BYTES, TAG_BYTES};
use crate::reason::InvalidArgument;
use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use graviola::aead::AesGcm;

/// An expanded key, wiped when dropped.
pub(crate) struct Cipher {
    encryption: Encryption,
    code: Code,
}

enum Code {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    Fast(Box<AesGcm>),
    Any128(Box<Aes128Gcm>),
    Any256(Box<Aes256Gcm>),
}

impl Cipher {
    /// Expands a key of 16 or 32 bytes. The caller wipes its own copy.
    pub(crate) fn new(key: &[u8]) -> Result<Self, Error> {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        if instructions() && matches!(key.len(), 16 | 32) {
            let encryption = if key.len() == 16 { Encryption::A128Gcm } else { Encryption::A256Gcm };
            return Ok(Self { encryption, code: Code::Fast(Box::new(AesGcm::new(key))) });
        }
        Self::on_any_processor(key)
    }

    /// The same with the code that every processor can run.
    pub(crate) fn on_any_processor(key: &[u8]) -> Result<Self, Error> {
        let (encryption, code) = match key.len() {
            16 => (Encryption::A128Gcm, Aes128Gcm::new_from_slice(key).map(|c| Code::Any128(Box::new(c)))),
            32 => (Encryption::A256Gcm, Aes256Gcm::new_from_slice(key).map(|c| Code::Any256(Box::new(c)))),
            _ => return Err(Error::InvalidArgument(InvalidArgument::KeyLength)),
        };
        Ok(Self { encryption, code: code.map_err(|_| Error::Internal)? })
    }

    pub(crate) fn encryption(&self) -> Encryption {
        self.encryption
    }

    /// Decrypts in place. On a failure the buffer holds no plaintext.
    pub(crate) fn decrypt(
        &self,
        iv: &[u8; IV_BYTES],
        aad: &[u8],
        buffer: &mut [u8],
        tag: &[u8; TAG_BYTES],
    ) -> Result<(), Error> {
        let ok = match &self.code {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Code::Fast(c) => c.decrypt(iv, aad, buffer, tag).is_ok(),
            Code::Any128(c) => c.decrypt_inout_detached(iv.into(), aad, buffer.into(), tag.into()).is_ok(),
            Code::Any256(c) => c.decrypt_inout_detached(iv.into(), aad, buffer.into(), tag.into()).is_ok(),
        };
        if ok { Ok(()) } else { Err(Error::DecryptionFailed) }
    }

    /// Encrypts in place and gives the tag.
    pub(crate) fn encrypt(
        &self,
        iv: &[u8; IV_BYTES],
        aad: &[u8],
        buffer: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], Error> {
        let tag = match &self.code {
            #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
            Code::Fast(c) => {
                let mut tag = [0; TAG_BYTES];
                c.encrypt(iv, aad, buffer, &mut tag);
                return Ok(tag);
            }
            Code::Any128(c) => c.encrypt_inout_detached(iv.into(), aad, buffer.into()),
            Code::Any256(c) => c.encrypt_inout_detached(iv.into(), aad, buffer.into()),
        };
        Ok(tag.map_err(|_| Error::Internal)?.into())
    }
}

/// Whether the processor has all that `graviola` asserts.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        has!("aes") && has!("pclmulqdq") && has!("bmi1") && has!("adx") && has!("avx") && has!("avx2")
    }
    #[cfg(target_arch = "aarch64")]
    {
        use std::arch::is_aarch64_feature_detected as has;
        has!("neon") && has!("aes") && has!("pmull") && has!("sha2")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_codes_do_the_same() {
        for key in [&[7_u8; 16][..], &[9; 32]] {
            let (fast, any) = (Cipher::new(key).unwrap(), Cipher::on_any_processor(key).unwrap());
            for len in (0..300).chain([1000, 3000, 8192]) {
                let plain: Vec<u8> = (0..len).map(|n| u8::try_from(n * 7 % 256).unwrap()).collect();
                let (mut a, mut b) = (plain.clone(), plain.clone());
                let aad = &plain[..len.min(70)];
                let tag = fast.encrypt(&[3; 12], aad, &mut a).unwrap();
                assert_eq!(any.encrypt(&[3; 12], aad, &mut b), Ok(tag), "{len}");
                assert_eq!(a, b, "{len}");
                let sealed = a.clone();
                assert!(any.decrypt(&[3; 12], aad, &mut a, &tag).is_ok());
                assert!(fast.decrypt(&[3; 12], aad, &mut b, &tag).is_ok());
                assert_eq!((&a, &b), (&plain, &plain), "{len}");
                let mut wrong = tag;
                wrong[15] ^= 1;
                for cipher in [&fast, &any] {
                    let mut buffer = sealed.clone();
                    let refused = cipher.decrypt(&[3; 12], aad, &mut buffer, &wrong);
                    assert_eq!(refused, Err(Error::DecryptionFailed));
                    assert!(len < 16 || buffer != plain, "no plaintext is left");
                }
            }
        }
    }
}
