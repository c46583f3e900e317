//! Whether the library works on this machine.

use crate::key::{Key, KeyId};
use crate::keyring::Keyring;
use crate::message::OpenOptions;
use crate::open::open;

/// Whether the processor's AES and carry-less multiplication are there; the ciphers use them when they are.
#[must_use]
pub fn hardware_aes() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes")
        && std::arch::is_aarch64_feature_detected!("pmull");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}

/// Opens a message whose content is known, sealed by another library (npm's `jose`).
#[must_use]
pub fn self_test() -> bool {
    let ring = || Keyring::new(vec![Key::new(KeyId::new("self-test")?, &KEY)?]);
    let options = OpenOptions::new(1_700_000_000_000).audience("pushseal");
    let opened = ring().and_then(|ring| open(&ring, MESSAGE, &options));
    opened.is_ok_and(|message| message.id == "known-answer" && message.content.data() == Some(ANSWER))
}

const KEY: [u8; 32] = *b"PushSeal's known-answer test key";
const ANSWER: &str = r#"{"text":"推送 push 🔔"}"#;
const MESSAGE: &str = concat!(
    "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIiwia2lkIjoic2VsZi10ZXN0In0..FBAOvrJRK62FMyCL.sgvAO40U",
    "fxo2yKaylE96Z2Itsoq2CO_mP2wX5KH5aBRHKlayXU9PItFidgt1TMoAodjMVX2Tm93iWnR3av8dwpwGahh45PmMcU",
    "KEtYRhmO-IHpMKH9-H-BHbpQ.DDDe8L7RIrGJC0bqXSZ5wQ",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_message_opens() {
        assert!(self_test());
    }

    /// The processor's own word, where the system repeats it.
    #[test]
    fn hardware_aes_is_seen_where_the_processor_has_it() {
        let Ok(cpu) = std::fs::read_to_string("/proc/cpuinfo") else { return };
        let has = |flag: &str| cpu.split_whitespace().any(|word| word == flag);
        let expected = has("aes") && (has("pclmulqdq") || has("pmull"));
        assert_eq!(hardware_aes(), expected);
    }
}
