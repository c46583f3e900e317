//! What the product promises of its speed, held against what was measured.

use super::{
    library,
    parts::Engine,
    sections::{ALONE, ROWS},
    series::Row,
};
use serde::{Deserialize, Serialize};

/// The stripped library's largest size in bytes, as the gate has it.
const SIZE: f64 = 450_000.0;
/// How much more memory a hundred times as many rows may take and still count as flat.
const GROWTH: f64 = 1.05;

/// A promise and what became of it.
#[derive(Serialize, Deserialize)]
pub struct Verdict {
    pub section: String,
    pub what: String,
    /// The bound, with its sense: "≤" or "≥".
    pub sense: String,
    pub target: f64,
    pub measured: f64,
    pub kept: bool,
}

/// Which number of a row is looked at.
#[derive(Clone, Copy)]
enum Number {
    Median,
    /// How many times ours it took.
    TimesOurs,
    /// Ours as a share of it.
    OursOver,
}

struct Target<'a> {
    section: &'a str,
    what: &'a str,
    who: &'a str,
    number: Number,
    sense: &'static str,
    bound: f64,
}

/// Every promise whose row was measured.
pub fn verdicts(rows: &[Row], engines: &[Engine]) -> Vec<Verdict> {
    let mut targets = vec![at_most(ALONE, "open 3 KB", "floor", 1.5)];
    for engine in engines {
        targets.extend(through(engine.name));
    }
    targets.extend(
        ["arm64-v8a", "x86_64"]
            .map(|abi| Target { number: Number::Median, ..at_most(library::SECTION, "size", abi, SIZE) }),
    );
    targets.iter().filter_map(|target| target.verdict(rows)).collect()
}

fn through(engine: &str) -> Vec<Target<'_>> {
    let last = "100000 rows";
    debug_assert!(ROWS.iter().any(|rows| last.starts_with(&rows.to_string())));
    vec![
        at_most(engine, "open 3 KB", "node:crypto by hand", 0.5),
        at_most(engine, "open 300 B", "node:crypto by hand", 0.5),
        at_most(engine, "open 3 KB", "floor", 1.5),
        at_least(engine, "open 3 KB", "WebCrypto by hand", Number::TimesOurs, 15.0),
        at_least(engine, "open 3 KB", "jose", Number::TimesOurs, 15.0),
        at_least(engine, "open 300 B", "WebCrypto by hand", Number::TimesOurs, 15.0),
        at_least(engine, "open 300 B", "jose", Number::TimesOurs, 15.0),
        at_most(engine, "cold: load and first message", "node:crypto by hand", 1.0),
        at_most(engine, "cold: first message alone", "node:crypto by hand", 1.0),
        at_least(engine, "drain: messages a second of one core", last, Number::Median, 200_000.0),
        Target {
            number: Number::TimesOurs,
            ..at_most(engine, "drain: peak memory of the process", last, GROWTH)
        },
    ]
}

/// Ours takes at most this share of another's time.
fn at_most<'a>(section: &'a str, what: &'a str, who: &'a str, bound: f64) -> Target<'a> {
    Target { section, what, who, number: Number::OursOver, sense: "≤", bound }
}

fn at_least<'a>(section: &'a str, what: &'a str, who: &'a str, number: Number, bound: f64) -> Target<'a> {
    Target { section, what, who, number, sense: "≥", bound }
}

impl Target<'_> {
    fn verdict(&self, rows: &[Row]) -> Option<Verdict> {
        let row = rows
            .iter()
            .find(|row| row.section == self.section && row.what == self.what && row.who == self.who)?;
        let (measured, form) = match self.number {
            Number::Median => (row.median, format!("{}, {}", self.what, self.who)),
            Number::TimesOurs if self.sense == "≤" => {
                (row.times_ours, format!("{}, {} / 1000 rows", self.what, self.who))
            }
            Number::TimesOurs => (row.times_ours, format!("{}, {} / ours", self.what, self.who)),
            Number::OursOver => (1.0 / row.times_ours, format!("{}, ours / {}", self.what, self.who)),
        };
        let kept = if self.sense == "≤" { measured <= self.bound } else { measured >= self.bound };
        Some(Verdict {
            section: self.section.to_owned(),
            what: form,
            sense: self.sense.to_owned(),
            target: self.bound,
            measured,
            kept,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(who: &str, median: f64, times_ours: f64) -> Row {
        Row {
            section: ALONE.into(),
            what: "open 3 KB".into(),
            who: who.into(),
            unit: "ns".into(),
            median,
            low: median,
            high: median,
            rounds: 1,
            times_ours,
        }
    }

    #[test]
    fn a_bound_is_kept_or_missed_and_what_was_not_measured_is_left_out() {
        let found = |times_ours| verdicts(&[row("pushseal", 3.0, 1.0), row("floor", 1.0, times_ours)], &[]);
        let (kept, missed) = (found(0.8), found(0.5));
        assert_eq!((kept.len(), kept[0].kept, kept[0].measured), (1, true, 1.25));
        assert_eq!((missed.len(), missed[0].kept, missed[0].measured), (1, false, 2.0));
    }
}
