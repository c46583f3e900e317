//! What the project depends on, held against `deny.toml`: licences, bans, sources, and exact pins for unofficial packages.

use crate::{paths, process::read};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::{fs, path::Path, process::Command};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks every package of the lock files: of the product, of what it is measured against, and of the fuzz targets. All that is wrong is said at once.
pub fn check(root: &Path) -> Result<()> {
    let rules = fs::read_to_string(root.join("deny.toml")).context("cannot read deny.toml")?;
    let rules: Rules = toml::from_str(&rules).context("deny.toml is not as expected")?;
    let folders = [root.to_owned(), root.join("benches"), root.join("fuzz")];
    let packages = folders.iter().map(|folder| packages(folder)).collect::<Result<Vec<_>>>()?.concat();
    let problems: Vec<String> = packages.iter().flat_map(|package| problems(package, &rules)).collect();
    if problems.is_empty() {
        println!(
            "supply chain: {} packages, all from crates.io, licences and pins as deny.toml says",
            packages.len()
        );
        Ok(())
    } else {
        bail!("{}", problems.join("\n"))
    }
}

/// The packages of a workspace's lock file, which must be up to date.
fn packages(folder: &Path) -> Result<Vec<Value>> {
    let mut cargo = Command::new(paths::cargo());
    cargo.current_dir(folder).args(["metadata", "--format-version", "1", "--locked"]);
    let step = format!("list the packages of {}", folder.join("Cargo.lock").display());
    let metadata: Value = serde_json::from_str(&read(&mut cargo, &step)?)?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    Ok(packages.context("cargo metadata lists no packages")?.clone())
}

/// What of `deny.toml` is checked here.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<LicenceException>,
}

/// Licences that one package may have.
#[derive(Deserialize)]
struct LicenceException {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

impl Licenses {
    fn allowed_for(&self, name: &str) -> Vec<String> {
        let more = self.exceptions.iter().filter(|exception| exception.name == name);
        self.allow.iter().chain(more.flat_map(|exception| &exception.allow)).cloned().collect()
    }
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
}

fn problems(package: &Value, rules: &Rules) -> Vec<String> {
    let text = |name: &str| package.get(name).and_then(Value::as_str).unwrap_or_default();
    let (name, licence) = (text("name"), text("license"));
    let mut problems = Vec::new();
    if rules.bans.deny.iter().any(|banned| banned.name == name) {
        problems.push(format!("{name} is banned in deny.toml"));
    }
    if let Some(source) = package.get("source").and_then(Value::as_str)
        && source != CRATES_IO
    {
        problems.push(format!("{name} comes from {source}, not from crates.io"));
    }
    if !permits(licence, &rules.licenses.allowed_for(name)) {
        problems.push(format!("{name}: the licence `{licence}` is not allowed in deny.toml"));
    }
    if package.get("source").is_some_and(Value::is_null) {
        problems.extend(loose_pins(package));
    }
    problems
}

/// Whether the expression can be met with licences of the list. An old "A/B" means "A OR B".
fn permits(expression: &str, allowed: &[String]) -> bool {
    spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX)
        .is_ok_and(|parsed| parsed.evaluate(|requirement| allowed.contains(&requirement.to_string())))
}

/// Unofficial packages of our own crates that are not pinned to one version: they follow no rule of compatibility.
fn loose_pins(package: &Value) -> Vec<String> {
    let dependencies = package.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    dependencies
        .map(|dependency| (text(dependency, "name"), text(dependency, "req")))
        .filter(|(name, version)| name.contains("ohos") && !version.starts_with('='))
        .map(|(name, version)| format!("{name} {version}: an unofficial package needs an exact version"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const RULES: &str = "[licenses]\nallow = [\n    \"MIT\",\n    \"Apache-2.0\", # why\n]\nexceptions = [{ crate = \"odd\", allow = [\"NCSA\"] }]\n[bans]\ndeny = [\n    { crate = \"evil\", reason = \"x\" },\n]\n";

    fn rules() -> Rules {
        toml::from_str(RULES).unwrap()
    }

    #[test]
    fn lists_are_read() {
        assert_eq!(rules().licenses.allow, ["MIT", "Apache-2.0"]);
        assert_eq!(rules().bans.deny[0].name, "evil");
    }

    #[test]
    fn expressions_are_met_or_not() {
        let allowed = rules().licenses.allow;
        for good in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "MIT AND Apache-2.0",
            "(MIT OR ISC) AND Apache-2.0",
        ] {
            assert!(permits(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0-only", "MIT AND ISC", "ISC OR GPL-2.0-only", "MIT AND"] {
            assert!(!permits(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn each_fault_is_named() {
        let found = |package: Value| problems(&package, &rules()).len();
        assert_eq!(found(json!({"name": "a", "license": "MIT", "source": CRATES_IO})), 0);
        assert_eq!(found(json!({"name": "evil", "license": "MIT", "source": CRATES_IO})), 1);
        assert_eq!(found(json!({"name": "odd", "license": "MIT AND NCSA", "source": CRATES_IO})), 0);
        assert_eq!(found(json!({"name": "a", "license": "MIT AND NCSA", "source": CRATES_IO})), 1);
        assert_eq!(found(json!({"name": "a", "license": "ISC", "source": "git+https://example.com/a"})), 2);
        let own = |version: &str| json!({"name": "own", "license": "MIT", "source": null, "dependencies": [{"name": "napi-ohos", "req": version}]});
        assert_eq!((found(own("=1.2.0")), found(own("^1.2.0"))), (0, 1));
    }
}
