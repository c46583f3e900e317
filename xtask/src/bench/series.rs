//! What a measuring program prints: for each contender a line of JSON with one number for each round.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One contender's measurements.
#[derive(Deserialize)]
pub struct Series {
    /// What was measured; contenders of the same thing are compared.
    pub what: String,
    /// The contender.
    pub who: String,
    /// The unit of the samples.
    pub unit: String,
    /// In the order of the rounds: those of two contenders at the same place belong together.
    pub samples: Vec<f64>,
}

/// A contender's row of the result.
#[derive(Clone, Serialize, Deserialize)]
pub struct Row {
    pub section: String,
    pub what: String,
    pub who: String,
    pub unit: String,
    pub median: f64,
    /// A quarter of the rounds was below.
    pub low: f64,
    /// A quarter of the rounds was above.
    pub high: f64,
    pub rounds: usize,
    /// The median, over the rounds, of how much longer it took than ours did in the same round.
    pub times_ours: f64,
}

/// Reads a program's lines.
pub fn parse(lines: &str) -> Result<Vec<Series>> {
    let parsed = lines.lines().map(serde_json::from_str);
    parsed.collect::<Result<_, _>>().context("a measuring program printed something else than its lines")
}

/// The rows of a section: contenders of the same thing after one another, ours, which was printed first, before the others.
pub fn rows(section: &str, series: &[Series]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for ours in series {
        if rows.iter().all(|row| row.what != ours.what) {
            let same = series.iter().filter(|one| one.what == ours.what);
            rows.extend(same.map(|one| row(section, one, ours)));
        }
    }
    rows
}

fn row(section: &str, one: &Series, ours: &Series) -> Row {
    let ratios: Vec<f64> = one.samples.iter().zip(&ours.samples).map(|(other, own)| other / own).collect();
    Row {
        section: section.to_owned(),
        what: one.what.clone(),
        who: one.who.clone(),
        unit: one.unit.clone(),
        median: quantile(&one.samples, 0.5),
        low: quantile(&one.samples, 0.25),
        high: quantile(&one.samples, 0.75),
        rounds: one.samples.len(),
        times_ours: quantile(&ratios, 0.5),
    }
}

/// The sample below which this share lies, to three decimals; not a number when there is none.
fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let places = sorted.len().saturating_sub(1);
    #[expect(clippy::as_conversions, reason = "a place in a list of a few hundred samples")]
    let place = (places as f64 * share).round() as usize;
    let sample = sorted.get(place).copied().unwrap_or(f64::NAN);
    (sample * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quarters_are_those_of_the_samples_and_ratios_are_taken_round_by_round() {
        let lines = "{\"what\":\"open\",\"who\":\"a\",\"unit\":\"ns\",\"samples\":[1,2,4,8,100]}\n\
             {\"what\":\"open\",\"who\":\"b\",\"unit\":\"ns\",\"samples\":[3,6,12,24,50]}";
        let rows = rows("Rust", &parse(lines).unwrap());
        assert_eq!(rows[0].times_ours, 1.0);
        assert_eq!((rows[1].median, rows[1].low, rows[1].high, rows[1].rounds), (12.0, 6.0, 24.0, 5));
        assert_eq!(rows[1].times_ours, 3.0, "the round that something else disturbed does not count");
    }

    #[test]
    fn other_output_is_refused() {
        assert!(parse("warning: something\n").is_err());
    }
}
