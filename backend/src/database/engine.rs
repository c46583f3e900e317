//! The two engines.

/// Which of the two it is, where they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file; one writer at a time.
    Sqlite,
    /// A server that several processes share.
    Postgres,
}
