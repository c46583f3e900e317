//! Sixty-four bytes at once, with what every processor of a target has: SSE2 on x86-64, NEON on arm64.
//!
//! This is the crate's only unsafe code. It calls functions that need SSE2 or NEON, and is compiled only where the target's own
//! definition says that every processor has them (`cfg(target_feature)`), which is all that such a call asks for; and it loads
//! four times 16 bytes from a reference to 64. The test tries every byte value at every place against plain code.

#![allow(unsafe_code)]

/// Bytes in a block; one bit of a `u64` stands for each, the lowest for the first.
pub(super) const BLOCK: usize = 64;

/// Which bytes of a block are what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

pub(super) use vectors::{classify, ends_a_run};

/// The same for both; only their instructions differ.
mod vectors {
    use super::{BLOCK, Classes};

    #[cfg(target_arch = "aarch64")]
    use super::neon::{Vector, any, below_space, bits, eq, load, or, with_bit};
    #[cfg(target_arch = "x86_64")]
    use super::sse2::{Vector, any, below_space, bits, eq, load, or, with_bit};

    /// A block as four vectors.
    #[derive(Clone, Copy)]
    struct Four([Vector; 4]);

    /// Whether there is a quote, a backslash or a control character.
    #[inline]
    pub(in crate::json) fn ends_a_run(bytes: &[u8; BLOCK]) -> bool {
        // SAFETY: this module is compiled only where every processor has the instructions.
        unsafe { Four::load(bytes).ends_a_run() }
    }

    /// Tells every byte's class.
    #[inline]
    pub(in crate::json) fn classify(bytes: &[u8; BLOCK]) -> Classes {
        // SAFETY: as above.
        unsafe { Four::load(bytes).classify() }
    }

    impl Four {
        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn load(bytes: &[u8; BLOCK]) -> Self {
            Self(load(bytes))
        }

        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn ends_a_run(self) -> bool {
            let Self([a, b, c, d]) = self.eq(b'"').or(self.eq(b'\\')).or(self.below_space());
            any(or(or(a, b), or(c, d)))
        }

        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn classify(self) -> Classes {
            // This bit makes one of `[` and `{`, and of `]` and `}`.
            let folded = Self(self.0.map(|part| with_bit(part, 0x20)));
            let brackets = folded.eq(b'{').or(folded.eq(b'}'));
            let control = bits(self.below_space().0);
            let mut space = bits(self.eq(b' ').0);
            if control != 0 {
                space |= bits(self.eq(b'\n').or(self.eq(b'\r')).or(self.eq(b'\t')).0);
            }
            Classes {
                quote: bits(self.eq(b'"').0),
                backslash: bits(self.eq(b'\\').0),
                control,
                operator: bits(brackets.or(self.eq(b':')).or(self.eq(b',')).0),
                space,
            }
        }

        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn eq(self, byte: u8) -> Self {
            Self(self.0.map(|part| eq(part, byte)))
        }

        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn below_space(self) -> Self {
            Self(self.0.map(|part| below_space(part)))
        }

        #[inline]
        #[cfg_attr(target_arch = "x86_64", target_feature(enable = "sse2"))]
        #[cfg_attr(target_arch = "aarch64", target_feature(enable = "neon"))]
        fn or(self, other: Self) -> Self {
            let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
            Self([or(a, e), or(b, f), or(c, g), or(d, h)])
        }
    }
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod sse2 {
    use super::BLOCK;
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };

    pub(super) type Vector = __m128i;

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn load(bytes: &[u8; BLOCK]) -> [Vector; 4] {
        let start = bytes.as_ptr().cast::<Vector>();
        // SAFETY: four times 16 bytes lie in the 64; the load needs no alignment.
        [0, 1, 2, 3].map(|n| unsafe { _mm_loadu_si128(start.add(n)) })
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn eq(part: Vector, byte: u8) -> Vector {
        _mm_cmpeq_epi8(part, _mm_set1_epi8(byte.cast_signed()))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn below_space(part: Vector) -> Vector {
        _mm_cmpeq_epi8(_mm_min_epu8(part, _mm_set1_epi8(0x1f)), part)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn with_bit(part: Vector, bit: u8) -> Vector {
        _mm_or_si128(part, _mm_set1_epi8(bit.cast_signed()))
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn or(a: Vector, b: Vector) -> Vector {
        _mm_or_si128(a, b)
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn any(part: Vector) -> bool {
        _mm_movemask_epi8(part) != 0
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn bits(parts: [Vector; 4]) -> u64 {
        let [a, b, c, d] = parts.map(|part| u64::from(_mm_movemask_epi8(part).cast_unsigned()));
        a | b << 16 | c << 32 | d << 48
    }
}

#[cfg(all(target_arch = "aarch64", target_feature = "neon"))]
mod neon {
    use super::BLOCK;
    use std::arch::aarch64::{
        uint8x16_t, vandq_u8, vceqq_u8, vcltq_u8, vcombine_u8, vcreate_u8, vdupq_n_u8, vgetq_lane_u64,
        vld1q_u8, vmaxvq_u8, vorrq_u8, vpaddq_u8, vreinterpretq_u64_u8,
    };

    pub(super) type Vector = uint8x16_t;

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn load(bytes: &[u8; BLOCK]) -> [Vector; 4] {
        let start = bytes.as_ptr();
        // SAFETY: four times 16 bytes lie in the 64; the load needs no alignment.
        [0, 16, 32, 48].map(|n| unsafe { vld1q_u8(start.add(n)) })
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn eq(part: Vector, byte: u8) -> Vector {
        vceqq_u8(part, vdupq_n_u8(byte))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn below_space(part: Vector) -> Vector {
        vcltq_u8(part, vdupq_n_u8(0x20))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn with_bit(part: Vector, bit: u8) -> Vector {
        vorrq_u8(part, vdupq_n_u8(bit))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn or(a: Vector, b: Vector) -> Vector {
        vorrq_u8(a, b)
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn any(part: Vector) -> bool {
        vmaxvq_u8(part) != 0
    }

    /// Each byte keeps the bit of its place among eight; adding neighbours three times makes bytes of eight.
    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn bits(parts: [Vector; 4]) -> u64 {
        let places = vcreate_u8(0x8040_2010_0804_0201);
        let [a, b, c, d] = parts.map(|part| vandq_u8(part, vcombine_u8(places, places)));
        let sum = vpaddq_u8(vpaddq_u8(a, b), vpaddq_u8(c, d));
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)))
    }
}

/// What both are tested against.
#[cfg(test)]
mod plain {
    use super::{BLOCK, Classes};

    /// Whether there is a quote, a backslash or a control character.
    pub(in crate::json) fn ends_a_run(bytes: &[u8; BLOCK]) -> bool {
        bytes.iter().any(|&b| b == b'"' || b == b'\\' || b < 0x20)
    }

    /// Tells every byte's class.
    pub(in crate::json) fn classify(bytes: &[u8; BLOCK]) -> Classes {
        let bits = |is: fn(u8) -> bool| bytes.iter().rev().fold(0, |bits, b| bits << 1 | u64::from(is(*b)));
        Classes {
            quote: bits(|b| b == b'"'),
            backslash: bits(|b| b == b'\\'),
            control: bits(|b| b < 0x20),
            operator: bits(|b| b"{}[]:,".contains(&b)),
            space: bits(|b| b" \t\n\r".contains(&b)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=255_u8 {
            for at in 0..BLOCK {
                let mut block = [b'a'; BLOCK];
                block[at] = byte;
                block[(at * 7 + 3) % BLOCK] ^= byte;
                assert_eq!(classify(&block), plain::classify(&block), "{block:?}");
                assert_eq!(ends_a_run(&block), plain::ends_a_run(&block), "{block:?}");
            }
        }
    }
}
