//! Where a text's tokens begin, found a block at a time and without a branch for each byte.

use super::block::{self, BLOCK};

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

/// What a block needs to know of those before it. It is kept apart from what each token changes, which then stays in registers.
#[derive(Clone, Copy, Default)]
pub(super) struct Carry {
    begun: bool,
    /// All ones while a string goes on from the block before.
    in_string: u64,
    /// One when the next block's first byte is escaped.
    escaped: u64,
    /// One when the block before ended in a number, a literal, or what is none.
    in_scalar: u64,
}

impl Tokens {
    /// The place of the next token in the same bytes; past the end when there is none.
    #[inline(always)]
    pub(super) fn next(&mut self, bytes: &[u8], carry: &mut Carry) -> usize {
        if self.left == 0 {
            (self.base, self.left) = carry.next_block(bytes, self.base);
            if self.left == 0 {
                return bytes.len();
            }
        }
        let first = self.left.trailing_zeros();
        self.left &= self.left - 1;
        self.base + usize::try_from(first).unwrap_or(BLOCK)
    }
}

impl Carry {
    /// The next block with a token, after the one at `base`: where it begins, and its tokens. None at the end.
    #[inline(never)]
    fn next_block(&mut self, bytes: &[u8], mut base: usize) -> (usize, u64) {
        loop {
            if self.begun {
                if bytes.len() - base <= BLOCK {
                    return (base, 0);
                }
                base += BLOCK;
            }
            self.begun = true;
            if self.in_string != 0 && self.escaped == 0 {
                base += run(bytes.get(base..).unwrap_or_default());
            }
            let tokens = self.tokens(bytes.get(base..).unwrap_or_default());
            if tokens != 0 {
                return (base, tokens);
            }
        }
    }

    /// The tokens of the block that `rest` begins with.
    #[inline]
    fn tokens(&mut self, rest: &[u8]) -> u64 {
        match rest.first_chunk::<BLOCK>() {
            Some(block) => self.find(block),
            None => {
                // Filled up with spaces, which are no token anywhere.
                let mut last = [b' '; BLOCK];
                if let Some(start) = last.get_mut(..rest.len()) {
                    start.copy_from_slice(rest);
                }
                self.find(&last)
            }
        }
    }

    #[inline]
    fn find(&mut self, bytes: &[u8; BLOCK]) -> u64 {
        let classes = block::classify(bytes);
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
    #[inline]
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

/// How many bytes of whole blocks nothing ends a string's run of plain characters in.
#[inline]
fn run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    BLOCK * blocks.iter().take_while(|block| !block::ends_a_run(block)).count()
}

/// Ones from each odd bit of `ends` up to the one before the next.
#[inline]
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
        let (mut tokens, mut carry) = (Tokens::default(), Carry::default());
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
