//! AES-256-GCM by four crates: the product's two, and two that are known for speed.

use aes_gcm::{KeyInit, aead::AeadInOut};

pub const NONCE: usize = 12;
pub const TAG: usize = 16;

pub trait Cipher {
    fn new(key: &[u8; 32]) -> Self;
    /// Decrypts ciphertext and tag in place and gives the plaintext.
    fn open<'a>(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &'a mut [u8]) -> Option<&'a mut [u8]>;
    /// Encrypts in place and writes the tag.
    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut [u8], tag: &mut [u8]) -> Option<()>;
}

/// What the product uses where the processor has instructions for AES.
pub struct Graviola(graviola::aead::AesGcm);

impl Cipher for Graviola {
    fn new(key: &[u8; 32]) -> Self {
        Self(graviola::aead::AesGcm::new(key))
    }

    fn open<'a>(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let (bytes, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        self.0.decrypt(&nonce, aad, bytes, tag).ok()?;
        Some(bytes)
    }

    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut [u8], tag: &mut [u8]) -> Option<()> {
        self.0.encrypt(&nonce, aad, bytes, tag.first_chunk_mut()?);
        Some(())
    }
}

/// What the product uses elsewhere.
pub struct AesGcm(aes_gcm::Aes256Gcm);

impl Cipher for AesGcm {
    fn new(key: &[u8; 32]) -> Self {
        Self(aes_gcm::Aes256Gcm::new(key.into()))
    }

    fn open<'a>(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &'a mut [u8]) -> Option<&'a mut [u8]> {
        let (bytes, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        self.0.decrypt_inout_detached((&nonce).into(), aad, bytes.into(), (&*tag).into()).ok()?;
        Some(bytes)
    }

    fn seal(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut [u8], tag: &mut [u8]) -> Option<()> {
        let made = self.0.encrypt_inout_detached((&nonce).into(), aad, bytes.into()).ok()?;
        tag.copy_from_slice(&made);
        Some(())
    }
}

/// `ring` and `aws-lc-rs` have the same interface.
macro_rules! ring_like {
    ($name:ident, $library:ident) => {
        #[doc = concat!("The crate `", stringify!($library), "`.")]
        pub struct $name($library::aead::LessSafeKey);

        impl Cipher for $name {
            fn new(key: &[u8; 32]) -> Self {
                use $library::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
                Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("a key of 32 bytes")))
            }

            fn open<'a>(&self, nonce: [u8; NONCE], aad: &[u8], sealed: &'a mut [u8]) -> Option<&'a mut [u8]> {
                use $library::aead::{Aad, Nonce};
                self.0.open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), sealed).ok()
            }

            fn seal(&self, nonce: [u8; NONCE], aad: &[u8], bytes: &mut [u8], tag: &mut [u8]) -> Option<()> {
                use $library::aead::{Aad, Nonce};
                let nonce = Nonce::assume_unique_for_key(nonce);
                let made = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), bytes).ok()?;
                tag.copy_from_slice(made.as_ref());
                Some(())
            }
        }
    };
}

ring_like!(Ring, ring);
ring_like!(AwsLc, aws_lc_rs);

/// The fastest of them, by the row "AES-GCM" of the bench.
pub type Fastest = AwsLc;
