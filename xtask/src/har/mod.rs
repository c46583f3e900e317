//! The HAR: what an app installs, with the native library for every ABI inside.

mod pack;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::ohos::{self, Abi, Profile};

/// What goes into the HAR: path below `package/`, with `/`, and contents.
type Files = BTreeMap<String, Vec<u8>>;

/// The largest HAR in bytes that may ship.
const BUDGET: usize = 1_000_000;

/// What is packed from the HAR module's folder, as it lies there; a folder with all in it.
const FROM_MODULE: [&str; 8] = [
    "oh-package.json5",
    "Index.ets",
    "Extension.ets",
    "README.md",
    "THIRD-PARTY.md",
    "src/main/module.json5",
    "src/main/ets",
    "types/libpushseal_native",
];

/// The rules of obfuscation for the app, and their name in a package: hvigor gives them that when it builds a HAR
/// ("obfuscation.txt" in OpenHarmony's "ArkGuard for Code Obfuscation").
const OBFUSCATION: (&str, &str) = ("arkts/consumer-rules.txt", "obfuscation.txt");

/// What is packed from the repository's root.
const FROM_ROOT: [&str; 2] = ["LICENSE", "CHANGELOG.md"];

/// Builds the library for every ABI and packs `target/har/pushseal.har`.
pub fn har(root: &Path) -> Result<PathBuf> {
    let built = ohos::so(root, &Abi::ALL, Profile::Release)?;
    let mut files = sources(root)?;
    for library in built {
        files.insert(format!("libs/{}/{}", library.abi, ohos::LIBRARY), read(&library.library)?);
    }
    let archive = pack::pack(&files)?;
    within_budget(archive.len())?;
    write(root, &archive)
}

fn sources(root: &Path) -> Result<Files> {
    let mut files = Files::new();
    for name in FROM_MODULE {
        add(&mut files, &root.join("arkts").join(name), name)?;
    }
    for name in FROM_ROOT {
        add(&mut files, &root.join(name), name)?;
    }
    let (rules, packed) = OBFUSCATION;
    add(&mut files, &root.join(rules), packed)?;
    Ok(files)
}

fn add(files: &mut Files, from: &Path, name: &str) -> Result<()> {
    if !from.is_dir() {
        files.insert(name.to_owned(), read(from)?);
        return Ok(());
    }
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let inside = entry.file_name();
        let Some(inside) = inside.to_str() else { bail!("{} has no UTF-8 name", entry.path().display()) };
        add(files, &entry.path(), &format!("{name}/{inside}"))?;
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}, which belongs into the HAR", file.display()))
}

fn within_budget(size: usize) -> Result<()> {
    if size > BUDGET {
        bail!(
            "the HAR has {size} bytes, more than {BUDGET}: the libraries are the most of it, and \
             `rustup component add rust-src` makes them half as large"
        );
    }
    eprintln!("har: {size} bytes");
    Ok(())
}

fn write(root: &Path, archive: &[u8]) -> Result<PathBuf> {
    let folder = root.join("target/har");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let file = folder.join("pushseal.har");
    fs::write(&file, archive).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_those_of_an_installable_package() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let files = sources(root).unwrap();
        for name in [
            "oh-package.json5",
            "Index.ets",
            "Extension.ets",
            "LICENSE",
            "README.md",
            "THIRD-PARTY.md",
            "CHANGELOG.md",
            "obfuscation.txt",
            "src/main/module.json5",
            "src/main/ets/PushSeal.ets",
            "types/libpushseal_native/oh-package.json5",
            "types/libpushseal_native/index.d.ts",
        ] {
            assert!(files.get(name).is_some_and(|contents| !contents.is_empty()), "{name}");
        }
        assert!(files.keys().all(|name| !name.starts_with("libs/") && !name.contains("hvigor")));
    }

    #[test]
    fn a_har_over_the_budget_is_refused() {
        within_budget(BUDGET).unwrap();
        let refused = within_budget(BUDGET + 1).unwrap_err().to_string();
        assert!(refused.contains("1000001 bytes"), "{refused}");
    }
}
