//! `cargo xtask bench`: how fast the library is, beside everything else that opens the same messages.

mod instructions;
mod library;
mod machine;
mod numbers;
mod parts;
mod plot;
mod publish;
mod sections;
mod series;
mod summary;
mod table;
mod targets;

use anyhow::{Context, Result};
pub use instructions::guard;
use machine::Machine;
use parts::Parts;
use series::Row;
use std::{fs, path::Path, time::Instant};
use summary::Summary;

/// Builds, measures, prints, and leaves `summary.json`, `bench.svg` and `README.part.md` in `target/bench`. With `publish` the
/// documents quote the run.
pub fn bench(root: &Path, publish: bool) -> Result<()> {
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let parts = parts::build(root)?;
    let begin = Instant::now();
    let machine =
        Machine::find(parts.engines.iter().find(|engine| engine.is_musl()).map(parts::Engine::plain))?;
    let rows = measure(root, &parts)?;
    let verdicts = targets::verdicts(&rows, &parts.engines);
    let path = folder.join("summary.json");
    let command = "cargo xtask bench".to_owned();
    Summary { command, date: machine::today()?, machine, rows, verdicts }.write(&path)?;
    // What is shown comes from the file, so that the documents, which are compared with it, show the same.
    let summary = Summary::read(&path)?;
    fs::write(folder.join("bench.svg"), plot::svg(&summary))?;
    fs::write(folder.join("README.part.md"), table::readme(&summary))?;
    println!("{}", table::terminal(&summary));
    eprintln!("bench: measured in {:.0} s; {}", begin.elapsed().as_secs_f64(), path.display());
    if publish { publish::publish(root, &path) } else { Ok(()) }
}

fn measure(root: &Path, parts: &Parts) -> Result<Vec<Row>> {
    let mut rows = sections::alone(parts)?;
    if cfg!(target_os = "linux") {
        eprintln!("bench: instructions");
        rows.extend(instructions::counts(root)?);
    }
    if let Some(builder) = &parts.builder {
        rows.extend(instructions::counts_on_arm64(root, builder)?);
    }
    for engine in &parts.engines {
        rows.extend(sections::through(root, parts, engine)?);
        rows.extend(sections::cold(root, parts, engine)?);
        rows.extend(sections::drain(root, parts, engine)?);
        if cfg!(target_os = "linux") {
            rows.extend(sections::pages(root, engine)?);
        }
    }
    rows.extend(library::facts(&parts.libraries)?);
    Ok(rows)
}
