//! What an ELF file says of itself, as far as the gate asks.

use anyhow::{Context, Result, ensure};
use object::{
    Endianness, Object, ObjectSegment, ObjectSymbol,
    elf::{
        self, DF_1_NODELETE, DF_1_NOW, DF_BIND_NOW, DF_TEXTREL, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1, DT_NEEDED,
        DT_RPATH, DT_RUNPATH, DT_SONAME, DT_TEXTREL, FileHeader64,
    },
    read::elf::{ElfFile64, FileHeader, ProgramHeader},
};

/// The facts, read once.
#[derive(Debug, Default)]
pub struct Facts {
    pub machine: u16,
    pub shared: bool,
    pub soname: Option<String>,
    pub needed: Vec<String>,
    pub segments: Vec<Segment>,
    pub executable_stack: bool,
    pub relro: bool,
    pub bind_now: bool,
    pub nodelete: bool,
    pub text_relocations: bool,
    pub search_path: bool,
    pub build_id: bool,
    pub exports: Vec<String>,
    pub imports: Vec<Import>,
    pub unstripped: bool,
}

/// A `LOAD` segment.
#[derive(Debug)]
pub struct Segment {
    pub address: u64,
    pub align: u64,
    pub writable: bool,
    pub executable: bool,
}

/// An undefined dynamic symbol.
#[derive(Debug)]
pub struct Import {
    pub name: String,
    pub weak: bool,
}

impl Facts {
    /// Reads `bytes`, which must be a little-endian 64-bit ELF file with a dynamic section.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let file = ElfFile64::<Endianness>::parse(bytes).context("not a 64-bit ELF file")?;
        ensure!(file.is_little_endian(), "the file is big-endian");
        let mut facts = Self::default();
        facts.read_header(&file);
        facts.read_segments(&file);
        facts.read_dynamic_section(&file)?;
        facts.read_symbols(&file)?;
        facts.text_relocations |= facts.relocates_read_only_memory(&file);
        facts.build_id = file.build_id().context("the notes are damaged")?.is_some_and(|id| !id.is_empty());
        facts.unstripped = file.section_by_name(".symtab").is_some() || file.has_debug_symbols();
        Ok(facts)
    }

    fn read_header(&mut self, file: &ElfFile64<'_>) {
        let header: &FileHeader64<Endianness> = file.elf_header();
        self.machine = header.e_machine(file.endian()).0;
        self.shared = header.e_type(file.endian()) == elf::ET_DYN;
    }

    fn read_segments(&mut self, file: &ElfFile64<'_>) {
        let endian = file.endian();
        for header in file.elf_program_headers() {
            let flags = header.p_flags(endian);
            let executable = flags.contains(elf::PF_X);
            match header.p_type(endian) {
                elf::PT_LOAD => self.segments.push(Segment {
                    address: header.p_vaddr(endian),
                    align: header.p_align(endian),
                    writable: flags.contains(elf::PF_W),
                    executable,
                }),
                elf::PT_GNU_STACK => self.executable_stack = executable,
                elf::PT_GNU_RELRO => self.relro = true,
                _ => {}
            }
        }
    }

    fn read_dynamic_section(&mut self, file: &ElfFile64<'_>) -> Result<()> {
        let table = file.elf_dynamic_table().context("the dynamic section is damaged")?;
        ensure!(!table.is_empty(), "the file has no dynamic section");
        for entry in table.iter() {
            let text = || -> Result<String> {
                let name = table.string(entry).context("a name in the dynamic section is damaged")?;
                Ok(String::from_utf8_lossy(name).into_owned())
            };
            match entry.tag {
                DT_SONAME => self.soname = Some(text()?),
                DT_NEEDED => self.needed.push(text()?),
                DT_RPATH | DT_RUNPATH => self.search_path = true,
                DT_TEXTREL => self.text_relocations = true,
                DT_BIND_NOW => self.bind_now = true,
                DT_FLAGS => {
                    self.text_relocations |= entry.val & DF_TEXTREL.0 != 0;
                    self.bind_now |= entry.val & DF_BIND_NOW.0 != 0;
                }
                DT_FLAGS_1 => {
                    self.bind_now |= entry.val & DF_1_NOW.0 != 0;
                    self.nodelete |= entry.val & DF_1_NODELETE.0 != 0;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn read_symbols(&mut self, file: &ElfFile64<'_>) -> Result<()> {
        for symbol in file.dynamic_symbols() {
            let name = symbol.name().context("the name of a dynamic symbol is damaged")?.to_owned();
            if symbol.is_undefined() {
                self.imports.push(Import { name, weak: symbol.is_weak() });
            } else if symbol.is_global() {
                self.exports.push(name);
            }
        }
        Ok(())
    }

    /// Linkers announce text relocations with a tag; a file that lacks the tag could still have them.
    fn relocates_read_only_memory(&self, file: &ElfFile64<'_>) -> bool {
        let read_only: Vec<(u64, u64)> = file
            .segments()
            .filter(|segment| self.segments.iter().any(|s| s.address == segment.address() && !s.writable))
            .map(|segment| (segment.address(), segment.address().saturating_add(segment.size())))
            .collect();
        let inside = |at: u64| read_only.iter().any(|&(start, end)| (start..end).contains(&at));
        file.dynamic_relocations().is_some_and(|mut all| all.any(|(at, _)| inside(at)))
    }
}
