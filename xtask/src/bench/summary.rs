//! The result of one run, as it is kept.

use super::{machine::Machine, series::Row, targets::Verdict};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{fs, path::Path};

/// One run of `cargo xtask bench`.
#[derive(Serialize, Deserialize)]
pub struct Summary {
    pub command: String,
    /// Year, month, day, UTC.
    pub date: String,
    pub machine: Machine,
    pub rows: Vec<Row>,
    pub verdicts: Vec<Verdict>,
}

impl Summary {
    /// Writes it as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads what [`write`](Self::write) wrote.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no summary of a bench", path.display()))
    }

    /// The row of this name, where it was measured.
    pub fn row(&self, section: &str, what: &str, who: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.section == section && row.what == what && row.who == who)
    }

    /// The rows of one comparison.
    pub fn group<'a>(&'a self, section: &'a str, what: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| row.section == section && row.what == what)
    }

    /// When and where.
    pub fn origin(&self) -> String {
        format!("`{}`, {}: {}", self.command, self.date, self.machine.line())
    }
}
