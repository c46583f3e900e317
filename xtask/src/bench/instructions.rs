//! Instructions per message, counted by valgrind: the same on every run, whatever else the machine does.

use super::{
    parts,
    sections::ALONE,
    series::{Row, Series, rows},
    summary::Summary,
};
use crate::{debian, process::output};
use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The difference between two runs is that of so many messages; all else they have in common.
const MESSAGES: u32 = 200;
const OPENED: [&str; 2] = ["300 B", "3 KB"];
/// How many times the published count a message may take before the test run fails.
const TOLERANCE: f64 = 1.05;
const OURS: &str = "pushseal";

/// What is counted with.
struct Counter {
    program: PathBuf,
    messages: PathBuf,
}

/// Ours. Valgrind knows AVX2 and AES-NI, but neither AVX-512 nor VAES.
pub fn counts(root: &Path) -> Result<Vec<Row>> {
    if debian::available() {
        debian::require(&["valgrind"])?;
    }
    let counter = Counter { program: parts::build_counter(root)?, messages: parts::write_messages(root)? };
    let mut series = Vec::new();
    for name in OPENED {
        let [few, many] = [MESSAGES, 2 * MESSAGES].map(|times| counter.count(name, times));
        let each = (many? - few?) / f64::from(MESSAGES);
        series.push(Series {
            what: what(name),
            who: OURS.to_owned(),
            unit: String::new(),
            samples: vec![each.round()],
        });
    }
    Ok(rows(ALONE, &series))
}

/// Holds the counts against those that `docs/bench.json` quotes.
pub fn guard(root: &Path) -> Result<()> {
    let published = Summary::read(&root.join("docs/bench.json"))?;
    for row in counts(root)? {
        let before = published.row(ALONE, &row.what, OURS).with_context(|| {
            format!("docs/bench.json has no \"{}\": run `cargo xtask bench --publish`", row.what)
        })?;
        println!("{}: {:.0}, published {:.0}", row.what, row.median, before.median);
        within(&row, before.median)?;
    }
    Ok(())
}

fn within(row: &Row, published: f64) -> Result<()> {
    ensure!(
        row.median <= published * TOLERANCE,
        "{}: {:.0} of them, more than {TOLERANCE} times the {published:.0} that docs/bench.json quotes. If that is the price \
         of something worth it, or of another compiler, run `cargo xtask bench --publish`; else find what became slower",
        row.what,
        row.median
    );
    Ok(())
}

fn what(name: &str) -> String {
    format!("instructions, open {name}")
}

impl Counter {
    fn count(&self, name: &str, times: u32) -> Result<f64> {
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .args([&self.program, &self.messages])
            .args([name, &times.to_string()]);
        let answer = output(&mut valgrind, "count instructions")?;
        let said = String::from_utf8_lossy(&answer.stderr);
        ensure!(answer.status.success(), "valgrind: {said}");
        let total = said.lines().find_map(|line| line.split_once("Collected : "));
        Ok(total.context("valgrind counted nothing")?.1.trim().parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_take_a_little_more_than_was_published() {
        let series = |samples| Series { what: what("3 KB"), who: OURS.into(), unit: String::new(), samples };
        let row = &rows(ALONE, &[series(vec![1040.0])])[0];
        assert!(within(row, 1000.0).is_ok());
        let refusal = within(row, 990.0).unwrap_err().to_string();
        assert!(refusal.contains("1040") && refusal.contains("990"), "{refusal}");
    }
}
