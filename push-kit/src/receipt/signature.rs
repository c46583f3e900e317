//! The header `X-HUAWEI-CALLBACK-ID: timestamp=<ms>;nonce=<text>;value=<signature>`. The signature is
//! HMAC-SHA256 over timestamp, nonce and user name; the body is not in it, so TLS must guard that.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, verify};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Clocks differ, and a receipt may wait on its way.
const WINDOW_MS: i64 = 5 * 60_000;
const MIN_SECRET: usize = 8;
const MAX_NONCE: usize = 64;
/// Milliseconds since 1970 have so many digits until the year 2286. With a fixed length nothing can be moved between
/// timestamp and nonce.
const TIMESTAMP_DIGITS: usize = 13;

/// Checks the receipts of one region. The console shows its secret in base64 in newer configurations and as plain text in
/// old ones; either form is taken.
pub struct ReceiptKey {
    user: String,
    keys: Vec<Key>,
}

impl std::fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptKey").field("user", &self.user).finish_non_exhaustive()
    }
}

/// The secret is too short to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the receipt secret must have {MIN_SECRET} characters or more: copy it whole from the console")]
pub struct SecretTooShort;

impl ReceiptKey {
    /// `user` is the user name of the receipt configuration in the console.
    ///
    /// # Errors
    /// [`SecretTooShort`].
    pub fn new(user: &str, secret: &str) -> Result<Self, SecretTooShort> {
        if secret.len() < MIN_SECRET {
            return Err(SecretTooShort);
        }
        let mut keys = vec![Key::new(HMAC_SHA256, secret.as_bytes())];
        if let Ok(bytes) = STANDARD.decode(secret).map(zeroize::Zeroizing::new)
            && !bytes.is_empty()
        {
            keys.push(Key::new(HMAC_SHA256, &bytes));
        }
        Ok(Self { user: user.to_owned(), keys })
    }

    /// True when the signature is of this secret. Every form is compared, in constant time.
    pub fn accepts(&self, callback: &Callback) -> bool {
        let signed = format!("{}{}{}", callback.timestamp, callback.nonce, self.user);
        let mut accepted = false;
        for key in &self.keys {
            accepted |= verify(key, signed.as_bytes(), &callback.signature).is_ok();
        }
        accepted
    }
}

/// The header's parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    timestamp: String,
    /// Used once.
    pub nonce: String,
    signature: Vec<u8>,
}

impl Callback {
    /// Reads the header; nothing when it is not in its form.
    pub fn parse(header: &str) -> Option<Self> {
        let (mut timestamp, mut nonce, mut signature) = (None, None, None);
        for part in header.split(';') {
            let (name, value) = part.trim().split_once('=')?;
            let slot = match name {
                "timestamp" => &mut timestamp,
                "nonce" => &mut nonce,
                "value" => &mut signature,
                _ => return None,
            };
            if slot.replace(value).is_some() {
                return None;
            }
        }
        let (timestamp, nonce) = (timestamp?, nonce?);
        let digits = timestamp.len() == TIMESTAMP_DIGITS && timestamp.bytes().all(|b| b.is_ascii_digit());
        let plain =
            !nonce.is_empty() && nonce.len() <= MAX_NONCE && nonce.bytes().all(|b| b.is_ascii_graphic());
        if !digits || !plain {
            return None;
        }
        let signature = STANDARD.decode(signature?).ok()?;
        Some(Self { timestamp: timestamp.to_owned(), nonce: nonce.to_owned(), signature })
    }

    /// When it was signed, in milliseconds since 1970.
    pub fn signed_at(&self) -> i64 {
        self.timestamp.parse().unwrap_or(0)
    }

    /// True within five minutes of its signing.
    pub fn is_fresh(&self, now_ms: i64) -> bool {
        now_ms.abs_diff(self.signed_at()) <= WINDOW_MS.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hmac::sign;

    const NOW: i64 = 1_700_000_000_000;

    fn header(secret: &[u8], timestamp: &str, nonce: &str, user: &str) -> String {
        let tag = sign(&Key::new(HMAC_SHA256, secret), format!("{timestamp}{nonce}{user}").as_bytes());
        format!("timestamp={timestamp};nonce={nonce};value={}", STANDARD.encode(tag.as_ref()))
    }

    fn accepts(key: &ReceiptKey, header: &str) -> bool {
        Callback::parse(header).is_some_and(|callback| key.accepts(&callback))
    }

    #[test]
    fn both_forms_of_the_secret_are_taken() {
        let secret = STANDARD.encode([9; 32]);
        let key = ReceiptKey::new("shop", &secret).unwrap();
        let time = NOW.to_string();
        assert!(accepts(&key, &header(&[9; 32], &time, "n-1", "shop")));
        assert!(accepts(&key, &header(secret.as_bytes(), &time, "n-1", "shop")));
        assert!(!accepts(&key, &header(&[8; 32], &time, "n-1", "shop")));
        assert!(!accepts(&key, &header(&[9; 32], &time, "n-1", "shop2")));
        let plain = ReceiptKey::new("shop", "not base64!").unwrap();
        assert!(accepts(&plain, &header(b"not base64!", &time, "n", "shop")));
        assert!(!accepts(&plain, &header(b"", &time, "n", "shop")));
        assert!(ReceiptKey::new("shop", "short").is_err());
        assert!(!format!("{key:?}").contains(&secret));
    }

    #[test]
    fn every_part_is_bound() {
        let key = ReceiptKey::new("shop", "a secret of the console").unwrap();
        let good = header(b"a secret of the console", &NOW.to_string(), "1234", "shop");
        assert!(accepts(&key, &good));
        let tampered = [
            good.replace("nonce=1234", "nonce=1235"),
            good.replace("nonce=1234", "nonce=234"),
            good.replace(&NOW.to_string(), &(NOW + 1).to_string()),
            // The same text signed, cut at another place.
            good.replace(&format!("timestamp={NOW};nonce=1234"), &format!("timestamp={NOW}1;nonce=234")),
            good.replace(";value=", ";value=AAAA"),
            good.replace("value=", "signature="),
            format!("{good};nonce=1234"),
            good.replace("nonce=1234", "nonce="),
            good.split_once(";value").unwrap().0.to_owned(),
            String::new(),
        ];
        for header in tampered {
            assert!(!accepts(&key, &header), "{header}");
        }
    }

    #[test]
    fn it_is_good_for_five_minutes_either_way() {
        let at = |ms: i64| Callback::parse(&header(b"12345678", &ms.to_string(), "n", "u")).unwrap();
        for (ms, fresh) in [
            (0, true),
            (WINDOW_MS, true),
            (-WINDOW_MS, true),
            (WINDOW_MS + 1, false),
            (-WINDOW_MS - 1, false),
        ] {
            assert_eq!(at(NOW + ms).is_fresh(NOW), fresh, "{ms}");
        }
    }
}
