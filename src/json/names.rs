//! No name twice in one object.
//!
//! While a text is scanned, each name has a 64-bit hash, and sets two bits of its object that the hash chooses. Where both bits are
//! taken already, the hashes of the object are looked through. Only where two of them are equal is the text read once more, and its
//! names compared.

use super::string::Text;
use super::tokens::{Carry, Tokens};
use crate::error::Error;
use smallvec::SmallVec;
use std::borrow::Cow;
use zeroize::Zeroize;

/// Up to this many names are compared in pairs; more are sorted, so that no object costs quadratic time.
const PAIRWISE: usize = 12;

/// Hashes of the objects that are open at one time. With more names than that, the text is read once more.
const HASHES: usize = 128;

/// The bits of one object's names: one bit in each word for each name.
type Seen = [u64; 2];

/// The names of the innermost object that is open.
#[derive(Default, Clone, Copy)]
pub(super) struct Names {
    seen: Seen,
    /// Where its hashes begin.
    begin: usize,
    /// Whether somewhere two names of an object have one hash.
    suspect: bool,
}

/// The names of all objects that are open.
pub(super) struct Around {
    hashes: [u64; HASHES],
    /// How many hashes there are.
    len: usize,
    /// The objects around the innermost one.
    outer: SmallVec<[(Seen, usize); 8]>,
}

impl Default for Around {
    fn default() -> Self {
        Self { hashes: [0; HASHES], len: 0, outer: SmallVec::new() }
    }
}

impl Names {
    /// Begins an object.
    #[inline(always)]
    pub(super) fn open(&mut self, around: &mut Around) {
        around.outer.push((self.seen, self.begin));
        (self.seen, self.begin) = (Seen::default(), around.len);
    }

    /// Adds a name to the innermost object: the first `len` bytes of `text`.
    #[inline(always)]
    pub(super) fn add(&mut self, around: &mut Around, text: &[u8], len: usize, escaped: bool) {
        let mixed = if escaped { mix_decoded(text.get(..len).unwrap_or_default()) } else { mix(text, len) };
        let bits: Seen = [1 << (mixed >> 58), 1 << (mixed >> 52 & 63)];
        let [a, b] = &mut self.seen;
        if (*a & bits[0] != 0) & (*b & bits[1] != 0) {
            self.suspect |= around.has(self.begin, mixed);
        }
        *a |= bits[0];
        *b |= bits[1];
        match around.hashes.get_mut(around.len) {
            Some(place) => {
                *place = mixed;
                around.len += 1;
            }
            None => self.suspect = true,
        }
    }

    /// Ends the innermost object.
    #[inline(always)]
    pub(super) fn close(&mut self, around: &mut Around) -> Result<(), Error> {
        around.len = self.begin;
        (self.seen, self.begin) = around.outer.pop().ok_or(Error::Internal)?;
        Ok(())
    }

    /// Whether a name occurs twice in an object of this text, which has been checked otherwise.
    #[inline(always)]
    pub(super) fn repeat(self, text: &str) -> Result<bool, Error> {
        if self.suspect { repeat(text) } else { Ok(false) }
    }
}

impl Around {
    /// Whether the innermost object, whose hashes begin there, has this hash already.
    #[inline(never)]
    fn has(&self, begin: usize, hash: u64) -> bool {
        self.hashes.get(begin..self.len).unwrap_or_default().contains(&hash)
    }
}

/// A number that is the same for the same name, the first `len` bytes of `text`.
#[inline(always)]
fn mix(text: &[u8], len: usize) -> u64 {
    let word = match text.first_chunk::<8>() {
        // What follows a short name is shifted out.
        Some(first) if len < 8 => u64::from_le_bytes(*first) << (8 * (7 - len)) << 8,
        Some(first) => u64::from_le_bytes(*first) ^ last_word(text, len).rotate_left(32),
        None => short(text.get(..len).unwrap_or_default()),
    };
    (word ^ u64::try_from(len).unwrap_or(0)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// As above, for a name with escapes, which is told by what it stands for.
#[cold]
fn mix_decoded(name: &[u8]) -> u64 {
    let text = std::str::from_utf8(name).unwrap_or_default();
    Text { text, escaped: true }.read(|name| mix(name.as_bytes(), name.len()))
}

#[inline(always)]
fn last_word(text: &[u8], len: usize) -> u64 {
    let last = text.get(..len).unwrap_or_default().last_chunk::<8>();
    last.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// As above, for a name near the text's end.
#[cold]
fn short(name: &[u8]) -> u64 {
    name.iter().fold(0, |word, b| word >> 8 | u64::from(*b) << 56)
}

/// Reads the text once more and compares the names of each object.
#[cold]
fn repeat(text: &str) -> Result<bool, Error> {
    let bytes = text.as_bytes();
    let (mut tokens, mut carry) = (Tokens::default(), Carry::new(0));
    let mut next = || tokens.next(bytes, &mut carry);
    // The names of the objects that are open, and where each object's begin.
    let mut names = SmallVec::<[Text<'_>; 24]>::new();
    let mut begins = SmallVec::<[usize; 8]>::new();
    let mut place = next();
    while let Some(&byte) = bytes.get(place) {
        let mut after = next();
        match byte {
            b'{' => begins.push(names.len()),
            b'}' => {
                let begin = begins.pop().ok_or(Error::Internal)?;
                if has_duplicate(names.get(begin..).ok_or(Error::Internal)?) {
                    return Ok(true);
                }
                names.truncate(begin);
            }
            b'"' => {
                let mut escaped = false;
                while bytes.get(after).is_some_and(|&byte| byte != b'"') {
                    escaped = true;
                    after = next();
                }
                let content = text.get(place + 1..after).ok_or(Error::Internal)?;
                after = next();
                if bytes.get(after) == Some(&b':') {
                    names.push(Text { text: content, escaped });
                }
            }
            _ => {}
        }
        place = after;
    }
    Ok(false)
}

/// Whether two of these names are one.
fn has_duplicate(names: &[Text<'_>]) -> bool {
    if names.len() <= PAIRWISE && names.iter().all(|name| !name.escaped) {
        let before = |n: usize| names.iter().take(n);
        names.iter().enumerate().any(|(n, name)| before(n).any(|other| other.text == name.text))
    } else {
        sorted_repeat(names)
    }
}

fn sorted_repeat(names: &[Text<'_>]) -> bool {
    let mut plain: Vec<Cow<'_, str>> = names.iter().map(|name| name.decode()).collect();
    plain.sort_unstable();
    let repeated = plain.windows(2).any(|pair| matches!(pair, [a, b] if a == b));
    // Names without their escapes are copies of plaintext.
    for name in &mut plain {
        if let Cow::Owned(copy) = name {
            copy.zeroize();
        }
    }
    repeated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan;

    /// Whether an object with these names is refused; `around` goes round each, to try every length.
    fn repeat(names: &[String], around: &str) -> bool {
        let members: Vec<String> = names.iter().map(|name| format!("\"{around}{name}\":0")).collect();
        scan(&format!("{{{}}}", members.join(",")), |_, _| ()).is_err()
    }

    #[test]
    fn every_name_is_compared_with_every_other() {
        for around in ["", "x", "four", "sixteen letters.", "好"] {
            for count in [2, 3, PAIRWISE, PAIRWISE + 1, HASHES - 1, HASHES, HASHES + 1, 1000] {
                let names: Vec<String> = (0..count).map(|n| format!("{n}a")).collect();
                assert!(!repeat(&names, around), "{count} different");
                for again in [0, 1, count / 2, count - 1] {
                    let twice = [&names[..], &[names[again].clone()]].concat();
                    assert!(repeat(&twice, around), "{count}, the {again}th again");
                }
                let escaped = names[1].replace('a', "\\u0061");
                assert!(repeat(&[&names[..], &[escaped]].concat(), around), "{count} and one with an escape");
            }
        }
    }

    #[test]
    fn a_name_mixes_the_same_wherever_it_stands() {
        for len in 0..40 {
            let name = "n".repeat(len);
            let middle = format!("{name}\":\"and more\"");
            assert_eq!(mix(name.as_bytes(), len), mix(middle.as_bytes(), len), "{len}");
        }
    }

    /// What `scan` reads once more, by the hashes alone.
    fn suspects(text: &str) -> bool {
        let (mut names, mut around) = (Names::default(), Around::default());
        names.open(&mut around);
        for name in text.split(' ') {
            names.add(&mut around, name.as_bytes(), name.len(), false);
        }
        names.close(&mut around).unwrap();
        names.suspect
    }

    #[test]
    fn different_names_are_not_read_once_more() {
        for count in 1..=HASHES {
            let names: Vec<String> = (0..count).map(|n| format!("name{n}")).collect();
            assert!(!suspects(&names.join(" ")), "{count}");
            assert!(suspects(&format!("{} {}", names.join(" "), names[count / 2])), "{count}");
        }
        assert!(
            suspects(&(0..=HASHES).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")),
            "more than have room"
        );
    }

    #[test]
    fn an_object_inside_does_not_change_the_one_around_it() {
        assert!(scan(r#"{"a":{"a":[{"a":1}]},"b":0}"#, |_, _| ()).is_ok());
        assert!(scan(r#"{"a":{"a":1},"b":0,"a":0}"#, |_, _| ()).is_err());
        assert!(scan(r#"{"b":[{"a":1,"c":2,"a":1}]}"#, |_, _| ()).is_err());
    }
}
