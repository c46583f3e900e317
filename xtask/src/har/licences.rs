//! The licence texts of packages, out of the packages themselves.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What a package's licence file begins with.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];

/// The MIT licence, for packages that name it and carry no text (SPDX's, after the line of the copyright).
const MIT: &str = include_str!("mit.txt");

/// A package that is linked into the library, as `cargo metadata` describes it.
pub(super) struct Package<'a> {
    pub(super) title: String,
    pub(super) licence: &'a str,
    pub(super) folder: &'a Path,
    pub(super) authors: Vec<&'a str>,
    pub(super) home: &'a str,
}

/// Finds a package in the output of `cargo metadata`.
pub(super) fn package<'a>(
    metadata: &'a Value,
    name: &str,
    version: &str,
    licence: &'a str,
) -> Result<Package<'a>> {
    let packages = metadata.get("packages").and_then(Value::as_array).context("no packages")?;
    let text = |package: &'a Value, member: &str| package.get(member).and_then(Value::as_str);
    let found = packages
        .iter()
        .find(|package| text(package, "name") == Some(name) && text(package, "version") == Some(version));
    let found = found.with_context(|| format!("cargo metadata has no {name} {version}"))?;
    let folder = text(found, "manifest_path").and_then(|path| Path::new(path).parent());
    let authors = found.get("authors").and_then(Value::as_array).into_iter().flatten();
    Ok(Package {
        title: format!("{name} {version}"),
        licence,
        folder: folder.context("a package without a folder")?,
        authors: authors.filter_map(Value::as_str).collect(),
        home: text(found, "repository").unwrap_or_default(),
    })
}

/// Every text once, with the packages that it belongs to. The Apache License is left out: the HAR has it as `LICENSE`.
pub(super) fn texts(packages: &[Package<'_>]) -> Result<String> {
    let mut by_text: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for package in packages {
        for text in of(package)? {
            by_text.entry(text).or_default().push(&package.title);
        }
    }
    let mut sections: Vec<_> = by_text.into_iter().map(|(text, titles)| (titles.join(", "), text)).collect();
    sections.sort_unstable();
    Ok(sections.iter().map(|(titles, text)| format!("\n## {titles}\n\n```text\n{text}\n```\n")).collect())
}

fn of(package: &Package<'_>) -> Result<Vec<String>> {
    let entries = fs::read_dir(package.folder)
        .with_context(|| format!("cannot read {}", package.folder.display()))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(|path| is_licence(path)).collect();
    files.sort_unstable();
    let read = |path: &std::path::PathBuf| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let texts = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let own: Vec<String> = texts.iter().filter(|text| !is_apache(text)).map(|text| tidy(text)).collect();
    if !own.is_empty() || package.licence.contains("Apache-2.0") {
        return Ok(own);
    }
    if package.licence != "MIT" {
        bail!("{} names {} and carries no text of it", package.title, package.licence);
    }
    let holders = package.authors.join(", ");
    let holders = if holders.is_empty() {
        format!("the authors of {}", package.home)
    } else {
        without_addresses(&holders)
    };
    Ok(vec![tidy(&format!("MIT License\n\nCopyright (c) {holders}\n\n{MIT}"))])
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    path.is_file() && NAMES.iter().any(|start| name.starts_with(start))
}

fn is_apache(text: &str) -> bool {
    text.contains("Apache License") && text.contains("TERMS AND CONDITIONS FOR USE, REPRODUCTION")
}

/// The same text whatever system its file was written on.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

fn without_addresses(authors: &str) -> String {
    let names = authors.split(", ").map(|author| author.split(" <").next().unwrap_or(author));
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package<'a>(title: &str, licence: &'a str, folder: &'a Path) -> Package<'a> {
        let authors = vec!["A B <a@b.example>", "C"];
        Package { title: title.to_owned(), licence, folder, authors, home: "https://example.com/x" }
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_text_stands_once_with_all_that_have_it_and_apache_stands_in_the_package() {
        let apache = "Apache License\nTERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION";
        let one =
            folder(&[("LICENSE-MIT", "text\r\nof it\n"), ("LICENSE-APACHE", apache), ("lib.rs", "code")]);
        let other = folder(&[("license.md", "text\nof it")]);
        let text =
            texts(&[package("a 1", "MIT OR Apache-2.0", one.path()), package("b 2", "MIT", other.path())]);
        assert_eq!(text.unwrap(), "\n## a 1, b 2\n\n```text\ntext\nof it\n```\n");
        let only = folder(&[("LICENSE", apache)]);
        assert_eq!(texts(&[package("c 3", "Apache-2.0", only.path())]).unwrap(), "");
    }

    #[test]
    fn a_package_without_a_text_gets_the_mit_licence_or_is_refused() {
        let empty = folder(&[]);
        let text = texts(&[package("a 1", "MIT", empty.path())]).unwrap();
        assert!(text.contains("Copyright (c) A B, C\n\nPermission is hereby granted"), "{text}");
        let nobody = Package { authors: Vec::new(), ..package("a 1", "MIT", empty.path()) };
        assert!(texts(&[nobody]).unwrap().contains("Copyright (c) the authors of https://example.com/x"));
        assert!(
            texts(&[package("a 1", "ISC", empty.path())]).unwrap_err().to_string().contains("a 1 names ISC")
        );
    }
}
