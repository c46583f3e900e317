//! `cargo xtask fuzz`: the targets of `fuzz/`, on stable Rust, with libFuzzer and coverage feedback.

use crate::paths;
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target of the backend, which takes minutes to build: it runs when it is asked for.
const BACKEND: &str = "backend_request";

/// The fuzz targets of the core, which run in every test run.
pub const TARGETS: [&str; 4] = ["envelope", "open", "json", "attachment"];

/// What `cargo fuzz` passes too, less the sanitizers, which need a nightly compiler.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Longer than the longest payload, so that lengths beyond the limit are tried too.
const LONGEST_INPUT: usize = 20_000;

/// Bodies that the backend takes: the seeds of its target.
const BODIES: [&str; 2] = [
    r#"{"to":{"devices":["a"]},"data":{"a":1},"id":"m","ttl":60,"type":"background","proxyData":true}"#,
    r#"{"token":"t","region":"cn","bundle":"com.example","keys":[{"keyId":"k","key":"AAAAAAAAAAAAAAAAAAAAAA"}],"user":"u"}"#,
];

/// Runs every target for so many seconds. A crash fails.
pub fn smoke(root: &Path, seconds_each: u64) -> Result<()> {
    let binaries = build(root, &[])?;
    for target in TARGETS {
        run_built(root, &binaries, target, seconds_each)?;
    }
    println!("{} passed, 0 failed", TARGETS.len());
    Ok(())
}

/// The names of all targets.
pub fn names() -> Vec<&'static str> {
    TARGETS.into_iter().chain([BACKEND]).collect()
}

/// Runs one of the targets that [`names`] lists, for so many seconds.
pub fn run(root: &Path, target: &str, seconds: u64) -> Result<()> {
    let features: &[&str] = if target == BACKEND { &["--features", "backend"] } else { &[] };
    run_built(root, &build(root, features)?, target, seconds)
}

/// Builds all targets and gives the folder of the programs.
fn build(root: &Path, features: &[&str]) -> Result<PathBuf> {
    let target_folder = paths::cargo_target(root).join("fuzz");
    let host = host()?;
    // With --target, build scripts and macros are built without the instrumentation.
    let status = Command::new(paths::cargo())
        .current_dir(root.join("fuzz"))
        .args(["build", "--release", "--locked", "--target", &host, "--target-dir"])
        .arg(&target_folder)
        .args(features)
        .env("RUSTFLAGS", COVERAGE)
        .status()
        .context("cannot start cargo")?;
    if !status.success() {
        bail!(
            "the fuzz targets do not build, see above. libFuzzer needs a C++ compiler (on Debian: apt-get install g++)"
        );
    }
    Ok(target_folder.join(host).join("release"))
}

fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc -vV names no host")
}

fn run_built(root: &Path, binaries: &Path, target: &str, seconds: u64) -> Result<()> {
    let (corpus, crashes) = folders(root, target);
    seed(root, target, &corpus)?;
    fs::create_dir_all(&crashes).with_context(|| format!("cannot create {}", crashes.display()))?;
    let output = Command::new(binaries.join(target))
        .arg(&corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", crashes.display()))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .args(["-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"])
        .output()
        .with_context(|| format!("cannot start the fuzz target {target}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let input =
            text.lines().find_map(|line| line.split_once("Test unit written to ")).map_or("?", |(_, p)| p);
        let end: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let end = end.get(end.len().saturating_sub(40)..).unwrap_or_default().join("\n");
        bail!("{end}\nfuzz target {target} failed; the input: {input}");
    }
    let executions = text.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let executions: u64 = executions.context("libFuzzer printed no count")?.trim().parse()?;
    ensure!(executions > 1000, "fuzz target {target} ran only {executions} times");
    println!("report: fuzz {target}: {executions} executions in {seconds} s, no crash");
    Ok(())
}

/// Where a target keeps the inputs that it has found, and those that crash it.
fn folders(root: &Path, target: &str) -> (PathBuf, PathBuf) {
    let all = root.join("target/fuzzing");
    (all.join("corpus").join(target), all.join("crashes").join(target))
}

/// Writes the shared vectors as seeds: payloads for the envelope, contents for the rest.
fn seed(root: &Path, target: &str, corpus: &Path) -> Result<()> {
    fs::create_dir_all(corpus).with_context(|| format!("cannot create {}", corpus.display()))?;
    if target == BACKEND {
        for (n, body) in BODIES.into_iter().enumerate() {
            fs::write(corpus.join(format!("body-{n}")), body)?;
        }
        return Ok(());
    }
    let vectors: Value = serde_json::from_slice(&fs::read(root.join("tests/vectors/open.json"))?)?;
    for (n, case) in vectors.get("cases").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let payload = case.get("payload").and_then(Value::as_str);
        let data = case.pointer("/expected/message/data").and_then(Value::as_str);
        let seed = match target {
            "envelope" => payload.map(|text| text.as_bytes().to_vec()),
            // The choices come first: key size, IV, no changes, no id.
            "open" => data.map(|text| [&[0; 16], text.as_bytes()].concat()),
            _ => data.map(|text| text.as_bytes().to_vec()),
        };
        if let Some(seed) = seed {
            fs::write(corpus.join(format!("vector-{n}")), seed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fuzzing_leaves_lies_with_everything_else_that_is_made() {
        let root = tempfile::tempdir().unwrap();
        let vectors = root.path().join("tests/vectors");
        fs::create_dir_all(&vectors).unwrap();
        fs::write(vectors.join("open.json"), r#"{"cases": [{"payload": "a.b"}]}"#).unwrap();
        let (corpus, crashes) = folders(root.path(), "envelope");
        seed(root.path(), "envelope", &corpus).unwrap();
        assert_eq!(fs::read_dir(&corpus).unwrap().count(), 1);
        let made = root.path().join("target");
        assert!(corpus.starts_with(&made) && crashes.starts_with(&made));
    }
}
