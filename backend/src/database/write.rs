//! Transactions that write.
//!
//! SQLite lets one connection write, and what is durable costs a wait for the disk. So whoever writes at about the same
//! time shares one transaction, each behind a savepoint of its own, and one commit makes all of it durable.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::{Any, AnyConnection, AnyPool, Executor, Transaction};
use tokio::sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, watch};

/// A transaction that writes. Dropped without [`WriteTransaction::commit`] nothing of it is kept.
#[derive(Debug)]
pub struct WriteTransaction {
    /// Takes statements.
    pub inner: Writing,
}

/// The connection of a transaction that writes.
#[derive(Debug)]
pub enum Writing {
    /// PostgreSQL: a transaction of its own.
    Alone(Transaction<'static, Any>),
    /// SQLite: a part of the one that is open.
    Part(Part),
}

/// One writer's savepoint in the shared transaction.
#[derive(Debug)]
pub struct Part(OwnedMappedMutexGuard<Option<Shared>, Shared>);

/// Group commit: writers run one after the other, in the order of their calls, and share a commit.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupCommit {
    open: Arc<Mutex<Option<Shared>>>,
}

#[derive(Debug)]
struct Shared {
    transaction: Transaction<'static, Any>,
    /// A part began and was not released: its changes are undone before any other statement.
    has_unreleased: bool,
    /// Whether the commit succeeded, once it is over.
    done: watch::Sender<Option<bool>>,
}

impl WriteTransaction {
    /// Makes the changes durable.
    ///
    /// # Errors
    /// When the database does not take them; then none is kept.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        match self.inner {
            Writing::Alone(transaction) => transaction.commit().await,
            Writing::Part(part) => part.release().await,
        }
    }

    /// Undoes the changes. After it, what others wrote before them can be read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        match self.inner {
            Writing::Alone(transaction) => transaction.rollback().await,
            Writing::Part(part) => part.end().await,
        }
    }
}

impl GroupCommit {
    /// Waits for the writers before, and begins a part. The first writer opens the transaction, which is committed after the
    /// parts of those who wait by then.
    pub(super) async fn begin(&self, pool: &AnyPool) -> Result<WriteTransaction, sqlx::Error> {
        let mut open = Arc::clone(&self.open).lock_owned().await;
        if open.is_none() {
            // A transaction that begins as a reader cannot always become a writer.
            let transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
            *open = Some(Shared { transaction, has_unreleased: false, done: watch::Sender::new(None) });
            tokio::spawn(self.clone().commit());
        }
        let mut part = OwnedMutexGuard::try_map(open, Option::as_mut).map_err(|_| sqlx::Error::PoolClosed)?;
        part.undo_unreleased().await?;
        part.transaction.execute("SAVEPOINT part").await?;
        part.has_unreleased = true;
        Ok(WriteTransaction { inner: Writing::Part(Part(part)) })
    }

    /// The lock is fair: writers that asked before this call run first.
    async fn commit(self) {
        let mut open = self.open.lock().await;
        let Some(mut shared) = open.take() else { return };
        let done = shared.done.clone();
        let ended = match shared.undo_unreleased().await {
            Ok(()) => shared.transaction.commit().await,
            Err(error) => Err(error),
        };
        if let Err(error) = &ended {
            tracing::error!(%error, "the database did not take a transaction; nothing of it is kept");
        }
        done.send_replace(Some(ended.is_ok()));
    }
}

impl Shared {
    /// May be cut off anywhere and repeated: the savepoint stays, and ends with the transaction.
    async fn undo_unreleased(&mut self) -> Result<(), sqlx::Error> {
        if self.has_unreleased {
            self.transaction.execute("ROLLBACK TO part").await?;
            self.has_unreleased = false;
        }
        Ok(())
    }
}

impl Part {
    /// Ends the part with its changes, and waits for the end of the shared transaction.
    async fn release(mut self) -> Result<(), sqlx::Error> {
        // Before the statement: whoever is cut off in it cannot tell whether it ran.
        self.0.has_unreleased = false;
        if let Err(error) = self.0.transaction.execute("RELEASE part").await {
            self.0.has_unreleased = true;
            return Err(error);
        }
        self.end().await
    }

    /// Ends the part. The next writer, or the commit, undoes changes that were not released.
    async fn end(self) -> Result<(), sqlx::Error> {
        let mut done = self.0.done.subscribe();
        drop(self);
        let ended = done.wait_for(Option::is_some).await.is_ok_and(|ended| *ended == Some(true));
        let failed = || sqlx::Error::Io(std::io::Error::other("the transaction was not committed"));
        ended.then_some(()).ok_or_else(failed)
    }
}

impl Deref for Writing {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        match self {
            Self::Alone(transaction) => transaction,
            Self::Part(part) => &part.0.transaction,
        }
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        match self {
            Self::Alone(transaction) => transaction,
            Self::Part(part) => &mut part.0.transaction,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Database;

    #[tokio::test]
    async fn writers_at_once_keep_their_own_and_a_dropped_one_keeps_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = std::sync::Arc::new(Database::open(&path).await.unwrap());
        let writers = (0..60_i64).map(|n| {
            let database = std::sync::Arc::clone(&database);
            tokio::spawn(async move {
                let mut write = database.write().await.unwrap();
                sqlx::query("INSERT INTO messages \
                     (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
                     VALUES ($1, 's', NULL, 'h', '{}', '', $2, 0)")
                    .bind(format!("m-{n}"))
                    .bind(n)
                    .execute(&mut *write.inner)
                    .await
                    .unwrap();
                match n % 3 {
                    0 => write.commit().await.unwrap(),
                    1 => write.rollback().await.unwrap(),
                    _ => drop(write),
                }
                let kept = "SELECT COUNT(*) FROM messages WHERE created_at = $1";
                let kept: i64 = sqlx::query_scalar(kept).bind(n).fetch_one(&database.pool).await.unwrap();
                assert_eq!(kept, i64::from(n % 3 == 0), "{n}");
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        let all: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM messages").fetch_one(&database.pool).await.unwrap();
        assert_eq!(all, 20);
    }

    #[tokio::test]
    async fn a_writer_that_is_cut_off_anywhere_costs_no_other_its_commit() {
        const WRITERS: i64 = 400;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db").display().to_string();
        let database = std::sync::Arc::new(Database::open(&path).await.unwrap());
        let writers = (0..WRITERS).map(|n| {
            let database = std::sync::Arc::clone(&database);
            let work = async move {
                let mut write = database.write().await?;
                sqlx::query("INSERT INTO messages \
                     (id, sender, idempotency_key, request_hash, options, shared_payload, created_at, expires_at) \
                     VALUES ($1, 's', NULL, 'h', '{}', '', $2, 0)")
                    .bind(format!("m-{n}"))
                    .bind(n)
                    .execute(&mut *write.inner)
                    .await?;
                if n % 3 == 0 { write.rollback().await } else { write.commit().await }
            };
            tokio::spawn(async move {
                if n % 2 == 0 {
                    return Some(work.await);
                }
                // Polled so many times and dropped, as a handler whose client is gone.
                let (mut work, mut polls) = (Box::pin(work), n % 23);
                std::future::poll_fn(|context| {
                    polls -= 1;
                    if polls < 0 || work.as_mut().poll(context).is_ready() || polls == 0 {
                        return std::task::Poll::Ready(());
                    }
                    std::task::Poll::Pending
                })
                .await;
                None
            })
        });
        let mut committed = 0;
        for (n, writer) in (0..).zip(writers.collect::<Vec<_>>()) {
            if let Some(ended) = writer.await.unwrap() {
                ended.unwrap();
                committed += i64::from(n % 3 != 0);
            }
        }
        let kept = "SELECT COUNT(*) FROM messages WHERE created_at % 2 = 0";
        let kept: i64 = sqlx::query_scalar(kept).fetch_one(&database.pool).await.unwrap();
        assert_eq!(kept, committed);
        let undone = "SELECT COUNT(*) FROM messages WHERE created_at % 3 = 0";
        let undone: i64 = sqlx::query_scalar(undone).fetch_one(&database.pool).await.unwrap();
        assert_eq!(undone, 0);
    }
}
