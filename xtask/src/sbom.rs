//! The bill of materials of the native library: CycloneDX 1.6 in JSON.

use crate::har::third_party;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Writes `target/har/pushseal.cdx.json`.
pub fn write(root: &Path, version: &str) -> Result<PathBuf> {
    let tree = third_party::tree(root)?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
    let checksums = checksums(&lock);
    let components = third_party::crates(&tree)?
        .into_iter()
        .map(|part| component(part.name, part.version, part.licence, &checksums))
        .collect::<Result<Vec<_>>>()?;
    let bom = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {
            "type": "library", "name": "pushseal", "version": version, "bom-ref": "pushseal",
            "licenses": [{"expression": "Apache-2.0"}],
        }},
        "components": components,
    });
    let path = root.join("target/har/pushseal.cdx.json");
    fs::create_dir_all(root.join("target/har"))?;
    fs::write(&path, serde_json::to_string_pretty(&bom)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn component(
    name: &str,
    version: &str,
    licence: &str,
    checksums: &BTreeMap<(&str, &str), &str>,
) -> Result<Value> {
    let checksum = checksums
        .get(&(name, version))
        .with_context(|| format!("Cargo.lock has no checksum of {name} {version}"))?;
    let purl = format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"));
    Ok(json!({
        "type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
        "licenses": [{"expression": licence.replace(" / ", " OR ").replace('/', " OR ")}],
        "hashes": [{"alg": "SHA-256", "content": checksum}],
    }))
}

/// The SHA-256 of each package's archive, by name and version, out of the lock file.
fn checksums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let blocks = lock.split("[[package]]").skip(1);
    blocks
        .filter_map(|block| {
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"'))
            };
            Some(((field("name")?, field("version")?), field("checksum")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_has_its_archive_s_hash() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0+x\"\nsource = \"r\"\nchecksum = \"abc\"\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";
        let checksums = checksums(lock);
        assert_eq!(checksums.len(), 1, "a package of our own has none");
        let part = component("a", "1.0.0+x", "MIT/Apache-2.0", &checksums).unwrap();
        assert_eq!(part.pointer("/hashes/0/content"), Some(&json!("abc")));
        assert_eq!(part.pointer("/licenses/0/expression"), Some(&json!("MIT OR Apache-2.0")));
        assert_eq!(part.get("purl"), Some(&json!("pkg:cargo/a@1.0.0%2Bx")));
        assert!(component("b", "1.0.0", "MIT", &checksums).is_err());
    }
}
