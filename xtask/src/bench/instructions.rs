//! Instructions per message, counted by valgrind, and for arm64 by qemu: the same on every run, whatever else the machine does.

use super::{
    parts,
    sections::ALONE,
    series::{Row, Series, rows},
    summary::Summary,
};
use crate::{
    debian,
    ohos::{Abi, Builder, SmallNdk},
    process::output,
};
use anyhow::{Context, Result, ensure};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The difference between two runs is that of so many messages; all else they have in common.
const MESSAGES: u32 = 200;
/// Fewer, since qemu writes a line for each instruction.
const MESSAGES_IN_QEMU: u32 = 4;
const OPENED: [&str; 2] = ["300 B", "3 KB"];
/// How many times the published count a message may take before the test run fails.
const TOLERANCE: f64 = 1.05;
const OURS: &str = "pushseal";

/// What is counted, and how.
struct Counter {
    program: PathBuf,
    messages: PathBuf,
    by: By,
}

enum By {
    /// Knows AVX2 and AES-NI, but neither AVX-512 nor VAES.
    Valgrind,
    /// Emulates a processor with AES and PMULL, and needs musl's loader.
    Qemu { loader: PathBuf },
}

/// The core on this machine's processor.
pub fn counts(root: &Path) -> Result<Vec<Row>> {
    if debian::available() {
        debian::require(&["valgrind"])?;
    }
    let program = parts::build_counter(root)?;
    let counter = Counter { program, messages: parts::write_messages(root)?, by: By::Valgrind };
    counter.rows(MESSAGES, |name| format!("instructions, open {name}"))
}

/// The core on a device's processor.
pub fn counts_on_arm64(root: &Path, builder: &Builder) -> Result<Vec<Row>> {
    debian::require(&["qemu-user"])?;
    let abi = Abi::Arm64V8a;
    let loader = SmallNdk::prepare(&root.join("target"))?.musl(abi);
    let program = builder.counter(abi)?;
    let counter = Counter { program, messages: parts::write_messages(root)?, by: By::Qemu { loader } };
    counter.rows(MESSAGES_IN_QEMU, |name| format!("instructions on arm64, open {name}"))
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

impl Counter {
    fn rows(&self, messages: u32, what: impl Fn(&str) -> String) -> Result<Vec<Row>> {
        let mut series = Vec::new();
        for name in OPENED {
            let [few, many] = [messages, 2 * messages].map(|times| self.count(name, times));
            let samples = vec![((many? - few?) / f64::from(messages)).round()];
            series.push(Series { what: what(name), who: OURS.to_owned(), unit: String::new(), samples });
        }
        Ok(rows(ALONE, &series))
    }

    fn count(&self, name: &str, times: u32) -> Result<f64> {
        let times = times.to_string();
        let arguments = [self.program.as_os_str(), self.messages.as_os_str(), name.as_ref(), times.as_ref()];
        match &self.by {
            By::Valgrind => {
                let mut valgrind = Command::new("valgrind");
                valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
                collected(valgrind.args(arguments))
            }
            By::Qemu { loader } => {
                let mut qemu = Command::new("qemu-aarch64");
                // A line for each block, and each block one instruction.
                qemu.args(["-cpu", "max", "-singlestep", "-d", "nochain,exec", "-D", "/dev/stdout"]);
                traced(qemu.arg(loader).args(arguments))
            }
        }
    }
}

/// The sum that callgrind tells.
fn collected(valgrind: &mut Command) -> Result<f64> {
    let answer = output(valgrind, "count instructions")?;
    let said = String::from_utf8_lossy(&answer.stderr);
    ensure!(answer.status.success(), "valgrind: {said}");
    let total = said.lines().find_map(|line| line.split_once("Collected : "));
    Ok(total.context("valgrind counted nothing")?.1.trim().parse()?)
}

/// How many instructions qemu traces.
fn traced(qemu: &mut Command) -> Result<f64> {
    let mut running = qemu.stdout(Stdio::piped()).spawn().context("cannot start qemu-aarch64")?;
    let mut lines = BufReader::new(running.stdout.take().context("qemu has no output")?);
    let (mut count, mut line) = (0_u32, Vec::new());
    while lines.read_until(b'\n', &mut line)? > 0 {
        count += u32::from(line.starts_with(b"Trace "));
        line.clear();
    }
    let status = running.wait()?;
    ensure!(status.success(), "qemu-aarch64 ended with {status}");
    ensure!(count > 0, "qemu traced nothing");
    Ok(f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_take_a_little_more_than_was_published() {
        let series = |samples| Series { what: "open".into(), who: OURS.into(), unit: String::new(), samples };
        let row = &rows(ALONE, &[series(vec![1040.0])])[0];
        assert!(within(row, 1000.0).is_ok());
        let refusal = within(row, 990.0).unwrap_err().to_string();
        assert!(refusal.contains("1040") && refusal.contains("990"), "{refusal}");
    }
}
