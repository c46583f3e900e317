//! Attachments: content that does not fit a push message, in the `aes128gcm` content coding (RFC 8188).

use crate::cipher::Cipher;
use crate::error::Error;
use crate::json::{self, Value};
use crate::jwe;
use crate::limits::{ATTACHMENT_BYTES, ATTACHMENT_ID_BYTES};
use crate::reason::{InvalidArgument, Malformed, TooLarge};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of an attachment's key, the input keying material of RFC 8188.
pub const ATTACHMENT_KEY_BYTES: usize = 16;
/// Bytes of the salt (RFC 8188 §2.1).
pub const SALT_BYTES: usize = 16;
/// The record size that [`seal_attachment`] writes: ciphertext, with tag and delimiter, of one record.
const RECORD_BYTES: u32 = 64 * 1024;
/// Salt, record size and length of the key id (RFC 8188 §2.1).
const FIXED_HEADER_BYTES: usize = SALT_BYTES + 4 + 1;
/// A record holds at least the delimiter besides the tag (RFC 8188 §2.1).
const SMALLEST_RECORD: usize = 18;
const TAG_BYTES: usize = 16;
const MORE: u8 = 1;
const LAST: u8 = 2;

/// A claim check: where the attachment is, and how to tell that it is the right one.
#[derive(Clone)]
pub struct Reference {
    id: String,
    size: u32,
    sha256: [u8; 32],
    key: Zeroizing<[u8; ATTACHMENT_KEY_BYTES]>,
}

impl Reference {
    /// States an attachment by its id at the backend, and the size (bytes) and SHA-256 of its ciphertext.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidArgument`] for an id that is not 1 to 64 letters, digits, `-` or `_`; [`Error::TooLarge`] over 4 MiB.
    pub fn new(
        id: &str,
        size: u32,
        sha256: [u8; 32],
        key: [u8; ATTACHMENT_KEY_BYTES],
    ) -> Result<Self, Error> {
        // The id becomes part of a URL's path.
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if id.is_empty() || id.len() > ATTACHMENT_ID_BYTES || !plain {
            return Err(Error::InvalidArgument(InvalidArgument::AttachmentId));
        }
        match usize::try_from(size) {
            Ok(bytes) if bytes <= ATTACHMENT_BYTES => {
                Ok(Self { id: id.to_owned(), size, sha256, key: Zeroizing::new(key) })
            }
            _ => Err(Error::TooLarge(TooLarge::Attachment)),
        }
    }

    /// States an attachment in the form that a message and the native API have: hash and key in base64url.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`Error::Malformed`] for texts that are not 32 and 16 bytes in base64url.
    pub fn from_text(id: &str, size: u32, sha256: &str, key: &str) -> Result<Self, Error> {
        let hash = jwe::decode_array(sha256).map_err(|_| Error::Malformed(Malformed::AttachmentHash))?;
        let key = jwe::decode_array(key).map_err(|_| Error::Malformed(Malformed::AttachmentKey))?;
        Self::new(id, size, hash, key)
    }

    /// Reads the member `ref`.
    pub(crate) fn parse(value: Value<'_>) -> Result<Self, Error> {
        const FORM: Error = Error::Malformed(Malformed::Reference);
        let (mut id, mut size, mut sha256, mut key) = (None, None, None, None);
        json::scan(value.text, |name, value| {
            name.read(|name| match name {
                "id" => id = value.string(),
                "size" => size = value.integer(),
                "sha256" => sha256 = value.string(),
                "key" => key = value.string(),
                _ => {}
            });
        })?;
        let (Some(id), Some(size), Some(sha256), Some(key)) = (id, size, sha256, key) else {
            return Err(FORM);
        };
        let size = u32::try_from(size).map_err(|_| Error::TooLarge(TooLarge::Attachment))?;
        let reference =
            id.read(|id| sha256.read(|sha256| key.read(|key| Self::from_text(id, size, sha256, key))));
        reference.map_err(|error| match error {
            Error::InvalidArgument(_) => Error::Malformed(Malformed::AttachmentId),
            other => other,
        })
    }

    /// Writes the member `ref`. Neither the id nor base64url needs an escape.
    pub(crate) fn write(&self, json: &mut String) -> Result<(), Error> {
        let (id, size) = (&self.id, self.size);
        write!(json, r#"{{"id":"{id}","size":{size},"sha256":""#).map_err(|_| Error::Internal)?;
        jwe::encode(&self.sha256, json);
        json.push_str(r#"","key":""#);
        jwe::encode(&*self.key, json);
        json.push_str(r#""}"#);
        Ok(())
    }

    /// The id at the backend.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The ciphertext's size in bytes.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.size
    }

    /// The ciphertext's SHA-256 in base64url.
    #[must_use]
    pub fn sha256_text(&self) -> String {
        text(&self.sha256)
    }

    /// The key in base64url. A secret.
    #[must_use]
    pub fn key_text(&self) -> Zeroizing<String> {
        Zeroizing::new(text(&*self.key))
    }
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(jwe::encoded_len(bytes.len()));
    jwe::encode(bytes, &mut text);
    text
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reference").field("id", &self.id).field("size", &self.size).finish_non_exhaustive()
    }
}

// The key is a secret: how long a comparison takes must not tell how much of it is right.
impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        let open = self.id == other.id && self.size == other.size && self.sha256 == other.sha256;
        open & bool::from(self.key.ct_eq(&*other.key))
    }
}

impl Eq for Reference {}

/// Encrypts an attachment under `key`, fresh for each attachment, with a fresh random `salt`.
///
/// # Errors
///
/// [`Error::TooLarge`] when the result would exceed 4 MiB.
pub fn seal_attachment(
    content: &[u8],
    key: &[u8; ATTACHMENT_KEY_BYTES],
    salt: [u8; SALT_BYTES],
) -> Result<Vec<u8>, Error> {
    let record = usize::try_from(RECORD_BYTES).map_err(|_| Error::Internal)?;
    let room = record - TAG_BYTES - 1;
    let records = content.len().div_ceil(room).max(1);
    let size = FIXED_HEADER_BYTES + content.len() + records * (TAG_BYTES + 1);
    if size > ATTACHMENT_BYTES {
        return Err(Error::TooLarge(TooLarge::Attachment));
    }
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&salt);
    out.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    out.push(0);
    let coding = Coding::new(key, &salt)?;
    for n in 0..records {
        // Empty content is one record without a chunk.
        let chunk = match content.chunks(room).nth(n) {
            Some(chunk) => chunk,
            None if content.is_empty() => &[],
            None => return Err(Error::Internal),
        };
        coding.seal_record(n, chunk, n + 1 == records, &mut out)?;
    }
    Ok(out)
}

/// Checks and decrypts an attachment.
///
/// # Errors
///
/// [`Error::DecryptionFailed`] when size or hash differ from the reference or a record does not open; [`Error::Malformed`]
/// when the coding's header is wrong or the attachment is cut.
pub fn open_attachment(bytes: &[u8], reference: &Reference) -> Result<Zeroizing<Vec<u8>>, Error> {
    let right_size = u32::try_from(bytes.len()) == Ok(reference.size);
    if !right_size || Sha256::digest(bytes).as_slice() != reference.sha256 {
        return Err(Error::DecryptionFailed);
    }
    decode(bytes, &reference.key)
}

/// Decodes the content coding `aes128gcm`.
fn decode(bytes: &[u8], key: &[u8; ATTACHMENT_KEY_BYTES]) -> Result<Zeroizing<Vec<u8>>, Error> {
    const CUT: Error = Error::Malformed(Malformed::AttachmentHeader);
    let (salt, rest) = bytes.split_first_chunk::<SALT_BYTES>().ok_or(CUT)?;
    let (size, rest) = rest.split_first_chunk::<4>().ok_or(CUT)?;
    let (id_len, rest) = rest.split_first().ok_or(CUT)?;
    let records = rest.get(usize::from(*id_len)..).ok_or(CUT)?;
    let size = usize::try_from(u32::from_be_bytes(*size)).map_err(|_| Error::Internal)?;
    if size < SMALLEST_RECORD || records.is_empty() {
        return Err(Error::Malformed(Malformed::AttachmentRecordSize));
    }
    let coding = Coding::new(key, salt)?;
    let mut out = Zeroizing::new(Vec::with_capacity(records.len()));
    let count = records.len().div_ceil(size);
    for (n, record) in records.chunks(size).enumerate() {
        coding.open_record(n, record, n + 1 == count, &mut out)?;
    }
    Ok(out)
}

/// Key and nonce of one attachment (RFC 8188 §2.2, §2.3).
struct Coding {
    cipher: Cipher,
    nonce: [u8; 12],
}

impl Coding {
    fn new(key: &[u8; ATTACHMENT_KEY_BYTES], salt: &[u8; SALT_BYTES]) -> Result<Self, Error> {
        let secret = Hkdf::<Sha256>::new(Some(salt), key);
        let mut content_key = Zeroizing::new([0; 16]);
        let mut nonce = [0; 12];
        secret.expand(b"Content-Encoding: aes128gcm\0", &mut *content_key).map_err(|_| Error::Internal)?;
        secret.expand(b"Content-Encoding: nonce\0", &mut nonce).map_err(|_| Error::Internal)?;
        Ok(Self { cipher: Cipher::new(&*content_key)?, nonce })
    }

    /// The nonce of the n-th record: the record's number is XORed into the last bytes.
    fn record_nonce(&self, n: usize) -> Result<[u8; 12], Error> {
        let mut nonce = self.nonce;
        let number = u64::try_from(n).map_err(|_| Error::Internal)?.to_be_bytes();
        nonce.iter_mut().skip(4).zip(number).for_each(|(byte, n)| *byte ^= n);
        Ok(nonce)
    }

    fn seal_record(&self, n: usize, chunk: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let start = out.len();
        out.extend_from_slice(chunk);
        out.push(if last { LAST } else { MORE });
        let record = out.get_mut(start..).ok_or(Error::Internal)?;
        let nonce = self.record_nonce(n)?;
        let tag = self.cipher.encrypt(&nonce, b"", record)?;
        out.extend_from_slice(&tag);
        Ok(())
    }

    /// Opens a record and appends its content: what stands before the delimiter, which says whether it is the last.
    fn open_record(&self, n: usize, record: &[u8], last: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let (body, tag) = record.split_last_chunk::<TAG_BYTES>().ok_or(CUT_RECORD)?;
        let start = out.len();
        out.extend_from_slice(body);
        let record = out.get_mut(start..).ok_or(Error::Internal)?;
        let nonce = self.record_nonce(n)?;
        self.cipher.decrypt(&nonce, b"", record, tag)?;
        let end = record.iter().rposition(|&b| b != 0).ok_or(CUT_RECORD)?;
        let delimiter = record.get(end).copied();
        out.truncate(start + end);
        if delimiter == Some(if last { LAST } else { MORE }) { Ok(()) } else { Err(CUT_RECORD) }
    }
}

const CUT_RECORD: Error = Error::Malformed(Malformed::AttachmentRecords);
