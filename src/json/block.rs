//! Sixty-four bytes at once, with the vector instructions that the processor has: `fearless_simd` chooses among AVX-512, AVX2, SSE4.2
//! and SSE2 on x86-64, takes NEON on arm64, and does without on any other. The test tries every byte value at every place.

use fearless_simd::prelude::*;
use fearless_simd::{mask8x64, u8x64};

/// Bytes in a block; one bit of a `u64` stands for each, the lowest for the first.
pub(super) const BLOCK: usize = 64;

/// Which bytes of a block are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// `"`
    pub(super) quote: u64,
    /// `\`
    pub(super) backslash: u64,
    /// Below 0x20.
    pub(super) control: u64,
    /// `{` `}` `[` `]` `:` `,`
    pub(super) operator: u64,
    /// Space, tab, line feed, carriage return.
    pub(super) space: u64,
}

impl Classes {
    /// Whether there is nothing that a string's plain characters end at.
    #[inline(always)]
    pub(super) fn all_plain(self) -> bool {
        self.quote | self.backslash | self.control == 0
    }
}

/// Tells the classes of as many blocks as there is room for. Nothing else is done here: across a branch, the compiler would carry the
/// vectors' masks bit by bit.
#[inline(always)]
pub(super) fn classify_all<S: Simd>(simd: S, blocks: &[[u8; BLOCK]], room: &mut [Classes]) {
    for (block, place) in blocks.iter().zip(room) {
        *place = classify(simd, block);
    }
}

/// Tells every byte's class.
#[inline(always)]
fn classify<S: Simd>(simd: S, bytes: &[u8; BLOCK]) -> Classes {
    let block = u8x64::from_slice(simd, bytes);
    let bits = |mask: mask8x64<S>| mask.to_bitmask();
    // This bit makes one of `[` and `{`, and of `]` and `}`.
    let folded = block | 0x20;
    let operator = folded.simd_eq(b'{') | folded.simd_eq(b'}') | block.simd_eq(b':') | block.simd_eq(b',');
    let space = block.simd_eq(b' ') | block.simd_eq(b'\n') | block.simd_eq(b'\r') | block.simd_eq(b'\t');
    Classes {
        quote: bits(block.simd_eq(b'"')),
        backslash: bits(block.simd_eq(b'\\')),
        control: bits(block.simd_lt(0x20)),
        operator: bits(operator),
        space: bits(space),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    /// What the vectors are compared with.
    fn plain(bytes: &[u8; BLOCK]) -> Classes {
        let bits = |is: fn(u8) -> bool| bytes.iter().rev().fold(0, |bits, b| bits << 1 | u64::from(is(*b)));
        Classes {
            quote: bits(|b| b == b'"'),
            backslash: bits(|b| b == b'\\'),
            control: bits(|b| b < 0x20),
            operator: bits(|b| b"{}[]:,".contains(&b)),
            space: bits(|b| b" \t\n\r".contains(&b)),
        }
    }

    #[test]
    fn every_byte_is_told_at_every_place() {
        for level in [Level::new(), Level::baseline()] {
            for byte in 0..=255_u8 {
                for at in 0..BLOCK {
                    let mut block = [b'a'; BLOCK];
                    block[at] = byte;
                    block[(at * 7 + 3) % BLOCK] ^= byte;
                    let told = dispatch!(level, simd => classify(simd, &block));
                    assert_eq!(told, plain(&block), "{level:?} {block:?}");
                    let plain = plain(&block);
                    assert_eq!(told.all_plain(), plain.quote | plain.backslash | plain.control == 0);
                }
            }
        }
    }
}
