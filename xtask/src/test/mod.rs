//! `cargo xtask test`: every suite in every language, and how many tests ran in each.

mod count;
mod suite;
mod suites;

use crate::setup;
use anyhow::{Result, bail};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};
use suite::{Outcome, Report, Suite};

/// What to run besides the suites that need only Rust, Node and Python.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Leave out what needs the OHOS tools.
    pub host: bool,
    /// Run the engine's suite on OpenHarmony's own engine too.
    pub ark: bool,
}

/// Runs everything. The end of what a failed suite printed is shown at once; the others still run.
pub fn test(root: &Path, scope: Scope) -> Result<()> {
    let begin = Instant::now();
    setup::prerequisites()?;
    let plan = suites::all(scope);
    let mut reports: Vec<Report> = plan.in_order.into_iter().map(|suite| suite.run(root)).collect();
    for stage in plan.side_by_side {
        reports.extend(two_at_a_time(root, stage));
    }
    let failed = summary(&reports);
    println!("\nall suites took {:.0} s", begin.elapsed().as_secs_f64());
    let (passed, failures) = (
        reports.iter().map(Report::passed).sum::<usize>(),
        reports.iter().map(Report::failed).sum::<usize>(),
    );
    println!("{passed} passed, {failures} failed");
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// Runs suites that do not disturb each other in two lanes.
fn two_at_a_time(root: &Path, suites: Vec<Suite>) -> Vec<Report> {
    let (waiting, reports) = (Mutex::new(suites.into_iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    let lane = || {
        while let Some(suite) = next() {
            let report = suite.run(root);
            reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(lane);
        lane();
    });
    reports.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Prints a table and gives the names of the suites that failed.
fn summary(reports: &[Report]) -> Vec<&str> {
    println!("\n{:<44} {:<12} {:>7} {:>7} {:>8}", "suite", "language", "passed", "failed", "seconds");
    for report in reports {
        let note = match &report.outcome {
            Outcome::Skipped(why) => format!("  not run: {why}"),
            _ => String::new(),
        };
        println!(
            "{:<44} {:<12} {:>7} {:>7} {:>8.1}{note}",
            report.name,
            report.language,
            report.passed(),
            report.failed(),
            report.seconds
        );
    }
    println!();
    let languages: BTreeSet<&str> = reports.iter().map(|report| report.language).collect();
    for language in languages {
        let of = |count: fn(&Report) -> usize| {
            reports.iter().filter(|r| r.language == language).map(count).sum::<usize>()
        };
        println!("{language}: {} tests passed, {} failed", of(Report::passed), of(Report::failed));
    }
    reports
        .iter()
        .filter(|report| matches!(report.outcome, Outcome::Failed))
        .map(|report| report.name)
        .collect()
}
