//! Why there is no database.

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address has a scheme that is not supported.
    #[error("the database must be a file name, sqlite:FILE or postgres://USER@HOST/NAME")]
    UnknownScheme,
    /// It cannot be reached or opened.
    #[error("the database {place} cannot be opened: {source}. {advice}")]
    Opening {
        /// A file's name, or host, port and name: no user and no password.
        place: String,
        /// What to do.
        advice: &'static str,
        /// What the library said.
        source: sqlx::Error,
    },
    /// Another `pushseal serve` is on the file.
    #[error(
        "another `pushseal serve` (process {process}) serves the database {place}: one process serves a SQLite file. \
         Stop it, or share a PostgreSQL"
    )]
    InUse {
        /// The file's name.
        place: String,
        /// The other process, '' where the system does not tell.
        process: String,
    },
    /// The file that says who serves cannot be made.
    #[error("the lock file {path} beside the database cannot be made: {source}")]
    Lock {
        /// The lock file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It fails.
    #[error("the database fails: {0}")]
    Sql(#[from] sqlx::Error),
    /// Its schema cannot be changed.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Its schema is older than this program, by so many migrations.
    #[error(
        "the database's schema is {0} migration(s) behind: `pushseal serve` brings it up to date when it starts"
    )]
    Behind(usize),
    /// Its schema is newer than this program.
    #[error("the database's schema is of a newer pushseal: use that one, or newer")]
    Ahead,
}
