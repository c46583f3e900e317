//! Renames imports of the library's copy that Node loads: a name is overwritten in the dynamic string table by another of the same
//! length, and nothing else in the file changes.

use anyhow::{Context, Result, ensure};

/// Node keeps the pointer that a library registers itself with, which points to a stack here: the copy calls a function of the
/// double that does nothing.
const REGISTER: (&str, &str) = ("napi_module_register", "pushseal_no_register");

/// The functions that OpenHarmony's Node-API does differently. The double has them with this first part of the name.
const DIFFERENT: [&str; 4] = [
    "napi_create_error",
    "napi_create_string_utf16",
    "napi_get_value_string_latin1",
    "napi_get_value_string_utf8",
];
const FIRST_PART: (&str, &str) = ("napi_", "ohos_");

/// How Node-API behaves in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeApi {
    /// As Node does it: what measures wants nothing in between.
    Node,
    /// As OpenHarmony does it.
    OpenHarmony,
}

/// Makes of a library's bytes those of a copy that Node can load.
pub fn adapt(library: &mut [u8], node_api: NodeApi) -> Result<()> {
    ensure!(rename(library, REGISTER.0, REGISTER.1)?, "the library does not import {}", REGISTER.0);
    if node_api == NodeApi::OpenHarmony {
        for name in DIFFERENT {
            // A library need not import each of them.
            rename(library, name, &name.replacen(FIRST_PART.0, FIRST_PART.1, 1))?;
        }
    }
    Ok(())
}

/// Overwrites the name of an import, if it is there.
fn rename(library: &mut [u8], from: &str, to: &str) -> Result<bool> {
    ensure!(from.len() == to.len(), "the names differ in length");
    let table = dynamic_strings(library)?;
    let strings = library.get_mut(table).context("the dynamic string table lies outside the file")?;
    let wanted = [b"\0", from.as_bytes(), b"\0"].concat();
    let Some(at) = strings.windows(wanted.len()).position(|window| window == wanted) else {
        return Ok(false);
    };
    let name = strings.get_mut(at + 1..at + 1 + from.len()).context("the name lies outside the table")?;
    name.copy_from_slice(to.as_bytes());
    Ok(true)
}

fn dynamic_strings(bytes: &[u8]) -> Result<std::ops::Range<usize>> {
    use object::{Object, ObjectSection};
    let file = object::File::parse(bytes).context("not an ELF file")?;
    let section = file.section_by_name(".dynstr").context("the file has no .dynstr")?;
    let (start, size) = section.file_range().context(".dynstr has no bytes in the file")?;
    let start = usize::try_from(start)?;
    Ok(start..start.saturating_add(usize::try_from(size)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ohos::{abi::Abi, sample::Sample};
    use object::{Object, ObjectSymbol};

    fn imports(library: &[u8]) -> Vec<String> {
        let file = object::File::parse(library).unwrap();
        let undefined = file.dynamic_symbols().filter(ObjectSymbol::is_undefined);
        undefined.map(|symbol| symbol.name().unwrap().to_owned()).collect()
    }

    /// A library that imports what is renamed, and what has such a name in its own.
    fn sample(abi: Abi) -> Vec<u8> {
        let mut sample = Sample::right(abi);
        sample.source = sample.source.replace(
            "void abort(void);",
            "void abort(void); int napi_create_error(void); int napi_create_object(void);",
        );
        sample.source = sample.source.replace(
            "if (!env) abort();",
            "if (!env) abort(); if (napi_create_error()) return 0; if (napi_create_object()) return 0;",
        );
        sample.build()
    }

    #[test]
    fn only_the_names_of_imports_change() {
        for abi in Abi::ALL {
            let original = sample(abi);
            for (node_api, error) in
                [(NodeApi::Node, "napi_create_error"), (NodeApi::OpenHarmony, "ohos_create_error")]
            {
                let mut renamed = original.clone();
                adapt(&mut renamed, node_api).unwrap();
                let (before, after) = (imports(&original), imports(&renamed));
                assert!(
                    before.iter().any(|name| name == REGISTER.0)
                        && before.iter().any(|name| name == "napi_create_error")
                );
                let expected = before.iter().map(|name| match name.as_str() {
                    "napi_module_register" => REGISTER.1,
                    "napi_create_error" => error,
                    other => other,
                });
                assert!(after.iter().map(String::as_str).eq(expected), "{after:?}");
                let differing = (0..original.len()).filter(|&at| original[at] != renamed[at]).count();
                assert!(0 < differing && differing <= REGISTER.0.len() + FIRST_PART.0.len());
            }
        }
    }

    #[test]
    fn a_library_that_registers_nothing_is_refused() {
        let mut library = Sample::right(Abi::X86_64);
        library.source = library.source.replace("napi_module_register(exports);", "");
        let mut library = library.build();
        let original = library.clone();
        let error = adapt(&mut library, NodeApi::OpenHarmony).unwrap_err();
        assert_eq!(error.to_string(), "the library does not import napi_module_register");
        assert_eq!(library, original);
    }
}
