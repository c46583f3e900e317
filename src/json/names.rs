//! Names of the objects that are open, to refuse a second of the same name.

use super::scan;
use super::string::Text;
use smallvec::SmallVec;
use std::borrow::Cow;
use zeroize::Zeroize;

/// Up to this many names are compared in pairs; more are sorted, so that no object costs quadratic time.
const PAIRWISE: usize = 12;

/// The objects around the innermost one that is open.
pub(super) type Around = SmallVec<[Names; 8]>;

/// One object's names: each has a bit in both words, chosen by the name. Objects in which two names took the same are read again;
/// all others have cost no more than that.
#[derive(Default, Clone, Copy)]
pub(super) struct Names {
    start: usize,
    seen: [u64; 2],
    /// Whether a name's bits were both taken, or a name has to be decoded first.
    suspect: bool,
}

impl Names {
    /// Begins an object, whose brace is at `start`.
    #[inline(always)]
    pub(super) fn open(&mut self, start: usize, around: &mut Around) {
        around.push(*self);
        *self = Self { start, ..Self::default() };
    }

    /// Adds a name to the innermost object: the first `len` bytes of `text`.
    #[inline(always)]
    pub(super) fn add(&mut self, text: &[u8], len: usize, escaped: bool) {
        let mixed = mix(text, len);
        let bits: [u64; 2] = [1 << (mixed >> 58), 1 << (mixed >> 52 & 63)];
        let [a, b] = &mut self.seen;
        self.suspect |= escaped | (*a & bits[0] != 0) & (*b & bits[1] != 0);
        *a |= bits[0];
        *b |= bits[1];
    }

    /// Ends the innermost object, and gives its start when a name may occur twice in it.
    #[inline(always)]
    pub(super) fn close(&mut self, around: &mut Around) -> Option<usize> {
        let Self { start, suspect, .. } = *self;
        *self = around.pop().unwrap_or_default();
        suspect.then_some(start)
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

/// Whether a name occurs twice in this object, whose text has been checked otherwise.
#[cold]
pub(super) fn repeats(object: &str) -> bool {
    let mut names = SmallVec::<[Text<'_>; 24]>::new();
    scan::members(object, |name, _| names.push(name));
    if names.len() <= PAIRWISE && names.iter().all(|name| !name.escaped) {
        let before = |n: usize| names.iter().take(n);
        names.iter().enumerate().any(|(n, name)| before(n).any(|other| other.text == name.text))
    } else {
        sorted_repeat(&names)
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
