//! The lines that `pushseal doctor` prints.

/// What was looked at, and whether all of it is well.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) faults: u32,
}

impl Findings {
    /// Prints `what: text`.
    pub(super) fn good(&self, what: &str, text: &str) {
        println!("ok    {what}: {text}");
    }

    /// Prints `what: text`; it may be meant, so it is no fault.
    pub(super) fn doubtful(&self, what: &str, text: &str) {
        println!("WARN  {what}: {text}");
    }

    /// Prints `what: text` and what to do about it.
    pub(super) fn bad(&mut self, what: &str, text: &str, advice: &str) {
        println!("FAIL  {what}: {text}");
        println!("      -> {advice}");
        self.faults = self.faults.saturating_add(1);
    }
}
