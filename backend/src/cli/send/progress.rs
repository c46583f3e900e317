//! How far it is: a bar on a terminal, a line now and then elsewhere. All of it on standard error.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::piece::Piece;
use crate::cli::failure::Failure;

const LINE_EVERY: Duration = Duration::from_secs(5);

/// Counts receivers.
pub(super) struct Progress {
    bar: ProgressBar,
    total: u64,
    taken: u64,
    messages: u64,
    refused: u64,
    said_at: Instant,
    is_terminal: bool,
}

impl Progress {
    pub(super) fn new(total: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        {
            bar.set_style(style);
        }
        Self { bar, total, taken: 0, messages: 0, refused: 0, said_at: Instant::now(), is_terminal }
    }

    /// The backend took a piece.
    pub(super) fn took(&mut self, piece: &Piece) {
        self.taken = self.taken.saturating_add(piece.receivers());
        self.messages = self.messages.saturating_add(1);
        self.bar.inc(piece.receivers());
        if !self.is_terminal && self.said_at.elapsed() >= LINE_EVERY {
            eprintln!("{} of {} sent", self.taken, self.total);
            self.said_at = Instant::now();
        }
    }

    /// The backend refused a piece; the others go on.
    pub(super) fn refused(&mut self, piece: &Piece, why: &str) -> Result<(), Failure> {
        self.refused = self.refused.saturating_add(piece.receivers());
        self.bar.inc(piece.receivers());
        Ok(self.aside(|| writeln!(std::io::stderr(), "refused: {piece}: {why}"))?)
    }

    /// Prints something without cutting through the bar.
    pub(super) fn aside<R>(&self, print: impl FnOnce() -> R) -> R {
        self.bar.suspend(print)
    }

    /// The last line. `before` receivers were sent by an earlier start.
    pub(super) fn end(&self, before: u64) -> ExitCode {
        self.bar.finish_and_clear();
        let Self { taken, messages, refused, .. } = self;
        let earlier = if before == 0 { String::new() } else { format!(", {before} had been sent before") };
        eprintln!("{taken} of {} sent in {messages} message(s), {refused} refused{earlier}", self.total);
        if self.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
