//! What the library may import, and from which of the device's libraries.
//!
//! The lists are facts of our own making: what this library was seen to import, built for release or for
//! debugging, and the device's library exports. They also make the link stubs of the small NDK. A new import
//! fails the gate until it is looked up in the NDK's own list of exports and added here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context, Result};
use object::{Object, ObjectSymbol};

/// One of the device's libraries.
pub struct DeviceLibrary {
    /// Its `DT_NEEDED` name.
    pub soname: &'static str,
    imports: &'static str,
}

impl DeviceLibrary {
    /// The functions (and data) that our library may import from it.
    pub fn imports(&self) -> impl Iterator<Item = &'static str> {
        self.imports.lines()
    }
}

/// Every library that ours may need.
pub const DEVICE_LIBRARIES: [DeviceLibrary; 3] = [
    DeviceLibrary { soname: "libace_napi.z.so", imports: include_str!("symbols/libace_napi.z.so.txt") },
    DeviceLibrary { soname: "libhilog_ndk.z.so", imports: include_str!("symbols/libhilog_ndk.z.so.txt") },
    DeviceLibrary { soname: "libc.so", imports: include_str!("symbols/libc.so.txt") },
];

/// Weak references that may stay unresolved: compiler-rt's `crtbeginS.o`, which an SDK links in, tests them
/// for null before it calls them.
pub const OPTIONAL: [&str; 2] = ["__register_frame_info", "__deregister_frame_info"];

/// Symbols that resolve on a device, by the `SONAME` of the library that exports them.
pub type DeviceSymbols = BTreeMap<String, BTreeSet<String>>;

/// What resolves on a device, by our own lists.
pub fn listed() -> DeviceSymbols {
    let entry =
        |library: &DeviceLibrary| (library.soname.to_owned(), library.imports().map(str::to_owned).collect());
    DEVICE_LIBRARIES.iter().map(entry).collect()
}

/// What resolves on a device, by the libraries of an SDK in `folder` (`sysroot/usr/lib/<triple>`).
pub fn exported_by_sdk(folder: &Path) -> Result<DeviceSymbols> {
    let entry =
        |library: &DeviceLibrary| Ok((library.soname.to_owned(), exports_of(&folder.join(library.soname))?));
    DEVICE_LIBRARIES.iter().map(entry).collect()
}

fn exports_of(library: &Path) -> Result<BTreeSet<String>> {
    let bytes = fs::read(library).with_context(|| format!("the SDK has no {}", library.display()))?;
    let file =
        object::File::parse(&*bytes).with_context(|| format!("{} is no ELF file", library.display()))?;
    let defined = file.dynamic_symbols().filter(ObjectSymbol::is_definition);
    Ok(defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_name_each_symbol_once() {
        for library in &DEVICE_LIBRARIES {
            let names: Vec<&str> = library.imports().collect();
            assert!(!names.is_empty());
            assert!(names.is_sorted_by(|a, b| a < b), "{} is not sorted", library.soname);
        }
    }

    /// The NDK's own lists lie beside a checkout for those who maintain the product, not in it.
    #[test]
    fn every_listed_import_is_exported_by_the_device() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/ndk");
        if !folder.is_dir() {
            eprintln!("skipped: no NDK symbol lists in {}", folder.display());
            return;
        }
        for library in &DEVICE_LIBRARIES {
            let list = fs::read_to_string(folder.join(format!("{}.txt", library.soname))).unwrap();
            let exported: BTreeSet<&str> = list.lines().collect();
            let foreign: Vec<&str> = library.imports().filter(|name| !exported.contains(name)).collect();
            assert!(foreign.is_empty(), "{} does not export {foreign:?}", library.soname);
        }
    }
}
