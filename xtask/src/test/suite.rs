//! One suite: what it is called, how it runs, what came of it.

use super::count::{Count, count};
use anyhow::{Context, Result};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Lines of a failed suite's output that are shown; the whole is in its file.
const SHOWN: usize = 60;

type Prepare = Box<dyn FnOnce(&Path) -> Result<Vec<Command>> + Send>;

/// A suite that has not run yet.
pub struct Suite {
    pub name: &'static str,
    pub language: &'static str,
    /// Whether an exit code alone is a result (format, lints): it counts as one test.
    counted: bool,
    prepare: Result<Prepare, &'static str>,
}

/// What came of a suite.
pub struct Report {
    pub name: &'static str,
    pub language: &'static str,
    pub outcome: Outcome,
    pub seconds: f64,
    count: Count,
}

#[derive(Debug)]
pub enum Outcome {
    Passed,
    Failed,
    Skipped(&'static str),
}

impl Suite {
    /// A suite whose programs print how many tests they ran. `prepare` builds what they need and gives the programs.
    pub fn of_tests(
        language: &'static str,
        name: &'static str,
        prepare: impl FnOnce(&Path) -> Result<Vec<Command>> + Send + 'static,
    ) -> Self {
        Self { name, language, counted: true, prepare: Ok(Box::new(prepare)) }
    }

    /// A check that succeeds or fails as a whole.
    pub fn of_check(
        language: &'static str,
        name: &'static str,
        prepare: impl FnOnce(&Path) -> Result<Vec<Command>> + Send + 'static,
    ) -> Self {
        Self { name, language, counted: false, prepare: Ok(Box::new(prepare)) }
    }

    /// A suite that does not run here, and why.
    pub fn skipped(language: &'static str, name: &'static str, why: &'static str) -> Self {
        Self { name, language, counted: true, prepare: Err(why) }
    }

    /// Whether its name contains one of `words`; true where there are none.
    pub fn matches(&self, words: &[String]) -> bool {
        let name = self.name.to_lowercase();
        words.is_empty() || words.iter().any(|word| name.contains(&word.to_lowercase()))
    }

    /// Runs it, says how it went, and leaves all it printed in `target/test/`.
    pub fn run(self, root: &Path) -> Report {
        let Self { name, language, counted, prepare } = self;
        let report = |outcome, seconds, count| Report { name, language, outcome, seconds, count };
        let prepare = match prepare {
            Ok(prepare) => prepare,
            Err(why) => {
                println!("skip  {name}: {why}");
                return report(Outcome::Skipped(why), 0.0, Count::default());
            }
        };
        println!("run   {name}");
        let begin = Instant::now();
        let ran = prepare(root).and_then(|commands| run_logged(root, name, commands));
        let seconds = begin.elapsed().as_secs_f64();
        let (ok, text) = ran.unwrap_or_else(|error| (false, format!("{error:#}\n")));
        let mut counted_tests =
            if counted { count(&text) } else { Count { passed: usize::from(ok), failed: 0 } };
        // A suite that ran no test has tested nothing.
        let passed = ok && counted_tests.failed == 0 && counted_tests.passed > 0;
        if !passed {
            counted_tests.failed = counted_tests.failed.max(1);
            show_failure(root, name, &text);
        }
        // What a suite wants to be read stands in lines of this form.
        text.lines()
            .filter_map(|line| line.split_once("report: "))
            .for_each(|(_, line)| println!("      {line}"));
        println!(
            "{}  {name}: {} passed, {:.1} s",
            if passed { "ok  " } else { "FAIL" },
            counted_tests.passed,
            seconds
        );
        report(if passed { Outcome::Passed } else { Outcome::Failed }, seconds, counted_tests)
    }
}

impl Report {
    pub fn passed(&self) -> usize {
        self.count.passed
    }

    pub fn failed(&self) -> usize {
        self.count.failed
    }
}

/// Runs the programs one after another, until one fails; gives all they printed.
fn run_logged(root: &Path, name: &str, commands: Vec<Command>) -> Result<(bool, String)> {
    let path = log_of(root, name);
    fs::create_dir_all(root.join("target/test"))?;
    let mut log = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut ok = true;
    for mut command in commands {
        writeln!(log, "$ {command:?}")?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
        let status = command.status().with_context(|| format!("cannot start {:?}", command.get_program()))?;
        ok &= status.success();
        if !ok {
            break;
        }
    }
    let text = fs::read(&path)?;
    Ok((ok, String::from_utf8_lossy(&text).into_owned()))
}

fn log_of(root: &Path, name: &str) -> std::path::PathBuf {
    let file: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    root.join("target/test").join(format!("{file}.log"))
}

fn show_failure(root: &Path, name: &str, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(SHOWN)) {
        println!("      {line}");
    }
    println!("      (all of it: {})", log_of(root, name).display());
}
