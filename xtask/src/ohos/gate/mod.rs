//! Refuses a library that a device would refuse, or that ships something it should not.
//!
//! Each rule is a way in which a library that links, and even runs elsewhere, fails on a device: HarmonyOS's
//! loader binds every import at `dlopen`, and its code signing refuses text relocations and writable code.

mod facts;
#[cfg(test)]
mod tests;

use std::fmt;

use facts::{Facts, Segment};
use object::elf::{EM_AARCH64, EM_X86_64};

use super::{
    LIBRARY,
    abi::Abi,
    symbols::{DeviceSymbols, OPTIONAL},
};

/// The stripped library's largest size in bytes.
pub const BUDGET: usize = 450_000;

/// The only function the library exports. ArkTS's engine calls it after loading.
const EXPORT: &str = "napi_register_module_v1";

/// Pages are 4 KiB on today's devices and 16 KiB on the next ones; a library laid out for 16 KiB loads on both.
const PAGE: u64 = 16_384;

/// What a library is held against.
pub struct Rules {
    /// The processor it is for.
    pub abi: Abi,
    /// The symbols that resolve on a device, by the `SONAME` of the library that exports them.
    pub device: DeviceSymbols,
    /// The largest size in bytes; `None` for a debug build.
    pub budget: Option<usize>,
}

/// A reason to refuse a library.
#[derive(Debug, PartialEq, Eq)]
pub enum Finding {
    Unreadable(String),
    WrongMachine { expected: &'static str },
    NotShared,
    Soname(Option<String>),
    NotNeeded { library: String, symbol: String },
    ForeignNeeded(String),
    Undefined(String),
    Exported(String),
    NotExported,
    WritableCode { address: u64 },
    ExecutableStack,
    TextRelocation,
    SearchPath,
    NotReadOnlyAfterRelocation,
    LazyBinding,
    Unloadable,
    NoBuildId,
    Alignment { address: u64, align: u64 },
    Unstripped,
    TooBig { size: usize, budget: usize },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "cannot be read: {reason}"),
            Self::WrongMachine { expected } => write!(f, "is for another processor than {expected}"),
            Self::NotShared => f.write_str("is not a shared library"),
            Self::Soname(None) => write!(f, "has no SONAME; it must be {LIBRARY}"),
            Self::Soname(Some(name)) => write!(f, "has the SONAME {name} instead of {LIBRARY}"),
            Self::NotNeeded { library, symbol } => {
                write!(
                    f,
                    "imports {symbol} but does not name {library} in NEEDED, so a device cannot find it"
                )
            }
            Self::ForeignNeeded(name) => write!(f, "needs {name}, which no device offers to apps"),
            Self::Undefined(name) => write!(
                f,
                "imports {name}, which is not among the symbols known to be on a device \
                 (if the NDK exports it, add it to xtask/src/ohos/symbols/)"
            ),
            Self::Exported(name) => write!(f, "exports {name} besides {EXPORT}"),
            Self::NotExported => write!(f, "does not export {EXPORT}, so no engine can load it"),
            Self::WritableCode { address } => write!(f, "has writable code (segment at {address:#x})"),
            Self::ExecutableStack => f.write_str("asks for an executable stack"),
            Self::TextRelocation => f.write_str("has text relocations (code compiled without -fPIC?)"),
            Self::SearchPath => f.write_str("has an RPATH or RUNPATH"),
            Self::NotReadOnlyAfterRelocation => f.write_str("has no GNU_RELRO segment (link with -z relro)"),
            Self::LazyBinding => f.write_str("binds lazily (link with -z now)"),
            Self::Unloadable => {
                f.write_str("can be unloaded while its exit handlers run (link with -z nodelete)")
            }
            Self::NoBuildId => f.write_str("has no build id, which crash logs name (link with --build-id)"),
            Self::Alignment { address, align } => {
                write!(f, "aligns the segment at {address:#x} to {align} instead of {PAGE} bytes")
            }
            Self::Unstripped => f.write_str("still has its symbol table or debug information"),
            Self::TooBig { size, budget } => write!(f, "is {size} bytes, {} over its budget", size - budget),
        }
    }
}

/// Holds the library in `bytes` against `rules`: an empty list means that it may ship.
pub fn check(bytes: &[u8], rules: &Rules) -> Vec<Finding> {
    let facts = match Facts::read(bytes) {
        Ok(facts) => facts,
        Err(error) => return vec![Finding::Unreadable(format!("{error:#}"))],
    };
    let mut findings = Vec::new();
    findings.extend(identity(&facts, rules.abi));
    findings.extend(imports(&facts, &rules.device));
    findings.extend(exports(&facts));
    findings.extend(facts.segments.iter().flat_map(segment));
    findings.extend(hardening(&facts));
    findings.extend(size(bytes.len(), rules.budget));
    findings
}

fn identity(facts: &Facts, abi: Abi) -> Vec<Finding> {
    let machine = match abi {
        Abi::Arm64V8a => EM_AARCH64,
        Abi::X86_64 => EM_X86_64,
    };
    let soname = facts.soname.as_deref() == Some(LIBRARY);
    [
        (facts.machine != machine.0).then_some(Finding::WrongMachine { expected: abi.name() }),
        (!facts.shared).then_some(Finding::NotShared),
        (!soname).then(|| Finding::Soname(facts.soname.clone())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn imports(facts: &Facts, device: &DeviceSymbols) -> Vec<Finding> {
    let foreign = facts.needed.iter().filter(|name| !device.contains_key(*name));
    let mut findings: Vec<Finding> = foreign.map(|name| Finding::ForeignNeeded(name.clone())).collect();
    for import in &facts.imports {
        let symbol = &import.name;
        match device.iter().find(|(_, exported)| exported.contains(symbol)) {
            Some((library, _)) if !facts.needed.contains(library) => {
                findings.push(Finding::NotNeeded { library: library.clone(), symbol: symbol.clone() });
            }
            Some(_) => {}
            None if import.weak && OPTIONAL.contains(&symbol.as_str()) => {}
            None => findings.push(Finding::Undefined(symbol.clone())),
        }
    }
    findings
}

fn exports(facts: &Facts) -> Vec<Finding> {
    let extra = facts.exports.iter().filter(|name| *name != EXPORT);
    let mut findings: Vec<Finding> = extra.map(|name| Finding::Exported(name.clone())).collect();
    if !facts.exports.iter().any(|name| name == EXPORT) {
        findings.push(Finding::NotExported);
    }
    findings
}

fn segment(segment: &Segment) -> Vec<Finding> {
    let &Segment { address, align, writable, executable } = segment;
    let writable_code = (writable && executable).then_some(Finding::WritableCode { address });
    let alignment = (align < PAGE).then_some(Finding::Alignment { address, align });
    writable_code.into_iter().chain(alignment).collect()
}

fn hardening(facts: &Facts) -> Vec<Finding> {
    let rules = [
        (facts.executable_stack, Finding::ExecutableStack),
        (facts.text_relocations, Finding::TextRelocation),
        (facts.search_path, Finding::SearchPath),
        (!facts.relro, Finding::NotReadOnlyAfterRelocation),
        (!facts.bind_now, Finding::LazyBinding),
        (!facts.nodelete, Finding::Unloadable),
        (!facts.build_id, Finding::NoBuildId),
        (facts.unstripped, Finding::Unstripped),
    ];
    rules.into_iter().filter(|(broken, _)| *broken).map(|(_, finding)| finding).collect()
}

fn size(size: usize, budget: Option<usize>) -> Option<Finding> {
    let budget = budget.filter(|budget| size > *budget)?;
    Some(Finding::TooBig { size, budget })
}
