//! Small shared libraries for the tests: one that the gate has nothing against, and ways to spoil it.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use object::{
    LittleEndian, U16, U32,
    elf::{self, ProgramHeader64},
};

use super::{abi::Abi, symbols::DEVICE_LIBRARIES};
use crate::process::run;

/// A module as small as can be. Everything but the module's own export is hidden.
pub const SOURCE: &str = r#"
    void napi_module_register(void *);
    void abort(void);
    __attribute__((visibility("default"))) void *napi_register_module_v1(void *env, void *exports) {
        if (!env) abort();
        napi_module_register(exports);
        return exports;
    }
"#;

pub const SONAME: &str = "-soname,libpushseal_native.so";

/// A library to build: its source, the device's libraries it is linked with, and the linker's flags.
pub struct Sample {
    abi: Abi,
    pub source: String,
    pub libraries: Vec<String>,
    flags: Vec<String>,
}

impl Sample {
    /// One that the gate has nothing against.
    pub fn right(abi: Abi) -> Self {
        let flags = [
            SONAME,
            "--build-id=sha1",
            "--strip-all",
            "-z,max-page-size=16384",
            "-z,noexecstack",
            "-z,nodelete",
            "-z,now",
            "-z,relro",
        ];
        Self {
            abi,
            source: SOURCE.to_owned(),
            libraries: DEVICE_LIBRARIES.iter().map(|library| library.soname.to_owned()).collect(),
            flags: flags.map(str::to_owned).to_vec(),
        }
    }

    pub fn flag(&mut self, flag: &str) {
        self.flags.push(flag.to_owned());
    }

    pub fn replace(&mut self, flag: &str, by: &str) {
        let found = self.flags.iter_mut().find(|present| *present == flag);
        found.expect("the right sample has this flag").replace_range(.., by);
    }

    /// The linked library's bytes.
    pub fn build(&self) -> Vec<u8> {
        let folder = new_folder();
        let stubs: Vec<PathBuf> = self.libraries.iter().map(|library| self.stub(&folder, library)).collect();
        let (file, library) = (folder.join("sample.c"), folder.join("sample.so"));
        fs::write(&file, &self.source).unwrap();
        let mut clang = self.clang();
        clang.args(["-fvisibility=hidden", "-Wl,--as-needed"]);
        clang.args(self.flags.iter().map(|flag| format!("-Wl,{flag}")));
        // The flags come first: `--no-as-needed` is for the libraries that follow it.
        run(clang.arg("-o").args([&library, &file]).args(stubs), "build a sample").unwrap();
        let bytes = fs::read(&library).unwrap();
        fs::remove_dir_all(folder).unwrap();
        bytes
    }

    fn stub(&self, folder: &std::path::Path, library: &str) -> PathBuf {
        let (file, stub) = (folder.join("stub.c"), folder.join(library));
        let listed = DEVICE_LIBRARIES.iter().filter(|known| known.soname == library);
        let functions: String = listed
            .flat_map(|known| known.imports())
            .map(|name| format!("void {name}(void) {{}}\n"))
            .collect();
        fs::write(&file, functions).unwrap();
        let mut clang = self.clang();
        clang.args(["-fno-builtin", "-w", &format!("-Wl,-soname,{library}")]).arg("-o").args([&stub, &file]);
        run(&mut clang, "build a link stub").unwrap();
        stub
    }

    fn clang(&self) -> Command {
        let mut clang = Command::new("clang-19");
        clang.arg(format!("--target={}", self.abi.clang_triple()));
        clang.args(["-O1", "-fPIC", "-shared", "-nostdlib", "-fuse-ld=lld"]);
        clang
    }
}

/// A folder of its own for each caller.
pub fn new_folder() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("pushseal-gate-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Adds the write permission to the code's segment and returns its address.
pub fn make_code_writable(library: &mut [u8]) -> u64 {
    let code = program_headers(library)
        .iter_mut()
        .find(|header| {
            header.p_type.get(LittleEndian) == elf::PT_LOAD
                && header.p_flags.get(LittleEndian).contains(elf::PF_X)
        })
        .expect("a library has code");
    code.p_flags = U32::new(LittleEndian, code.p_flags.get(LittleEndian) | elf::PF_W);
    code.p_vaddr.get(LittleEndian)
}

/// Turns the tags that announce text relocations into others that say nothing.
pub fn erase_text_relocation_tags(library: &mut [u8]) {
    let dynamic = *program_headers(library)
        .iter()
        .find(|header| header.p_type.get(LittleEndian) == elf::PT_DYNAMIC)
        .expect("a library has a dynamic section");
    let start = usize::try_from(dynamic.p_offset.get(LittleEndian)).unwrap();
    let size = usize::try_from(dynamic.p_filesz.get(LittleEndian)).unwrap();
    let (entries, _) =
        object::slice_from_bytes_mut::<elf::Dyn64<LittleEndian>>(&mut library[start..], size / 16).unwrap();
    let mut erased = 0;
    for entry in entries {
        let (tag, value) = (entry.d_tag.get(LittleEndian), entry.d_val.get(LittleEndian));
        if tag == elf::DT_TEXTREL {
            entry.d_tag.set(LittleEndian, elf::DT_DEBUG);
            erased += 1;
        } else if tag == elf::DT_FLAGS && value & elf::DF_TEXTREL.0 != 0 {
            entry.d_val.set(LittleEndian, value & !elf::DF_TEXTREL.0);
            erased += 1;
        }
    }
    assert!(erased > 0, "the sample announces its text relocations");
}

/// Changes the file's type from shared library to program.
pub fn make_executable(library: &mut [u8]) {
    let (header, _) = object::from_bytes_mut::<elf::FileHeader64<LittleEndian>>(library).unwrap();
    header.e_type = U16::new(LittleEndian, elf::ET_EXEC);
}

fn program_headers(library: &mut [u8]) -> &mut [ProgramHeader64<LittleEndian>] {
    let (header, _) = object::from_bytes::<elf::FileHeader64<LittleEndian>>(library).unwrap();
    let start = usize::try_from(header.e_phoff.get(LittleEndian)).unwrap();
    let count = usize::from(header.e_phnum.get(LittleEndian));
    object::slice_from_bytes_mut(&mut library[start..], count).unwrap().0
}
