//! At the limits: memory per call is bounded, cost grows with the length and not with its square.
//!
//! Costs are ratios of runs side by side, with a generous factor, because a machine under load stretches them all.

#![allow(
    unsafe_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test ends where it fails; an allocator is unsafe by its interface"
)]

use pushseal::low_level::seal_raw;
use pushseal::{
    Error, Field, Key, KeyId, Keyring, Nonce, OpenOptions, Reference, check_json, field, limits, open,
    open_attachment, seal_attachment,
};
use sha2::{Digest, Sha256};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

struct Counting;

thread_local! {
    static NOW_HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // While a thread ends its counters are gone, and nobody asks.
    let _ = NOW_HELD.try_with(|now| {
        now.set(now.get() + bytes);
        let _ = MOST_HELD.try_with(|most| most.set(most.get().max(now.get())));
    });
}

// SAFETY: it hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the block came from `System`, and the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that `work` holds at one time, beyond what was held before.
fn most_held(work: impl FnOnce()) -> usize {
    let before = NOW_HELD.get();
    MOST_HELD.set(before);
    work();
    usize::try_from(MOST_HELD.get() - before).unwrap()
}

fn key() -> Key {
    Key::new(KeyId::new("k").unwrap(), &[7; 32]).unwrap()
}

fn ring() -> Keyring {
    Keyring::new(vec![key()]).unwrap()
}

const OPTIONS: OpenOptions<'static> = OpenOptions::new(1_700_000_000_000).allow_plaintext(true);

fn sealed(data: &str) -> String {
    seal_raw(&key(), Nonce::from_bytes([1; 12]), &format!("{{\"iat\":1699999999,\"data\":{data}}}")).unwrap()
}

/// Objects in objects as deep as they may be, each with as many names as have room.
fn nested(len: usize, name: impl Fn(usize) -> String) -> String {
    let depth = limits::JSON_DEPTH as usize - 2;
    let mut level = String::from("{");
    for n in 0.. {
        if (level.len() + 20) * depth > len {
            break;
        }
        level.push_str(&name(n));
    }
    format!("{}0{}", format!("{level}\"in\":").repeat(depth), "}".repeat(depth))
}

/// JSON texts of about `len` bytes, each the worst of its kind, and whether such a text is accepted.
fn shapes(len: usize) -> Vec<(&'static str, String, bool)> {
    let names = |write: fn(&mut String, usize)| {
        let mut text = String::from("{");
        for n in 0.. {
            if text.len() + 20 > len {
                break;
            }
            if n > 0 {
                text.push(',');
            }
            write(&mut text, n);
        }
        text + "}"
    };
    let fill = |piece: &str| piece.repeat(len / piece.len());
    vec![
        ("one string", format!("\"{}\"", fill("x")), true),
        ("escapes", format!("\"{}\"", fill("\\u00e9")), true),
        ("many names", names(|text, n| write!(text, "\"{n}\":1").unwrap()), true),
        ("many escaped names", names(|text, n| write!(text, "\"\\u0061{n}\":1").unwrap()), true),
        ("names alike to the end", names(|text, n| write!(text, "\"aaaaaaaa{n:04}\":1").unwrap()), true),
        ("nested names", nested(len, |n| format!("\"{n}\":0,")), true),
        ("nested escaped names", nested(len, |n| format!("\"\\u0061{n}\":0,")), true),
        ("small objects", format!("[{}0]", fill("{\"a\":{}},")), true),
        ("numbers", format!("[{}0]", fill("1e-9,")), true),
        ("a long fraction", format!("0.{}e1", fill("1")), true),
        ("a long exponent", format!("1e{}", fill("9")), false),
        ("white space", format!("[{}]", fill(" ")), true),
        (
            "a repeated name at the end",
            format!("{},\"0\":2}}", names(|t, n| write!(t, "\"{n}\":1").unwrap()).trim_end_matches('}')),
            false,
        ),
        ("an open string", format!("\"{}", fill("x")), false),
        ("open arrays", fill("["), false),
        ("an integer without end", fill("9"), false),
    ]
}

#[test]
fn memory_per_message_is_bounded() {
    let ring = ring();
    let (mut most, mut accepted, mut refused) = (0, 0, 0);
    for (name, data, accept) in shapes(limits::PLAINTEXT_BYTES - 40) {
        let payload = sealed(&data);
        let envelope = format!("{{\"data\":\"{}\"}}", payload.replace('.', "\\u002e"));
        for text in [&payload, &envelope] {
            let mut outcome = Err(Error::Internal);
            let held = most_held(|| outcome = open(&ring, text, &OPTIONS));
            assert_eq!(outcome.is_ok(), accept, "{name}: {outcome:?}");
            assert!(held <= 16 * limits::PAYLOAD_BYTES, "{name}: {held} bytes");
            most = most.max(held);
        }
        if accept { accepted += 1 } else { refused += 1 }
    }
    let huge = "e".repeat(64 << 20);
    assert_eq!(most_held(|| drop(black_box(open(&ring, &huge, &OPTIONS)))), 0, "64 MiB are refused unread");
    println!(
        "report: memory per message: at most {most} bytes; {accepted} worst shapes accepted, {refused} refused"
    );
    assert_eq!((accepted, refused), (11, 5));
}

#[test]
fn memory_for_plain_payloads_is_bounded() {
    for (name, text, _) in shapes(limits::PAYLOAD_BYTES - 40) {
        let held = most_held(|| drop(black_box(open(&ring(), &text, &OPTIONS))));
        assert!(held <= 32 * limits::PAYLOAD_BYTES, "{name}: {held} bytes");
    }
}

#[test]
fn one_member_is_read_where_it_lies() {
    let text = format!("{{\"a\":\"{}\",\"b\":1}}", "x".repeat(limits::ATTACHMENT_BYTES));
    let held = most_held(|| assert_eq!(field(&text, "b"), Ok(Some(Field::Number(1.0)))));
    assert!(held <= 4096, "{held} bytes");
    // Without its escapes it is a copy.
    let text = format!("{{\"a\":\"\\n{}\"}}", "x".repeat(limits::ATTACHMENT_BYTES));
    let held = most_held(|| assert!(field(&text, "a").is_ok()));
    assert!(held <= limits::ATTACHMENT_BYTES + 4096, "{held} bytes");
}

#[test]
fn memory_per_attachment_is_its_size() {
    let records = limits::ATTACHMENT_BYTES / (64 * 1024);
    let content = vec![5; limits::ATTACHMENT_BYTES - 21 - records * 17];
    let bytes = seal_attachment(&content, &[1; 16], [2; 16]).unwrap();
    let reference = Reference::new("a", bytes.len() as u32, Sha256::digest(&bytes).into(), [1; 16]).unwrap();
    let held = most_held(|| assert!(open_attachment(&bytes, &reference).is_ok()));
    assert!(held <= limits::ATTACHMENT_BYTES + 64 * 1024, "{held} bytes");
    // The smallest records there are: 18 bytes each, one of content.
    let mut tiny = bytes.clone();
    tiny[16..20].copy_from_slice(&18_u32.to_be_bytes());
    let reference = Reference::new("a", tiny.len() as u32, Sha256::digest(&tiny).into(), [1; 16]).unwrap();
    let held = most_held(|| assert!(open_attachment(&tiny, &reference).is_err()));
    assert!(held <= limits::ATTACHMENT_BYTES + 64 * 1024, "{held} bytes");
    println!("report: memory per attachment of 4 MiB: at most {held} bytes");
}

/// The shortest of several runs: what the machine adds is left out.
fn cost(mut work: impl FnMut()) -> Duration {
    let run = |work: &mut dyn FnMut()| {
        let begin = Instant::now();
        (0..2).for_each(|_| work());
        begin.elapsed()
    };
    (0..9).map(|_| run(&mut work)).min().unwrap()
}

/// What checking a text so many times costs, without the cryptography, which would hide it.
fn cost_of_checking(text: &str, times: usize) -> Duration {
    cost(|| {
        (0..times).for_each(|_| {
            let _ = black_box(check_json(text.as_bytes()));
        });
    })
}

#[test]
fn the_cost_of_checking_grows_with_the_length() {
    for ((name, whole, _), (_, part, _)) in
        shapes(limits::PAYLOAD_BYTES).into_iter().zip(shapes(limits::PAYLOAD_BYTES / 8))
    {
        // Eight times an eighth takes about as long as all of it, so a busy machine interrupts both alike.
        let (whole, parts) = (cost_of_checking(&whole, 1), cost_of_checking(&part, 8));
        // Linear is 1, n log n a bit more, quadratic 8. With many names all of it is read twice, where an eighth is read once.
        let readings = if name == "many names" { 2 } else { 1 };
        assert!(
            whole < parts * 3 * readings + Duration::from_micros(20),
            "{name}: {parts:?} for eight eighths, {whole:?} for all"
        );
    }
}

#[test]
fn no_message_is_far_dearer_than_another_of_its_length() {
    let ring = ring();
    let time = |data: &str| {
        let payload = sealed(data);
        cost(|| drop(black_box(open(&ring, &payload, &OPTIONS))))
    };
    let all = shapes(limits::PLAINTEXT_BYTES - 40);
    let plain = time(&all[0].1);
    let (worst, name) = all.iter().map(|(name, data, _)| (time(data), name)).max().unwrap();
    let ratio = worst.as_secs_f64() / plain.as_secs_f64();
    println!("report: the dearest 8 KiB message ({name}) costs {ratio:.1} times a plain string");
    assert!(ratio < 100.0, "{name}: {worst:?} beside {plain:?}");
}

#[test]
fn sealing_an_attachment_costs_no_more_than_linear() {
    let (mib, half) = (vec![0; 1 << 20], vec![0; 1 << 18]);
    let time = |content: &[u8]| cost(|| drop(black_box(seal_attachment(content, &[1; 16], [2; 16]))));
    let (whole, part) = (time(&mib), time(&half));
    assert!(whole < part * 10, "{part:?} for a quarter, {whole:?} for all");
}
