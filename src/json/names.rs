//! No name twice in one object.
//!
//! While a text is scanned, each name sets two bits of its object, chosen by a hash. Only where two names of one object have the
//! same bits is the text read once more, and its names compared.

use super::string::Text;
use super::tokens::{Carry, Tokens};
use smallvec::SmallVec;
use std::borrow::Cow;
use zeroize::Zeroize;

/// Up to this many names are compared in pairs; more are sorted, so that no object costs quadratic time.
const PAIRWISE: usize = 12;

/// The bits of one object's names: one bit in each word for each name.
type Seen = [u64; 2];

/// The objects around the innermost one that is open.
pub(super) type Around = SmallVec<[Seen; 8]>;

/// The names of the innermost object that is open.
#[derive(Default, Clone, Copy)]
pub(super) struct Names {
    seen: Seen,
    /// Whether somewhere both bits of a name were taken.
    suspect: bool,
}

impl Names {
    /// Begins an object.
    #[inline(always)]
    pub(super) fn open(&mut self, around: &mut Around) {
        around.push(self.seen);
        self.seen = Seen::default();
    }

    /// Adds a name to the innermost object: the first `len` bytes of `text`.
    #[inline(always)]
    pub(super) fn add(&mut self, text: &[u8], len: usize, escaped: bool) {
        let mixed = if escaped { mix_decoded(text.get(..len).unwrap_or_default()) } else { mix(text, len) };
        let bits: Seen = [1 << (mixed >> 58), 1 << (mixed >> 52 & 63)];
        let [a, b] = &mut self.seen;
        self.suspect |= (*a & bits[0] != 0) & (*b & bits[1] != 0);
        *a |= bits[0];
        *b |= bits[1];
    }

    /// Ends the innermost object.
    #[inline(always)]
    pub(super) fn close(&mut self, around: &mut Around) {
        self.seen = around.pop().unwrap_or_default();
    }

    /// Whether a name occurs twice in an object of this text, which has been checked otherwise.
    #[inline(always)]
    pub(super) fn repeat(self, text: &str) -> bool {
        self.suspect && repeat(text)
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
fn repeat(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut tokens, mut carry) = (Tokens::default(), Carry::default());
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
                let begin = begins.pop().unwrap_or_default();
                if among(names.get(begin..).unwrap_or_default()) {
                    return true;
                }
                names.truncate(begin);
            }
            b'"' => {
                let mut escaped = false;
                while bytes.get(after).is_some_and(|&byte| byte != b'"') {
                    escaped = true;
                    after = next();
                }
                let content = text.get(place + 1..after).unwrap_or_default();
                after = next();
                if bytes.get(after) == Some(&b':') {
                    names.push(Text { text: content, escaped });
                }
            }
            _ => {}
        }
        place = after;
    }
    false
}

/// Whether two of these names are one.
fn among(names: &[Text<'_>]) -> bool {
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
            for count in [2, 3, PAIRWISE, PAIRWISE + 1, 100, 1000] {
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

    #[test]
    fn an_object_inside_does_not_change_the_one_around_it() {
        assert!(scan(r#"{"a":{"a":[{"a":1}]},"b":0}"#, |_, _| ()).is_ok());
        assert!(scan(r#"{"a":{"a":1},"b":0,"a":0}"#, |_, _| ()).is_err());
        assert!(scan(r#"{"b":[{"a":1,"c":2,"a":1}]}"#, |_, _| ()).is_err());
    }
}
