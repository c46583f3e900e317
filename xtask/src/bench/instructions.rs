//! Instructions per message, counted by valgrind: the same on every run, whatever else the machine does.

use super::{
    parts::Parts,
    sections::ALONE,
    series::{Row, Series, rows},
};
use crate::{debian, process::output};
use anyhow::{Context, Result, ensure};
use std::process::Command;

/// The difference between two runs is that of so many messages; all else they have in common.
const MESSAGES: u32 = 200;

/// Ours and the floor. Valgrind knows AVX2 and AES-NI, but neither AVX-512 nor VAES.
pub fn counts(parts: &Parts) -> Result<Vec<Row>> {
    eprintln!("bench: instructions");
    if debian::available() {
        debian::require(&["valgrind"])?;
    }
    let mut series = Vec::new();
    for name in ["300 B", "3 KB"] {
        for who in ["pushseal", "floor"] {
            let [few, many] = [MESSAGES, 2 * MESSAGES].map(|times| count(parts, who, name, times));
            let each = (many? - few?) / f64::from(MESSAGES);
            series.push(Series {
                what: format!("instructions, open {name}"),
                who: who.to_owned(),
                unit: String::new(),
                samples: vec![each.round()],
            });
        }
    }
    Ok(rows(ALONE, &series))
}

fn count(parts: &Parts, who: &str, name: &str, times: u32) -> Result<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(&parts.alone)
        .arg(&parts.messages);
    let answer = output(valgrind.args([who, name, &times.to_string()]), "count instructions")?;
    let said = String::from_utf8_lossy(&answer.stderr);
    ensure!(answer.status.success(), "valgrind: {said}");
    let total = said.lines().find_map(|line| line.split_once("Collected : "));
    Ok(total.context("valgrind counted nothing")?.1.trim().parse()?)
}
