//! The database: SQLite in one file by default, PostgreSQL by URL. The same SQL and migrations serve both.

mod address;
mod engine;
mod open_error;
mod probe;
mod rows;
mod schema;
mod serve_lock;
mod time;
mod write;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Connection, Executor};

pub(crate) use address::missing_file;
use address::{place, resolve};
pub use engine::Engine;
pub use open_error::OpenError;
pub(crate) use rows::{pieces, values};
pub use serve_lock::{ServeLock, lock_for_serving};
pub(crate) use time::in_time;
use write::GroupCommit;
pub use write::{WriteTransaction, Writing};

const SQLITE_CONNECTIONS: u32 = 8;
/// Each waits for the server's disk when it commits; the server makes one wait of many.
const POSTGRES_CONNECTIONS: u32 = 24;
/// With fewer, a worker could keep everybody else from the database.
pub const FEWEST_CONNECTIONS: u32 = 4;
/// More than a server usually allows.
pub const MOST_CONNECTIONS: u32 = 1000;
/// A request that waits longer for a connection is answered 503. A server that is away is asked again meanwhile.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A server that answers at all answers a ping sooner; half of the time is left to open another connection.
const PING_TIME: Duration = Duration::from_secs(2);
const TRY_AGAIN: Duration = Duration::from_millis(200);
/// PostgreSQL starts, ends, or recovers.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// A pool of connections.
#[derive(Debug)]
pub struct Database {
    /// For reading.
    pub pool: AnyPool,
    /// Which engine it is.
    pub engine: Engine,
    group_commit: GroupCommit,
    /// Whether there are webhooks to store events for.
    events: AtomicBool,
}

impl Database {
    /// Opens the database, makes it when it is a file that is not there, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be reached or its schema is newer than this program.
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        Self::open_with(address, None).await
    }

    /// [`Database::open`] with at most so many connections instead of the engine's own number.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub async fn open_with(address: &str, connections: Option<u32>) -> Result<Self, OpenError> {
        let database = Self::connect(address, "rwc", connections).await?;
        schema::migrate(&database.pool, database.engine).await?;
        Ok(database)
    }

    /// Opens a database beside the backend that runs on it: makes no file, and leaves its schema alone.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be reached or its schema is not that of this program.
    pub async fn open_as_it_is(address: &str) -> Result<Self, OpenError> {
        let database = Self::connect(address, "rw", None).await?;
        schema::is_current(&database.pool, database.engine).await?;
        Ok(database)
    }

    /// `mode` is of SQLite's file.
    async fn connect(address: &str, mode: &str, connections: Option<u32>) -> Result<Self, OpenError> {
        install_default_drivers();
        let (url, engine) = resolve(address, mode)?;
        // The pool would not say why: it waits for a server that is away, and repeats what fails.
        try_open(&url, engine).await.map_err(|source| {
            let advice = match engine {
                Engine::Sqlite => "Its folder must be there, and this user may have to read and write both",
                Engine::Postgres => "Does it run there, and may this user open it?",
            };
            OpenError::Opening { place: place(address), advice, source }
        })?;
        let usual = if engine == Engine::Sqlite { SQLITE_CONNECTIONS } else { POSTGRES_CONNECTIONS };
        let pool = AnyPoolOptions::new()
            .max_connections(connections.unwrap_or(usual))
            .test_before_acquire(false)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .before_acquire(move |connection, _| Box::pin(is_good(connection, engine)))
            .after_connect(move |connection, _| Box::pin(prepare(connection, engine)))
            .connect(&url)
            .await?;
        Ok(Self { pool, engine, group_commit: GroupCommit::default(), events: AtomicBool::new(false) })
    }

    /// True when events are stored for webhooks.
    pub(crate) fn has_webhooks(&self) -> bool {
        self.events.load(Ordering::Relaxed)
    }

    /// Whether events are stored from now on.
    pub(crate) fn keep_events(&self, yes: bool) {
        self.events.store(yes, Ordering::Relaxed);
    }

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn write(&self) -> Result<WriteTransaction, sqlx::Error> {
        match self.engine {
            Engine::Sqlite => self.group_commit.begin(&self.pool).await,
            Engine::Postgres => Ok(WriteTransaction { inner: Writing::Alone(self.pool.begin().await?) }),
        }
    }
}

/// Whether a connection that rested can be used; an error drops it, and a new one is opened.
async fn is_good(connection: &mut AnyConnection, engine: Engine) -> Result<bool, sqlx::Error> {
    // A file does not go away between two statements, a server may, and without a word.
    if engine == Engine::Postgres {
        tokio::time::timeout(PING_TIME, connection.ping()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    }
    // When its disk is full, SQLite ends the whole transaction by itself. The connection then counts one that there
    // is not, and would never begin another.
    Ok(!connection.is_in_transaction())
}

async fn prepare(connection: &mut AnyConnection, engine: Engine) -> Result<(), sqlx::Error> {
    let settings = match engine {
        // FULL: what was answered 202 is on the disk.
        Engine::Sqlite => {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON;"
        }
        // What a process holds that was cut off from the server is free again after this.
        Engine::Postgres => "SET idle_in_transaction_session_timeout = '30s'",
    };
    connection.execute(settings).await?;
    Ok(())
}

/// Opens one connection. A server that just starts too is waited for.
async fn try_open(url: &str, engine: Engine) -> Result<(), sqlx::Error> {
    let begin = Instant::now();
    loop {
        let left = ACQUIRE_TIMEOUT.saturating_sub(begin.elapsed());
        let tried = tokio::time::timeout(left, try_once(url, engine)).await;
        match tried.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Err(error) if is_starting(&error) && left > TRY_AGAIN => tokio::time::sleep(TRY_AGAIN).await,
            tried => return tried,
        }
    }
}

async fn try_once(url: &str, engine: Engine) -> Result<(), sqlx::Error> {
    let mut connection = AnyConnection::connect(url).await?;
    prepare(&mut connection, engine).await?;
    connection.close().await
}

fn is_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == CANNOT_CONNECT_NOW),
        _ => false,
    }
}
