//! The measurements, section by section.

use super::{
    parts::{Engine, Parts},
    series::{Row, Series, parse, rows},
};
use crate::process::read;
use anyhow::{Context, Result};
use serde::{Deserialize, de::DeserializeOwned};
use std::{path::Path, process::Command};

/// The core alone.
pub const ALONE: &str = "Rust alone";
/// Rows of the drains.
pub const ROWS: [u32; 3] = [1_000, 10_000, 100_000];

const ROUNDS: &str = "101";
const COLD_STARTS: usize = 21;
const DRAINS: usize = 7;
/// V8 resizes its young generation as it sees fit, by tens of megabytes. At a fixed size, what grows is what the drain needs.
const FIXED_HEAP: [&str; 2] = ["--min-semi-space-size=4", "--max-semi-space-size=4"];

/// Parts of the work, then the whole, without any engine.
pub fn alone(parts: &Parts) -> Result<Vec<Row>> {
    eprintln!("bench: the core alone");
    let mut program = Command::new(&parts.alone);
    let lines = read(program.arg(&parts.messages).arg(ROUNDS), "measure the core alone")?;
    Ok(rows(ALONE, &parse(&lines)?))
}

/// Everyone in one process of Node.
pub fn through(root: &Path, parts: &Parts, engine: &Engine) -> Result<Vec<Row>> {
    eprintln!("bench: {}", engine.name);
    let mut node = engine.node(root, &[], "through-node.mjs");
    node.arg(&parts.messages).arg(ROUNDS).args(&engine.floor);
    Ok(rows(engine.name, &parse(&read(&mut node, "measure through Node")?)?))
}

#[derive(Deserialize)]
struct Cold {
    load: f64,
    first: f64,
}

/// The first message of fresh processes, in turns.
pub fn cold(root: &Path, parts: &Parts, engine: &Engine) -> Result<Vec<Row>> {
    eprintln!("bench: {}, the first message of {COLD_STARTS} fresh processes each", engine.name);
    let mut series: Vec<Series> = Vec::new();
    for _ in 0..COLD_STARTS {
        for (who, argument) in [("openMessage", "ours"), ("node:crypto by hand", "by-hand")] {
            let mut node = engine.node(root, &[], "cold.mjs");
            let Cold { load, first } = answer(node.arg(argument).arg(&parts.messages))?;
            add(&mut series, "cold: load and first message", who, "µs", load + first);
            add(&mut series, "cold: first message alone", who, "µs", first);
        }
    }
    Ok(rows(engine.name, &series))
}

#[derive(Deserialize)]
struct Drained {
    #[serde(rename = "perSecond")]
    per_second: f64,
    #[serde(rename = "peakKb")]
    peak_kb: f64,
}

/// Drains of more and more rows, each in a fresh process.
pub fn drain(root: &Path, parts: &Parts, engine: &Engine) -> Result<Vec<Row>> {
    eprintln!("bench: {}, drains", engine.name);
    let mut series = Vec::new();
    for _ in 0..DRAINS {
        for count in ROWS {
            let who = format!("{count} rows");
            let mut node = engine.node(root, &FIXED_HEAP, "drain.mjs");
            let Drained { per_second, peak_kb } = answer(node.arg(&parts.messages).arg(count.to_string()))?;
            add(&mut series, "drain: messages a second of one core", &who, "/s", per_second);
            add(&mut series, "drain: peak memory of the process", &who, "KiB", peak_kb);
        }
    }
    Ok(rows(engine.name, &series))
}

#[derive(Deserialize)]
struct Pages {
    #[serde(rename = "mappedKb")]
    mapped_kb: f64,
    #[serde(rename = "residentKb")]
    resident_kb: f64,
    #[serde(rename = "dirtyKb")]
    dirty_kb: f64,
}

/// What of the library is in memory after it was loaded.
pub fn pages(root: &Path, engine: &Engine) -> Result<Vec<Row>> {
    let Pages { mapped_kb, resident_kb, dirty_kb } = answer(&mut engine.node(root, &[], "pages.mjs"))?;
    let mut series = Vec::new();
    for (who, kb) in [("mapped", mapped_kb), ("resident", resident_kb), ("written to", dirty_kb)] {
        add(&mut series, "memory of the library after loading", who, "KiB", kb);
    }
    Ok(rows(engine.name, &series))
}

/// The one line that a program prints.
fn answer<T: DeserializeOwned>(command: &mut Command) -> Result<T> {
    let line = read(command, "measure")?;
    serde_json::from_str(&line).with_context(|| format!("a measuring program printed: {line}"))
}

fn add(series: &mut Vec<Series>, what: &str, who: &str, unit: &str, sample: f64) {
    match series.iter_mut().find(|one| one.what == what && one.who == who) {
        Some(one) => one.samples.push(sample),
        None => series.push(Series {
            what: what.to_owned(),
            who: who.to_owned(),
            unit: unit.to_owned(),
            samples: vec![sample],
        }),
    }
}
