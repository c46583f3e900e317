//! The database: SQLite in one file by default, PostgreSQL by URL. The same SQL and migrations serve both.

mod rows;
mod write;

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Connection, Executor, SqlSafeStr};

pub(crate) use rows::{pieces, values};
use write::Turns;
pub use write::{WriteTransaction, Writing};

const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "devices and outbox", include_str!("../migrations/0001_devices_and_outbox.sql")),
    (2, "attachments", include_str!("../migrations/0002_attachments.sql")),
    (3, "receipts", include_str!("../migrations/0003_receipts.sql")),
];

const SQLITE_CONNECTIONS: u32 = 8;
/// Each waits for the server's disk when it commits; the server makes one wait of many.
const POSTGRES_CONNECTIONS: u32 = 24;
/// A request that waits longer for a connection is answered 503. A server that is away is asked again meanwhile.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Which of the two it is, where they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file; one writer at a time.
    Sqlite,
    /// A server that several processes share.
    Postgres,
}

/// A pool of connections.
#[derive(Debug)]
pub struct Database {
    /// For reading.
    pub pool: AnyPool,
    /// Which engine it is.
    pub engine: Engine,
    turns: Turns,
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address has a scheme that is not supported.
    #[error("the database must be a file name, sqlite:FILE or postgres://USER@HOST/NAME")]
    UnknownScheme,
    /// It cannot be reached, opened or migrated.
    #[error("the database cannot be opened: {0}")]
    Sql(#[from] sqlx::Error),
    /// Its schema is of another version.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl Database {
    /// Opens the database, makes it when it is a file that is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be reached or its schema is newer than this program.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        install_default_drivers();
        let (url, engine) = resolve(address)?;
        let most = if engine == Engine::Sqlite { SQLITE_CONNECTIONS } else { POSTGRES_CONNECTIONS };
        let pool = AnyPoolOptions::new()
            .max_connections(most)
            // A file does not go away between two statements, a server may.
            .test_before_acquire(engine == Engine::Postgres)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // When its disk is full, SQLite ends the whole transaction by itself. The connection then counts one that
            // there is not, and would never begin another.
            .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        // FULL: what was answered 202 is on the disk.
                        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                                        PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;";
                        connection.execute(settings).await?;
                    }
                    Ok(())
                })
            })
            .connect(&url)
            .await?;
        migrator().run(&pool).await?;
        Ok(Self { pool, engine, turns: Turns::default() })
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self) -> Result<WriteTransaction, sqlx::Error> {
        match self.engine {
            Engine::Sqlite => self.turns.next(&self.pool).await,
            Engine::Postgres => Ok(WriteTransaction { inner: Writing::Alone(self.pool.begin().await?) }),
        }
    }
}

/// The file that an address names, if it names one that is not there.
pub(crate) fn missing_file(address: &str) -> Option<&str> {
    let path = address.strip_prefix("sqlite:").unwrap_or(address);
    (!address.contains("://") && !Path::new(path).exists()).then_some(path)
}

fn resolve(address: &str) -> Result<(String, Engine), OpenError> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok((address.to_owned(), Engine::Postgres));
    }
    let path = match address.split_once("://") {
        Some(("sqlite", path)) => path,
        Some(_) => return Err(OpenError::UnknownScheme),
        None => address.strip_prefix("sqlite:").unwrap_or(address),
    };
    // The path is part of a URL: what would end it or be decoded is written as a code.
    let mut escaped = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '%' => escaped.push_str("%25"),
            '?' => escaped.push_str("%3F"),
            '#' => escaped.push_str("%23"),
            other => escaped.push(other),
        }
    }
    Ok((format!("sqlite://{escaped}?mode=rwc"), Engine::Sqlite))
}

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, description, sql)| {
        Migration::new(
            *version,
            Cow::Borrowed(*description),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}
