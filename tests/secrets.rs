//! Secrets leave no trace in memory that is given back. A test allocator looks at every block when it is freed.
//!
//! The stack is out of its sight: what a compiler keeps in registers and on the stack is not promised (SECURITY.md).

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails; an allocator is unsafe by its interface"
)]

use pushseal::low_level::seal_raw;
use pushseal::{
    Claims, Key, KeyId, Keyring, Nonce, OpenOptions, Opener, Reference, open, open_attachment, seal,
    seal_attachment,
};
use sha2::{Digest, Sha256};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

/// Bytes that stand nowhere but in the secrets of these tests.
const MARK: [u8; 16] = *b"\x9fQz!SECRET-mark\xe3";
/// The same as text, for plaintexts.
const TEXT_MARK: &[u8] = b"zQ!plaintext-mark";

struct Watching;

static WATCH: AtomicBool = AtomicBool::new(false);
static FREED_WITH_SECRET: AtomicUsize = AtomicUsize::new(0);
static ROUND_KEY: Mutex<[u8; 16]> = Mutex::new([0; 16]);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl Watching {
    fn look(block: *const u8, len: usize) {
        if WATCH.load(SeqCst) {
            // SAFETY: the block is the allocation that is being freed; it is whole and nobody else uses it.
            let bytes = unsafe { std::slice::from_raw_parts(block, len) };
            let round_key = ROUND_KEY.try_lock().map(|key| *key).unwrap_or_default();
            let holds =
                |mark: &[u8]| mark.iter().any(|&b| b != 0) && bytes.windows(mark.len()).any(|w| w == mark);
            if holds(&MARK) || holds(TEXT_MARK) || holds(&round_key) {
                FREED_WITH_SECRET.fetch_add(1, SeqCst);
            }
        }
    }
}

// SAFETY: it hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that looking at a freed block never reads what was not written.
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        Self::look(block, layout.size());
        // SAFETY: `alloc` made the block with this layout, in the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // A move leaves the old block behind: always move, to see what it held.
        // SAFETY: the caller keeps the contract of `realloc`, so size and alignment make a layout.
        let fresh = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !fresh.is_null() {
            // SAFETY: the blocks are two, and both have at least so many bytes.
            unsafe { std::ptr::copy_nonoverlapping(block, fresh, size.min(layout.size())) };
            // SAFETY: the caller gives the old block up.
            unsafe { self.dealloc(block, layout) };
        }
        fresh
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many blocks were freed with a secret in them while `work` ran.
fn traces(work: impl FnOnce()) -> usize {
    let before = FREED_WITH_SECRET.load(SeqCst);
    WATCH.store(true, SeqCst);
    work();
    WATCH.store(false, SeqCst);
    FREED_WITH_SECRET.load(SeqCst) - before
}

const NOW: u64 = 1_700_000_000;

/// A 32-byte key that begins with the mark: AES keeps it as its first round key.
fn secret_key() -> Key {
    let mut bytes = [0x11; 32];
    bytes[..16].copy_from_slice(&MARK);
    Key::new(KeyId::new("k").unwrap(), &bytes).unwrap()
}

fn options() -> OpenOptions<'static> {
    OpenOptions::new(NOW * 1000)
}

fn sealed(len: usize) -> String {
    let data = format!("\"{}{}\"", std::str::from_utf8(TEXT_MARK).unwrap(), "x".repeat(len));
    let claims = Claims::new(NOW, &data);
    let sealed = seal(&secret_key(), Nonce::from_bytes([1; 12]), &claims).unwrap();
    std::mem::forget(data);
    sealed
}

#[test]
fn the_watch_sees_a_secret_that_is_not_wiped() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    assert_eq!(traces(|| drop(MARK.to_vec())), 1);
    assert_eq!(traces(|| drop([b"before ", TEXT_MARK].concat())), 1);
    assert_eq!(traces(|| drop(vec![7_u8; 100])), 0);
}

#[test]
fn a_dropped_key_and_a_replaced_keyring_are_wiped() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // AES keeps the expanded key, whose first words are the key itself, in the box that is freed here.
    assert_eq!(traces(|| drop(secret_key())), 0, "a key");
    let other = || Key::on_any_processor(KeyId::new("k").unwrap(), &MARK);
    assert_eq!(traces(|| drop(other())), 0, "a key on a processor without AES");
    let mut ring = Keyring::new(vec![secret_key()]).unwrap();
    assert_eq!(traces(|| ring = Keyring::default()), 0, "a replaced keyring");
    assert!(ring.key("k").is_err());
    let growing = traces(|| {
        let keys = ["a", "b", "c", "d", "e"];
        let make = |id: &&str| Key::new(KeyId::new(id).unwrap(), &MARK).unwrap();
        drop(Keyring::new(keys.iter().map(make).collect()));
    });
    assert_eq!(growing, 0, "keys in a list that grew");
}

#[test]
fn the_key_in_use_is_where_the_watch_looks() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Without wiping, the block of an AES key does hold the key: a cipher that is leaked and then freed as raw bytes shows it.
    // On x86 and ARM the round keys lie in memory in order; the software cipher keeps them bit-sliced, where a mark proves less.
    if !pushseal::hardware_aes() {
        return;
    }
    use aes_gcm::{Aes128Gcm, KeyInit};
    fn holds_the_key<T>(cipher: &T) -> bool {
        // SAFETY: the bytes of a live box; padding was zeroed by the allocator above.
        let bytes =
            unsafe { std::slice::from_raw_parts(std::ptr::from_ref(cipher).cast::<u8>(), size_of::<T>()) };
        bytes.windows(16).any(|window| window == MARK)
    }
    assert!(holds_the_key(&*Box::new(Aes128Gcm::new_from_slice(&MARK).unwrap())), "aes-gcm's key schedule");
    assert!(holds_the_key(&*Box::new(graviola::aead::AesGcm::new(&MARK))), "graviola's");
}

#[test]
fn the_plaintext_buffer_is_wiped() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ring = Keyring::new(vec![secret_key()]).unwrap();
    let (short, long) = (sealed(10), sealed(7000));
    let reused = traces(|| {
        let mut opener = Opener::default();
        for payload in [&short, &long, &short] {
            assert!(opener.open(&ring, payload, &options()).is_ok());
        }
        drop(opener);
    });
    assert_eq!(reused, 0, "a buffer that was used three times");
    let claims = Claims::new(NOW, r#"{"\u007aQ!plaintext-mark":{"a":1}}"#);
    let escaped = seal(&secret_key(), Nonce::from_bytes([1; 12]), &claims).unwrap();
    assert_eq!(
        traces(|| std::mem::forget(open(&ring, &escaped, &options()))),
        0,
        "a name written with escapes"
    );
    let mark = std::str::from_utf8(TEXT_MARK).unwrap();
    let (first, rest) = (u32::from(mark.as_bytes()[0]), &mark[1..]);
    let escaped = format!("\\u{first:04x}{rest}");
    for plaintext in [
        format!(r#"{{"iat":{NOW},"data":1,"{escaped}":1}}"#),
        format!(r#"{{"iat":{NOW},"data":1,"aud":"{escaped}"}}"#),
        format!(r#"{{"iat":{NOW},"data":1,"aud":["{escaped}"]}}"#),
        format!(r#"{{"iat":{NOW},"ref":{{"id":"a","size":53,"sha256":"","key":"","{escaped}":1}}}}"#),
        format!(
            r#"{{"iat":{NOW},"ref":{{"id":"{escaped}","size":53,"sha256":"{escaped}","key":"{escaped}"}}}}"#
        ),
    ] {
        let payload = seal_raw(&secret_key(), Nonce::from_bytes([1; 12]), &plaintext).unwrap();
        assert_eq!(traces(|| std::mem::forget(open(&ring, &payload, &options()))), 0, "{plaintext}");
    }
    let expired = OpenOptions::new(u64::MAX);
    assert_eq!(
        traces(|| drop(open(&ring, &long, &expired))),
        0,
        "a message that was decrypted and then refused"
    );
    let taken = traces(|| std::mem::forget(open(&ring, &long, &options())));
    assert_eq!(taken, 0, "nothing but the copy that the caller owns");
}

#[test]
fn sealing_wipes_its_plaintext() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let data = format!("\"{}\"", std::str::from_utf8(TEXT_MARK).unwrap().repeat(200));
    let key = secret_key();
    let claims = Claims::new(NOW, &data);
    assert_eq!(traces(|| drop(seal(&key, Nonce::from_bytes([1; 12]), &claims))), 0);
    let refused = claims.expires_at(NOW);
    assert_eq!(
        traces(|| drop(seal(&key, Nonce::from_bytes([1; 12]), &refused))),
        0,
        "claims that are refused"
    );
}

#[test]
fn attachments_and_their_keys_are_wiped() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let content = TEXT_MARK.repeat(20_000);
    let bytes = seal_attachment(&content, &MARK, [3; 16]).unwrap();
    let reference =
        Reference::new("a", u32::try_from(bytes.len()).unwrap(), Sha256::digest(&bytes).into(), MARK);
    let reference = reference.unwrap();
    assert_eq!(traces(|| drop(open_attachment(&bytes, &reference))), 0, "content");
    assert_eq!(traces(|| drop(Box::new(reference.clone()))), 0, "the reference's key");
    let mut cut = bytes.clone();
    cut.truncate(bytes.len() - 1);
    let size = u32::try_from(cut.len()).unwrap();
    let half = Reference::new("a", size, Sha256::digest(&cut).into(), MARK).unwrap();
    assert_eq!(traces(|| drop(open_attachment(&cut, &half))), 0, "content up to a record that is wrong");
}
