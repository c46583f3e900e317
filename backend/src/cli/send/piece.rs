//! One request's receivers, and what a line says of its own.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Members of a request, each as it was written.
pub(super) type Members = BTreeMap<String, Box<RawValue>>;

/// What goes into one request.
#[derive(Debug)]
pub(super) struct Piece {
    /// From 1. Of a file with messages, the line's number.
    pub(super) number: u64,
    /// `devices` or `users`.
    pub(super) kind: &'static str,
    pub(super) names: Vec<String>,
    /// What a line says beside its receiver.
    pub(super) members: Members,
}

impl Piece {
    pub(super) fn receivers(&self) -> u64 {
        u64::try_from(self.names.len()).unwrap_or(u64::MAX)
    }
}

/// As it is called towards a person.
impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.names.as_slice() {
            [name] => write!(f, "{} ({name})", self.number),
            names => write!(f, "{} ({} receivers)", self.number, names.len()),
        }
    }
}
