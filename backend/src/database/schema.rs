//! The schema: the migrations of this program, and how a database stands beside them.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr};

use super::engine::Engine;
use super::open_error::OpenError;

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "devices and outbox", include_str!("../../migrations/0001_devices_and_outbox.sql")),
    (2, "attachments", include_str!("../../migrations/0002_attachments.sql")),
    (3, "receipts", include_str!("../../migrations/0003_receipts.sql")),
    (4, "device owners", include_str!("../../migrations/0004_device_owners.sql")),
    (5, "attachment pieces", include_str!("../../migrations/0005_attachment_pieces.sql")),
    (6, "write probes", include_str!("../../migrations/0006_write_probes.sql")),
    (7, "webhooks", include_str!("../../migrations/0007_webhooks.sql")),
    (8, "faults and revoking", include_str!("../../migrations/0008_push_kit_faults_and_revoking.sql")),
];

/// Brings the schema up to date.
pub(super) async fn migrate(pool: &AnyPool, engine: Engine) -> Result<(), OpenError> {
    // Checked first: sqlx would speak of a missing migration.
    match is_current(pool, engine).await {
        Ok(()) => Ok(()),
        Err(OpenError::Behind(_)) => Ok(migrator().run(pool).await?),
        Err(error) => Err(error),
    }
}

/// Only looks.
pub(super) async fn is_current(pool: &AnyPool, engine: Engine) -> Result<(), OpenError> {
    let applied = applied(pool, engine).await?;
    if applied.iter().any(|version| MIGRATIONS.iter().all(|(known, ..)| known != version)) {
        return Err(OpenError::Ahead);
    }
    match MIGRATIONS.iter().filter(|(version, ..)| !applied.contains(version)).count() {
        0 => Ok(()),
        due => Err(OpenError::Behind(due)),
    }
}

/// The versions that the database has; none when it is new.
async fn applied(pool: &AnyPool, engine: Engine) -> Result<Vec<i64>, sqlx::Error> {
    let is_there = match engine {
        Engine::Sqlite => "SELECT COUNT(*) FROM sqlite_master WHERE name = '_sqlx_migrations'",
        Engine::Postgres => {
            "SELECT COUNT(*) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'"
        }
    };
    if sqlx::query_scalar::<_, i64>(is_there).fetch_one(pool).await? == 0 {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(pool).await
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
