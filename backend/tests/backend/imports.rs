//! No two files of the backend import each other: whoever reads one of them need not know the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The text of each file under `src` by its module path; that of `lib.rs` is empty.
fn files(folder: &Path, module: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inside = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if path.is_dir() {
            files(&path, &inside, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let of = if matches!(name, "mod" | "lib" | "main") { module.to_owned() } else { inside };
            if name != "main" {
                found.insert(of, code(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
}

/// Without comments and tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// `a::{b, c::{self, d}}` as the paths `a::b`, `a::c`, `a::c::d`.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    // A text that reads like an import and is none.
    let Some(end) = rest.rfind('}') else { return Vec::new() };
    let inner = &rest[..end];
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for character in inner.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        if character == ',' && depth == 0 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(character);
        }
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty()).flat_map(|part| paths(part));
    parts
        .map(
            |part| {
                if part == "self" {
                    before.trim_end_matches(':').to_owned()
                } else {
                    format!("{before}{part}")
                }
            },
        )
        .collect()
}

/// The path from the crate's root; nothing for another crate.
fn from_root(module: &str, path: &str, files: &BTreeMap<String, String>) -> Option<Vec<String>> {
    let mut base: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
    let mut parts = path.split("::").map(str::trim).peekable();
    match *parts.peek()? {
        "crate" => {
            parts.next();
            base.clear();
        }
        "self" => {
            parts.next();
        }
        "super" => {
            while parts.next_if_eq(&"super").is_some() {
                base.pop();
            }
        }
        first => {
            let child = [base.as_slice(), &[first]].concat().join("::");
            if !files.contains_key(&child) {
                return None;
            }
        }
    }
    Some(base.into_iter().chain(parts).map(str::to_owned).collect())
}

type Reexports = BTreeMap<(String, String), Vec<String>>;

/// The file that defines what the path names, through any number of re-exports.
fn defines(
    path: &[String],
    files: &BTreeMap<String, String>,
    reexports: &Reexports,
    left: u32,
) -> Option<String> {
    for length in (1..=path.len()).rev() {
        let module = path[..length].join("::");
        if files.contains_key(&module) {
            let further = path.get(length).and_then(|name| reexports.get(&(module.clone(), name.clone())));
            return match further {
                Some(target) if left > 0 => defines(target, files, reexports, left - 1),
                _ => Some(module),
            };
        }
    }
    None
}

#[test]
fn no_two_files_import_each_other() {
    let mut all = BTreeMap::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut all);
    let mut imports: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
    let mut reexports = Reexports::new();
    for (module, text) in &all {
        let found = imports.entry(module).or_default();
        // Statements end with `;`; what is before the last line of one is not part of it.
        for statement in text.split(';') {
            let Some(at) = statement.rfind("use ") else { continue };
            let before = statement[..at].rsplit('\n').next().unwrap().trim();
            if !(before.is_empty() || before.starts_with("pub")) {
                continue;
            }
            for path in paths(&statement[at + 4..]) {
                let Some(path) = from_root(module, &path, &all) else { continue };
                if before.is_empty() {
                    found.push(path);
                } else if let Some(name) = path.last().cloned() {
                    reexports.insert((module.clone(), name), path);
                }
            }
        }
        // Paths in the code itself: from the root, and into files of its own folder.
        for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            if word.contains("::") && !word.starts_with("::") {
                found.extend(
                    from_root(module, word.trim_end_matches(':'), &all).filter(|path| path.len() > 1),
                );
            }
        }
    }
    let edges: BTreeSet<(String, String)> = imports
        .iter()
        .flat_map(|(module, paths)| paths.iter().map(move |path| (*module, path)))
        .filter_map(|(module, path)| Some((module.to_owned(), defines(path, &all, &reexports, 8)?)))
        .filter(|(from, to)| from != to)
        .collect();
    assert!(edges.len() > 200, "{} imports found", edges.len());
    let pairs: Vec<_> =
        edges.iter().filter(|(a, b)| a < b && edges.contains(&(b.clone(), a.clone()))).collect();
    println!("report: {} files of the backend, {} imports among them", all.len(), edges.len());
    assert!(pairs.is_empty(), "{pairs:?}");
}
