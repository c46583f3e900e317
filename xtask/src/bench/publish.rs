//! What the documents quote of a run: the committed summary, the plot, and the tables between two marks.

use super::{plot, summary::Summary, table};
use anyhow::{Context, Result};
use std::{fs, path::Path};

const BEGIN: &str = "<!-- what `cargo xtask bench --publish` wrote -->\n";
const END: &str = "<!-- end -->\n";

const SUMMARY: &str = "docs/bench.json";
const PLOT: &str = "docs/bench.svg";

type Quote = fn(&Summary) -> String;

/// The documents that quote a run, and how.
const QUOTES: [(&str, Quote); 2] = [("docs/bench.md", table::whole), ("README.md", table::readme)];

/// Makes the documents quote the run that `summary` holds.
pub fn publish(root: &Path, summary: &Path) -> Result<()> {
    fs::copy(summary, root.join(SUMMARY)).context("cannot write docs/bench.json")?;
    let summary = Summary::read(&root.join(SUMMARY))?;
    fs::write(root.join(PLOT), plot::svg(&summary)).context("cannot write docs/bench.svg")?;
    for (file, quote) in QUOTES {
        let path = root.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        match quoted(&text) {
            Some([before, _, after]) => fs::write(&path, [before, &quote(&summary), after].concat())?,
            None => eprintln!("bench: {file} quotes nothing: it lacks the line {}", BEGIN.trim()),
        }
    }
    Ok(())
}

/// The text up to the first mark, between the marks, and from the second on.
fn quoted(text: &str) -> Option<[&str; 3]> {
    let begin = text.find(BEGIN)? + BEGIN.len();
    let (before, rest) = text.split_at_checked(begin)?;
    let (inside, after) = rest.split_at_checked(rest.find(END)?)?;
    Some([before, inside, after])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    #[test]
    fn documents_with_the_mark_quote_the_committed_run_to_the_letter() {
        let summary = Summary::read(&root().join(SUMMARY)).unwrap();
        for (file, quote) in QUOTES {
            let text = fs::read_to_string(root().join(file)).unwrap();
            if file == "README.md" && !text.contains("bench.svg") {
                continue;
            }
            assert_eq!(
                quoted(&text).map(|[_, inside, _]| inside),
                Some(quote(&summary).as_str()),
                "{file}: run `cargo xtask bench --publish`"
            );
        }
        assert_eq!(fs::read_to_string(root().join(PLOT)).unwrap(), plot::svg(&summary));
    }
}
