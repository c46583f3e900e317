//! The core alone, each part against the floor.
//!
//! `alone <messages> <rounds>` measures everything.

mod cipher;
mod floor;
mod input;
mod ours;
mod rounds;

use cipher::{AesGcm, AwsLc, Cipher, Fastest, Graviola, NONCE, Ring, TAG};
use floor::Floor;
use input::{Input, Message};
use ours::ours;
use pushseal::{Claims, Key, KeyId, Nonce};
use rounds::{Contender, measure};
use std::{error::Error, hint::black_box};

const OURS: &str = "pushseal";
const FLOOR: &str = "floor";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("the messages' file is missing")?;
    let input: Input = serde_json::from_slice(&std::fs::read(file)?)?;
    let rounds: usize = arguments.next().ok_or("the number of rounds is missing")?.parse()?;
    for message in &input.messages {
        open(&input, message, rounds)?;
        seal(&input, message, rounds)?;
    }
    for message in
        input.messages.iter().filter(|message| message.name.starts_with("3 KB") || message.name == "chat app")
    {
        scan(message, rounds)?;
    }
    let message = input.messages.iter().find(|message| message.name == "3 KB").ok_or("no message of 3 KB")?;
    base64(message, rounds)?;
    aes_gcm(&input, message, rounds)
}

/// A payload to the text of its content, in memory of the caller's.
fn open(input: &Input, message: &Message, rounds: usize) -> Result<(), Box<dyn Error>> {
    let key = input.key().ok_or("no key")?;
    measure(
        &format!("open {}", message.name),
        rounds,
        vec![
            Contender::new(OURS, ours(input, message)?),
            Contender::new(FLOOR, opens_and_copies::<Fastest>(&key, message)),
            Contender::new("floor with ring", opens_and_copies::<Ring>(&key, message)),
            Contender::new("floor with graviola", opens_and_copies::<Graviola>(&key, message)),
        ],
    )?;
    Ok(())
}

fn opens_and_copies<'a, C: Cipher + 'a>(key: &[u8; 32], message: &'a Message) -> impl FnMut() -> usize + 'a {
    let (mut floor, mut out) = (Floor::<C>::new(key), String::with_capacity(16 * 1024));
    move || {
        out.clear();
        out.push_str(floor.open(black_box(message.payload.as_bytes())).expect("it opens"));
        out.len()
    }
}

/// A message's content to the sealed text.
fn seal(input: &Input, message: &Message, rounds: usize) -> Result<(), Box<dyn Error>> {
    let bytes = input.key().ok_or("no key")?;
    let key = Key::new(KeyId::new(&input.key_id)?, &bytes)?;
    let claims =
        Claims::new(message.issued_at, &message.data).id(&*message.id).audience(&*input.options.audience);
    let nonce = [1; NONCE];
    let seal = || pushseal::seal(&key, Nonce::from_bytes(nonce), black_box(&claims));
    let sealed = seal()?;
    let header = sealed.split('.').next().ok_or("no header")?;
    let plaintext = String::from_utf8(pushseal::low_level::open_raw(&key, &sealed)?.to_vec())?;
    let mut floor = Floor::<Fastest>::new(&bytes);
    assert_eq!(floor.seal(header, nonce, &plaintext).ok_or("the floor does not seal")?, sealed);
    measure(
        &format!("seal {}", message.name),
        rounds,
        vec![
            Contender::new(OURS, seal),
            Contender::new(FLOOR, || floor.seal(header, nonce, black_box(&plaintext))),
        ],
    )?;
    Ok(())
}

/// JSON text to the answer whether it is safe.
fn scan(message: &Message, rounds: usize) -> Result<(), Box<dyn Error>> {
    let text = message.data.as_bytes();
    measure(
        &format!("JSON scan {}", message.name),
        rounds,
        vec![
            Contender::new(OURS, || pushseal::check_json(black_box(text))),
            Contender::new("serde_json, which checks less", || {
                serde_json::from_slice::<serde::de::IgnoredAny>(black_box(text)).is_ok()
            }),
            Contender::new(FLOOR, || simdutf8::basic::from_utf8(black_box(text)).is_ok()),
        ],
    )?;
    Ok(())
}

/// The ciphertext's text to its bytes. The product decodes with the same crate as the floor.
fn base64(message: &Message, rounds: usize) -> Result<(), Box<dyn Error>> {
    let text = message.payload.split('.').nth(3).ok_or("no ciphertext")?.as_bytes();
    let mut room = vec![0; text.len() * 3 / 4];
    let mut other = room.clone();
    let mut copy = text.to_vec();
    measure(
        "base64url 3 KB",
        rounds,
        vec![
            Contender::new("base64", || floor::decode(black_box(text), &mut room).is_some()),
            Contender::new("base64-simd", || base64_simd(black_box(text), &mut other).is_some()),
            Contender::new("a copy of the text", || copy.copy_from_slice(black_box(text))),
        ],
    )?;
    Ok(())
}

fn base64_simd(text: &[u8], room: &mut [u8]) -> Option<()> {
    base64_simd::URL_SAFE_NO_PAD.decode(text, base64_simd::Out::from_slice(room)).ok().map(|_| ())
}

/// Ciphertext to plaintext by each crate; each starts from a copy.
fn aes_gcm(input: &Input, message: &Message, rounds: usize) -> Result<(), Box<dyn Error>> {
    let key = input.key().ok_or("no key")?;
    measure(
        "AES-256-GCM 3 KB",
        rounds,
        vec![
            Contender::new("graviola", decrypts::<Graviola>(&key, &message.data)),
            Contender::new("aes-gcm", decrypts::<AesGcm>(&key, &message.data)),
            Contender::new("ring", decrypts::<Ring>(&key, &message.data)),
            Contender::new("aws-lc-rs", decrypts::<AwsLc>(&key, &message.data)),
        ],
    )?;
    Ok(())
}

fn decrypts<C: Cipher>(key: &[u8; 32], text: &str) -> impl FnMut() -> bool + use<C> {
    let (cipher, nonce, aad) = (C::new(key), [1; NONCE], [2; 55]);
    let mut sealed = [text.as_bytes(), &[0; TAG]].concat();
    let (bytes, tag) = sealed.split_at_mut(text.len());
    cipher.seal(nonce, &aad, bytes, tag).expect("it encrypts");
    let mut buffer = sealed.clone();
    move || {
        buffer.copy_from_slice(&sealed);
        cipher.open(nonce, black_box(&aad), &mut buffer).is_some()
    }
}
