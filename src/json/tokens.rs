//! Where a text's tokens begin, found a block at a time and without a branch for each byte.

use super::block::{BLOCK, Classes, classify_all};
use fearless_simd::{Level, dispatch};

/// Gives the places where something begins that the scanner has to look at: operators, both quotes of a string, the first
/// byte of a number or literal (or of what is no JSON); and, in a string, each backslash that starts an escape and each
/// control character.
#[derive(Clone, Copy, Default)]
pub(super) struct Tokens {
    /// Where the current block begins.
    base: usize,
    /// The tokens of the current block that have not been given.
    left: u64,
}

/// Blocks that are looked at in one go: choosing the vector instructions and loading their constants takes as long as a block.
const BATCH: usize = 16;

impl Tokens {
    /// The place of the next token in the same bytes; past the end when there is none.
    #[inline(always)]
    pub(super) fn next(&mut self, bytes: &[u8], carry: &mut Carry) -> usize {
        if self.left == 0 {
            (self.base, self.left) = carry.next_block(bytes);
            if self.left == 0 {
                return bytes.len();
            }
        }
        let first = self.left.trailing_zeros();
        self.left &= self.left - 1;
        self.base + usize::try_from(first).unwrap_or(BLOCK)
    }
}

/// What a block needs to know of those before it, and the tokens of those after it. It is kept apart from what each token changes,
/// which then stays in registers.
pub(super) struct Carry {
    level: Level,
    /// All ones while a string goes on from the block before.
    in_string: u64,
    /// One when the next block's first byte is escaped.
    escaped: u64,
    /// One when the block before ended in a number, a literal, or what is none.
    in_scalar: u64,
    /// What the bytes of a batch of blocks are.
    batch: [Classes; BATCH],
    /// How many blocks of the batch there are, and how many were given.
    blocks: usize,
    given: usize,
    /// Where the batch begins, and where the next one does.
    start: usize,
    end: usize,
}

impl Carry {
    /// Begins at this byte, which is outside of any string, number or literal.
    pub(super) fn new(from: usize) -> Self {
        Self {
            level: Level::new(),
            in_string: 0,
            escaped: 0,
            in_scalar: 0,
            batch: [Classes::default(); BATCH],
            blocks: 0,
            given: 0,
            start: from,
            end: from,
        }
    }

    /// The next block with a token: where it begins, and its tokens. None at the end.
    #[inline(never)]
    fn next_block(&mut self, bytes: &[u8]) -> (usize, u64) {
        loop {
            while let Some(classes) = self.batch.get(self.given..self.blocks).and_then(<[_]>::first) {
                let classes = *classes;
                self.given += 1;
                // Nothing ends a string's run of plain characters here.
                let plain = self.in_string != 0 && self.escaped == 0 && classes.all_plain();
                let tokens = if plain { 0 } else { self.find(classes) };
                if tokens != 0 {
                    return (self.start + BLOCK * (self.given - 1), tokens);
                }
            }
            let rest = bytes.get(self.end..).unwrap_or_default();
            if rest.is_empty() {
                return (self.end, 0);
            }
            (self.start, self.given) = (self.end, 0);
            let (blocks, last) = rest.as_chunks::<BLOCK>();
            if blocks.is_empty() {
                self.last_block(last);
            } else {
                self.fill(blocks);
            }
        }
    }

    /// Looks at the next blocks.
    #[inline]
    fn fill(&mut self, blocks: &[[u8; BLOCK]]) {
        self.blocks = blocks.len().min(BATCH);
        self.end += BLOCK * self.blocks;
        dispatch!(self.level, simd => classify_all(simd, blocks, &mut self.batch));
    }

    /// Looks at what is left at the end, filled up with spaces, which are no token anywhere.
    #[inline(never)]
    fn last_block(&mut self, rest: &[u8]) {
        let mut last = [b' '; BLOCK];
        last.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        self.fill(std::slice::from_ref(&last));
        self.end = self.start + rest.len();
    }

    #[inline(always)]
    fn find(&mut self, classes: Classes) -> u64 {
        let (escapes, escaped) = self.escapes(classes.backslash);
        let quote = classes.quote & !escaped;
        // From each opening quote up to the byte before the closing one.
        let in_string = runs_between(quote) ^ self.in_string;
        self.in_string = if in_string >> 63 == 0 { 0 } else { u64::MAX };
        let outside = !(in_string | quote);
        let scalar = outside & !(classes.operator | classes.space);
        let scalar_begins = scalar & !(scalar << 1 | self.in_scalar);
        self.in_scalar = scalar >> 63;
        quote | (outside & classes.operator) | scalar_begins | (in_string & (escapes | classes.control))
    }

    /// The backslashes that start an escape, and the bytes that follow them.
    #[inline(always)]
    fn escapes(&mut self, backslash: u64) -> (u64, u64) {
        if backslash == 0 && self.escaped == 0 {
            return (0, 0);
        }
        let (mut starts, mut escaped) = (0, self.escaped);
        let mut left = backslash & !escaped;
        self.escaped = 0;
        while left != 0 {
            let start = left & left.wrapping_neg();
            starts |= start;
            escaped |= start << 1;
            self.escaped = start >> 63;
            left &= !(start | start << 1);
        }
        (starts, escaped)
    }
}

/// Ones from each odd bit of `ends` up to the one before the next.
#[inline(always)]
fn runs_between(ends: u64) -> u64 {
    let mut runs = ends;
    for shift in [1, 2, 4, 8, 16, 32] {
        runs ^= runs << shift;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<usize> {
        let (mut tokens, mut carry) = (Tokens::default(), Carry::new(0));
        std::iter::from_fn(|| Some(tokens.next(text.as_bytes(), &mut carry)).filter(|&at| at < text.len()))
            .collect()
    }

    #[test]
    fn tokens_are_where_something_begins() {
        for (text, expected) in [
            ("", &[][..]),
            (" \t\r\n", &[]),
            (r#"{"a": 12, "b":[true]}"#, &[0, 1, 3, 4, 6, 8, 10, 12, 13, 14, 15, 19, 20]),
            (r#""{,:} 1""#, &[0, 7]),
            (r#""\"\\""#, &[0, 1, 3, 5]),
            ("\"a\u{1}b\"", &[0, 2, 4]),
            ("nul 1x", &[0, 4]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn blocks_do_not_matter() {
        let text = r#"{"name\\":"\"v\"", "x":[-12.5e3,{"y":"\\\\\""}], "z" :null}"#;
        let expected = tokens(text);
        for before in 0..140 {
            let moved: Vec<usize> = expected.iter().map(|at| at + before).collect();
            assert_eq!(tokens(&format!("{}{text}", " ".repeat(before))), moved, "{before}");
            let inside = format!("\"{}\\\\\"1", "x".repeat(before));
            assert_eq!(tokens(&inside), [0, before + 1, before + 3, before + 4], "{before}");
        }
    }
}
