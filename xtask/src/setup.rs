//! What a fresh machine needs before the JavaScript and Python suites run.

use crate::{
    debian,
    process::{read, run},
    stamp,
};
use anyhow::{Context, Result, bail};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const OLDEST_NODE: u32 = 20;

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };
const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// Looks for what the suites need and cannot bring along, so that it is not missed after minutes. Says all that is missing.
pub fn prerequisites() -> Result<()> {
    let missing: Vec<String> = [has_node(), has_npm(), has_python()]
        .into_iter()
        .filter_map(|found| found.err().map(|error| format!("  {error:#}")))
        .collect();
    if missing.is_empty() { Ok(()) } else { bail!("the suites cannot run yet:\n{}", missing.join("\n")) }
}

fn has_node() -> Result<()> {
    let version = read(Command::new("node").arg("--version"), "find Node")
        .context("Node 20 or newer is needed: install it from your system's packages or nodejs.org")?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        bail!("Node {OLDEST_NODE} or newer is needed; this is {}", version.trim());
    }
    Ok(())
}

fn has_npm() -> Result<()> {
    read(Command::new(NPM).arg("--version"), "find npm")
        .context("npm is needed: it comes with Node, on Debian as a package of its own")
        .map(|_| ())
}

/// Debian splits `venv` off Python; there it is installed.
fn has_python() -> Result<()> {
    let whole = read(Command::new(PYTHON).args(["-c", "import ensurepip, venv"]), "look for Python's venv");
    match whole {
        Ok(_) => Ok(()),
        Err(_) if debian::available() => debian::require(&["python3", "python3-venv"]),
        Err(error) => Err(error),
    }
    .context("Python 3 with its module `venv` is needed")
}

/// Checks Node and installs the packages of `tests/node` as its lock file says.
pub fn node(root: &Path) -> Result<()> {
    has_node()?;
    let folder = root.join("tests/node");
    let lock = folder.join("package-lock.json");
    let lock = fs::read_to_string(&lock).with_context(|| format!("cannot read {}", lock.display()))?;
    stamp::once(&folder.join("node_modules"), &lock, |_| {
        eprintln!("setup: installing the npm packages of tests/node");
        let mut npm = Command::new(NPM);
        run(
            npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
            "install npm packages",
        )
    })
}

/// Makes a Python environment with the packages of `tests/python` and gives its interpreter.
pub fn python(root: &Path) -> Result<PathBuf> {
    let requirements = root.join("tests/python/requirements.txt");
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = root.join("target/python");
    let interpreter = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    stamp::once(&folder, &wanted, |folder| {
        eprintln!("setup: making a Python environment in target/python");
        has_python()?;
        run(Command::new(PYTHON).args(["-m", "venv"]).arg(folder), "make a Python environment")?;
        let mut pip = Command::new(&interpreter);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        run(pip.arg(&requirements), "install Python packages")
    })?;
    Ok(interpreter)
}
