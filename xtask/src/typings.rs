//! The typings of the native library, generated from the bridge's sources.
//!
//! `napi-derive` writes one line of JSON for each exported item while it compiles; here they become `index.d.ts`.

use crate::{
    paths,
    process::{read, run},
};
use anyhow::{Context, Result, bail};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Where the typings are committed.
pub const COMMITTED: &str = "arkts/types/libpushseal_native/index.d.ts";

const HEADER: &str = "\
// The native API of PushSeal, generated from `bridge/src` by `cargo xtask typings`.
// Errors that these functions throw have a numeric `code` and a `name`: see `docs/errors.md`.
";

/// Writes the committed typings anew.
pub fn write(root: &Path) -> Result<PathBuf> {
    let path = root.join(COMMITTED);
    fs::write(&path, generate(root)?).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

/// Compares the committed typings with the sources.
pub fn check(root: &Path) -> Result<()> {
    let committed =
        fs::read_to_string(root.join(COMMITTED)).with_context(|| format!("cannot read {COMMITTED}"))?;
    if committed == generate(root)? {
        return Ok(());
    }
    bail!("{COMMITTED} differs from the sources: run `cargo xtask typings` and commit it")
}

fn generate(root: &Path) -> Result<String> {
    let folder = root.join("target/typings");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    // Only a compilation writes them, so the crate is forgotten first.
    let target = paths::cargo_target(root).join("typings-build");
    let cargo = |step: &str| {
        let mut command = Command::new(paths::cargo());
        command.current_dir(root).args([
            step,
            "--quiet",
            "--locked",
            "--package",
            "pushseal-native",
            "--target-dir",
        ]);
        command.arg(&target).env("NAPI_TYPE_DEF_TMP_FOLDER", &folder);
        command
    };
    read(&mut cargo("clean"), "forget the last typings")?;
    run(&mut cargo("check"), "compile the bridge for its typings")?;
    let lines = fs::read_to_string(folder.join("pushseal-native")).context("napi-derive wrote no typings")?;
    declarations(&lines)
}

fn declarations(lines: &str) -> Result<String> {
    let mut items =
        lines.lines().filter(|line| !line.trim().is_empty()).map(Item::parse).collect::<Result<Vec<_>>>()?;
    // The compiler's order is not stable.
    items.sort_by(|a, b| a.name.cmp(&b.name));
    items.sort_by_key(|item| item.kind != "interface");
    let mut text = HEADER.to_owned();
    items.iter().try_for_each(|item| item.write(&mut text))?;
    Ok(text)
}

struct Item {
    kind: String,
    name: String,
    docs: String,
    definition: String,
}

impl Item {
    fn parse(line: &str) -> Result<Self> {
        let json: serde_json::Value =
            serde_json::from_str(line).context("napi-derive's typings are not JSON")?;
        let text =
            |name: &str| json.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        Ok(Self { kind: text("kind"), name: text("name"), docs: text("js_doc"), definition: text("def") })
    }

    fn write(&self, text: &mut String) -> Result<()> {
        let Self { kind, name, docs, definition } = self;
        match kind.as_str() {
            "interface" => {
                write!(text, "\n{docs}export interface {name} {{\n")?;
                definition.lines().try_for_each(|line| writeln!(text, "  {line}"))?;
                writeln!(text, "}}")?;
            }
            "fn" => writeln!(text, "\n{docs}export declare {definition}")?,
            other => {
                bail!("the bridge exports a {other}, {name}: the API has plain functions and interfaces only")
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_are_sorted_and_complete() {
        let lines = r#"
            {"kind": "fn", "name": "b", "js_doc": "", "def": "function b(): void"}
            {"kind": "interface", "name": "Z", "js_doc": "/** z */\n", "def": "/** one */\na: string"}
            {"kind": "fn", "name": "a", "js_doc": "/** a */\n", "def": "function a(z: Z): void"}"#;
        let body = "\n/** z */\nexport interface Z {\n  /** one */\n  a: string\n}\n\n/** a */\nexport declare function a(z: Z): void\n\nexport declare function b(): void\n";
        assert_eq!(declarations(lines).unwrap(), format!("{HEADER}{body}"));
        assert!(declarations(r#"{"kind":"struct","name":"C"}"#).is_err());
    }
}
