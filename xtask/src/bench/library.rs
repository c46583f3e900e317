//! What the libraries for devices weigh.

use super::series::{Row, Series, rows};
use crate::ohos::Built;
use anyhow::{Context, Result};
use object::{Endianness, Object, ObjectSection, read::elf::ElfFile64};
use std::fs;

/// The section of these rows.
pub const SECTION: &str = "library for devices";

/// Size and relocations of each library.
pub fn facts(libraries: &[Built]) -> Result<Vec<Row>> {
    let mut series = Vec::new();
    for built in libraries {
        let bytes =
            fs::read(&built.library).with_context(|| format!("cannot read {}", built.library.display()))?;
        let mut add = |what: &str, unit: &str, count: usize| -> Result<()> {
            let count = u32::try_from(count)?;
            series.push(Series {
                what: what.to_owned(),
                who: built.abi.name().to_owned(),
                unit: unit.to_owned(),
                samples: vec![f64::from(count)],
            });
            Ok(())
        };
        add("size", "bytes", bytes.len())?;
        add("relocations at load", "", relocations(&bytes)?)?;
    }
    Ok(rows(SECTION, &series))
}

/// What the loader has to write before the library runs: single relocations and those packed as bitmaps (RELR).
fn relocations(bytes: &[u8]) -> Result<usize> {
    let file = ElfFile64::<Endianness>::parse(bytes).context("not a 64-bit ELF file")?;
    let mut count = 0;
    for section in file.sections() {
        let data = section.data()?;
        match section.name()? {
            ".rela.dyn" | ".rela.plt" => count += data.len() / 24,
            ".relr.dyn" => count += packed(data),
            _ => {}
        }
    }
    Ok(count)
}

/// An even entry is the address of one relocation; each bit but the lowest of an odd one stands for another.
fn packed(entries: &[u8]) -> usize {
    let words = entries.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word));
    let relocations = words.map(|word| if word % 2 == 0 { 1 } else { word.count_ones() - 1 });
    usize::try_from(relocations.sum::<u32>()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_relocations_are_counted() {
        let words = [0x1000_u64, 0b1011, u64::MAX, 0x2000];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        assert_eq!(packed(&bytes), 1 + 2 + 63 + 1);
    }
}
