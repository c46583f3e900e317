//! `cargo xtask test`: every suite in every language, and how many tests ran in each.

mod budget;
mod count;
mod suite;
mod suites;

use crate::setup;
use anyhow::{Result, bail, ensure};
use clap::Args;
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};
use suite::{Outcome, Report, Suite};

/// Which suites run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Scope {
    /// Run the suites whose name contains one of these words. Without a name, every suite runs.
    pub names: Vec<String>,
    /// Leave out what needs the OHOS tools.
    #[arg(long)]
    pub host: bool,
    /// Also run the native library's suite on OpenHarmony's engine, whose folder is in ARK_HOST_BUNDLE_DIR.
    #[arg(long)]
    pub ark: bool,
    /// List the suites with their time budgets, and run none.
    #[arg(long)]
    pub list: bool,
}

/// Runs the suites of `scope`. The end of what a failed suite printed is shown at once; the others still run.
pub fn test(root: &Path, scope: &Scope) -> Result<()> {
    let begin = Instant::now();
    let mut plan = suites::all(scope);
    plan.retain(|suite| suite.matches(&scope.names));
    ensure!(!plan.is_empty(), "no suite has a name with {}: see --list", scope.names.join(" or "));
    if scope.list {
        plan.suites().for_each(list);
        return Ok(());
    }
    setup::prerequisites()?;
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

fn list(suite: &Suite) {
    println!("{:<44} {:<12} {:>4} s", suite.name, suite.language, budget::of(suite.name));
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
    println!(
        "\n{:<44} {:<12} {:>7} {:>7} {:>8} {:>7}",
        "suite", "language", "passed", "failed", "seconds", "budget"
    );
    for report in reports {
        let budget = budget::of(report.name);
        let note = match &report.outcome {
            Outcome::Skipped(why) => format!("  not run: {why}"),
            _ if report.seconds > f64::from(budget) => "  over its budget".to_owned(),
            _ => String::new(),
        };
        println!(
            "{:<44} {:<12} {:>7} {:>7} {:>8.1} {budget:>7}{note}",
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
