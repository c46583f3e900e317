//! Whoever sends changed messages and watches learns nothing: one error for all that does not decrypt, and the same work.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails"
)]

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use pushseal::{Error, Key, KeyId, Keyring, OpenOptions, open};
use std::hint::black_box;
use std::process::Command;

const KEY: [u8; 32] = [0x42; 32];
const OTHER_KEY: [u8; 32] = [0x43; 32];
const HEADER: &str = r#"{"alg":"dir","enc":"A256GCM","kid":"k"}"#;
const OPTIONS: OpenOptions<'_> = OpenOptions::new(1_700_000_000_000);

fn ring() -> Keyring {
    let key = |id, bytes: &[u8]| Key::new(KeyId::new(id).unwrap(), bytes).unwrap();
    Keyring::new(vec![key("k", &KEY), key("other", &OTHER_KEY)]).unwrap()
}

/// A message by its parts, so that each can be changed by itself.
#[derive(Clone)]
struct Parts {
    header: String,
    iv: [u8; 12],
    ciphertext: Vec<u8>,
    tag: [u8; 16],
}

impl Parts {
    fn sealed(len: usize) -> Self {
        let plaintext = format!(r#"{{"iat":1699999999,"data":"{}"}}"#, "x".repeat(len));
        let (header, iv) = (BASE64URL.encode(HEADER), [7; 12]);
        let mut ciphertext = plaintext.into_bytes();
        let cipher = Aes256Gcm::new_from_slice(&KEY).unwrap();
        let tag =
            cipher.encrypt_inout_detached(&iv.into(), header.as_bytes(), ciphertext.as_mut_slice().into());
        Self { header, iv, ciphertext, tag: tag.unwrap().into() }
    }

    fn text(&self) -> String {
        let encode = |bytes: &[u8]| BASE64URL.encode(bytes);
        [&*self.header, "", &encode(&self.iv), &encode(&self.ciphertext), &encode(&self.tag)].join(".")
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }

    fn headed(&self, header: &str) -> Self {
        self.with(|parts| parts.header = BASE64URL.encode(header))
    }
}

/// Every way in which a well-formed message can fail to decrypt.
fn changed(good: &Parts) -> Vec<(String, Parts)> {
    let mut all = Vec::new();
    let mut add = |what: &str, parts: Parts| all.push((what.to_owned(), parts));
    for bit in 0..128 {
        add(&format!("tag, bit {bit}"), good.with(|p| p.tag[bit / 8] ^= 1 << (bit % 8)));
    }
    for bit in 0..96 {
        add(&format!("IV, bit {bit}"), good.with(|p| p.iv[bit / 8] ^= 1 << (bit % 8)));
    }
    for at in 0..good.ciphertext.len() {
        for change in [1, 0x20, 0x80, 0xff] {
            add(&format!("ciphertext, byte {at}"), good.with(|p| p.ciphertext[at] ^= change));
        }
        add(&format!("ciphertext, cut to {at}"), good.with(|p| p.ciphertext.truncate(at)));
    }
    for len in [1, 15, 16, 17, 64] {
        add("ciphertext, longer", good.with(|p| p.ciphertext.extend(vec![0; len])));
    }
    for tag in [[0; 16], [0xff; 16], Parts::sealed(2).tag] {
        add("another tag", good.with(|p| p.tag = tag));
    }
    for header in [
        r#"{"enc":"A256GCM","alg":"dir","kid":"k"}"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"k" }"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"k","typ":"JOSE"}"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"k","iat":1}"#,
    ] {
        add("another text of the header", good.headed(header));
    }
    add("the id of another key", good.headed(r#"{"alg":"dir","enc":"A256GCM","kid":"other"}"#));
    all
}

#[test]
fn whatever_was_changed_there_is_one_error() {
    let (ring, mut refused) = (ring(), 0);
    for len in [0, 1, 100, 3000] {
        let good = Parts::sealed(len);
        assert!(open(&ring, &good.text(), &OPTIONS).is_ok());
        for (what, parts) in changed(&good) {
            let error = open(&ring, &parts.text(), &OPTIONS).unwrap_err();
            assert_eq!(error, Error::DecryptionFailed, "{what}");
            assert_eq!(error.to_string(), Error::DecryptionFailed.to_string(), "{what}");
            refused += 1;
        }
        let other = Key::new(KeyId::new("k").unwrap(), &OTHER_KEY).unwrap();
        let error = open(&Keyring::new(vec![other]).unwrap(), &good.text(), &OPTIONS).unwrap_err();
        assert_eq!(error, Error::DecryptionFailed, "another key under this id");
    }
    println!("report: no oracle: {refused} changed messages refused with one error, to the letter");
    assert!(refused > 15_000, "{refused}");
}

/// What is counted; valgrind finds it by its name.
#[inline(never)]
fn counted_open(ring: &Keyring, payload: &str) -> bool {
    open(black_box(ring), black_box(payload), &OPTIONS).is_ok()
}

/// Messages of equal length that differ in where and how they are wrong.
fn alike() -> Vec<(&'static str, String)> {
    let good = Parts::sealed(3000);
    let last = good.ciphertext.len() - 1;
    vec![
        ("the tag's first byte", good.with(|p| p.tag[0] ^= 1)),
        ("the tag's last byte", good.with(|p| p.tag[15] ^= 1)),
        ("the whole tag", good.with(|p| p.tag = [0; 16])),
        ("the ciphertext's first byte", good.with(|p| p.ciphertext[0] ^= 0x80)),
        ("the ciphertext's last byte", good.with(|p| p.ciphertext[last] ^= 1)),
        ("all of the ciphertext", good.with(|p| p.ciphertext.fill(0))),
        ("the IV", good.with(|p| p.iv[0] ^= 1)),
    ]
    .into_iter()
    .map(|(what, parts)| (what, parts.text()))
    .collect()
}

/// Runs under valgrind, started by the test below.
#[test]
#[ignore = "a part of the test below"]
fn open_each_once() {
    let (ring, all) = (ring(), alike());
    // All at one address: searching bytes takes other steps where a text begins elsewhere. The first call fills what is cached.
    let mut payload = String::with_capacity(all[0].1.len());
    for (what, text) in all.first().into_iter().chain(&all) {
        payload.clear();
        payload.push_str(text);
        assert!(!counted_open(&ring, &payload), "{what}");
    }
    assert!(counted_open(&ring, &Parts::sealed(3000).text()));
}

#[test]
#[ignore = "needs valgrind; `cargo xtask test` runs it"]
fn whatever_was_changed_as_many_instructions_run() {
    let folder = std::env::temp_dir().join(format!("pushseal-oracle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--dump-before=oracle::counted_open", "--dump-after=oracle::counted_open"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "open_each_once", "--ignored", "--test-threads=1"])
        .output()
        .expect("valgrind is needed: on Debian, apt-get install valgrind");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Two files for each call: up to it, and of it. The first call is left out.
    let count = |call: usize| -> u64 {
        let text = std::fs::read_to_string(folder.join(format!("out.{}", 2 * call + 2))).unwrap();
        assert!(text.contains("Trigger: --dump-after"), "not what the call did");
        let line = text.lines().find_map(|line| line.strip_prefix("summary: "));
        line.unwrap().trim().parse().unwrap()
    };
    let counts: Vec<u64> = (1..=alike().len()).map(count).collect();
    assert!(count(counts.len() + 1) > counts[0], "what opens is read, which takes more");
    std::fs::remove_dir_all(&folder).unwrap();
    println!("report: no oracle: {} instructions for each of {} kinds of change", counts[0], counts.len());
    for ((what, _), count) in alike().iter().zip(&counts) {
        assert_eq!(*count, counts[0], "{what}: {counts:?}");
    }
    assert!(counts[0] > 10_000, "{counts:?}");
}
