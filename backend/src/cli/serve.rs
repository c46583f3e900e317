//! `pushseal serve`, and the commands that read the same configuration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use super::failure::{Failure, runtime};
use crate::access::DeviceAccess;
use crate::config::{self, Config, Loaded, RegionConfig, Reloader, SecretsFromEnvironment};
use crate::database::{Database, lock_for_serving};
use crate::http::{Backend, app, serve_until};
use crate::metrics::Metrics;
use crate::outbox::{Outbox, OutboxSettings};
use crate::registry;
use crate::webhook;
use push_kit::PushClient;

/// Flags and environment variables go over the file.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// The TOML configuration; see docs/backend.md
    #[arg(long, value_name = "FILE", env = "PUSHSEAL_CONFIG")]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", env = "PUSHSEAL_LISTEN")]
    listen: Option<String>,
    /// Database: a file name, or postgres://USER@HOST/NAME
    #[arg(long, value_name = "FILE|URL", env = "PUSHSEAL_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Redis, for sharing the v1 access token: redis://HOST:PORT or rediss://USER:PASSWORD@HOST:PORT
    #[arg(long, value_name = "URL", env = "PUSHSEAL_REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// File with the master key that encrypts device keys (or PUSHSEAL_MASTER_KEY holds the key)
    #[arg(long, value_name = "FILE", env = "PUSHSEAL_MASTER_KEY_FILE")]
    master_key_file: Option<PathBuf>,
    /// File with the API keys' hashes (or PUSHSEAL_API_KEY holds one key)
    #[arg(long, value_name = "FILE", env = "PUSHSEAL_API_KEYS_FILE")]
    api_keys_file: Option<PathBuf>,
    /// The region that --service-account and --push-url speak of
    #[arg(long, value_name = "NAME", env = "PUSHSEAL_REGION", default_value = "cn")]
    region: String,
    /// The service account's key file, as the console hands it out
    #[arg(long, value_name = "FILE", env = "PUSHSEAL_SERVICE_ACCOUNT_FILE")]
    service_account: Option<PathBuf>,
    /// The sending address, without path
    #[arg(long, value_name = "URL", env = "PUSHSEAL_PUSH_URL")]
    push_url: Option<String>,
    /// Development only: anyone may register any device
    #[arg(long, env = "PUSHSEAL_OPEN_REGISTRATION")]
    open_registration: bool,
}

impl ServeArgs {
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let mut config = match &self.config {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        if let Some(listen) = &self.listen {
            config.listen.clone_from(listen);
        }
        if let Some(database) = &self.database {
            config.database.clone_from(database);
        }
        config.redis_url = self.redis_url.clone().or(config.redis_url);
        config.master_key_file = self.master_key_file.clone().or(config.master_key_file);
        config.api_keys_file = self.api_keys_file.clone().or(config.api_keys_file);
        config.open_registration |= self.open_registration;
        if self.service_account.is_some() || self.push_url.is_some() {
            let region = config.regions.entry(self.region.clone()).or_insert_with(RegionConfig::default);
            region.service_account_file = self.service_account.clone().or(region.service_account_file.take());
            if let Some(url) = &self.push_url {
                region.push_url.clone_from(url);
            }
        }
        Ok(config)
    }
}

/// Secrets are never flags: other users of the machine can read those.
pub(super) fn secrets() -> SecretsFromEnvironment {
    let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty()).map(Zeroizing::new);
    SecretsFromEnvironment { master_key: read("PUSHSEAL_MASTER_KEY"), api_key: read("PUSHSEAL_API_KEY") }
}

/// `pushseal master-key reseal`
pub(super) fn reseal(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let config = args.config()?;
    let vault = config::master_keys(&config, &secrets())?;
    runtime()?.block_on(async {
        let database = Database::open_as_it_is(&config.database).await?;
        let changed = registry::reseal(&database, &vault).await?;
        println!(
            "{changed} device key(s) encrypted anew; older lines of the master-key file are needed no more"
        );
        Ok(ExitCode::SUCCESS)
    })
}

/// `pushseal serve`
pub(super) fn serve(args: &ServeArgs) -> Result<ExitCode, Failure> {
    start_log();
    let config = args.config()?;
    let loaded = config::load(&config, &secrets())?;
    for warning in config::exposed_files(&config) {
        tracing::warn!("{warning}");
    }
    if let Some(warning) = loaded.device_access.warning() {
        tracing::warn!("{warning}");
    }
    runtime()?.block_on(run(config, loaded))
}

async fn run(config: Config, loaded: Loaded) -> Result<ExitCode, Failure> {
    let stop = asked_to_stop()?;
    let listener = listen(&config.listen).await?;
    let address = listener.local_addr()?;
    let _lock = lock_for_serving(&config.database)?;
    let database = Arc::new(Database::open_with(&config.database, config.database_connections).await?);
    has_its_master_key(&database, &loaded).await?;
    let client = PushClient::new().map_err(|error| Failure(format!("no TLS client: {error}")))?;
    let watching = watch_keys(&config, &loaded).await?;
    let metrics = Arc::new(Metrics::default());
    let webhooks = webhook::start(&database, loaded.webhooks, &metrics).await?;
    let outbox = Outbox::default();
    let settings = OutboxSettings { requests_at_once: config.outbox.requests_at_once };
    let running = outbox.start(&database, &loaded.regions, &client, &metrics, settings);
    let cleaning = tokio::spawn(registry::clean_up_hourly(Arc::clone(&database), config.unseen_device_days));
    let backend = Backend {
        database: Arc::clone(&database),
        vault: loaded.vault,
        regions: loaded.regions,
        api_keys: loaded.api_keys,
        device_access: loaded.device_access,
        attachments: config.attachments,
        limits: loaded.limits,
        push: client,
        outbox,
        metrics,
        database_watch: Arc::default(),
    };
    println!("listening on http://{address}");
    serve_until(stop, listener, app(Arc::new(backend)), &config.limits).await;
    watching.iter().for_each(JoinHandle::abort);
    cleaning.abort();
    running.stop().await;
    webhooks.stop();
    database.pool.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Reads API keys and the keys of the app's sign-in again, from their files and from the URL.
async fn watch_keys(config: &Config, loaded: &Loaded) -> Result<Vec<JoinHandle<()>>, Failure> {
    let mut watching = Vec::new();
    let verifier = match &loaded.device_access {
        DeviceAccess::Jwt(verifier) => Some(Arc::clone(verifier)),
        DeviceAccess::Open | DeviceAccess::Closed => None,
    };
    if let Some(verifier) = verifier.clone() {
        // Those who register right away find the keys.
        verifier.fetch().await;
        watching.push(tokio::spawn(async move { verifier.keep_fresh().await }));
    }
    let reloader = Reloader::new(config.clone(), secrets(), Arc::clone(&loaded.api_keys), verifier);
    let asked = asked_to_reload()?;
    watching.push(tokio::spawn(reloader.run(asked)));
    Ok(watching)
}

/// A master key that was made anew by mistake shows at the start, and not at the first message.
async fn has_its_master_key(database: &Database, loaded: &Loaded) -> Result<(), Failure> {
    let under = registry::under_master_keys(database, &loaded.vault).await?;
    match master_key_fault(under) {
        Some(fault) if under.unknown == under.all => Err(Failure(fault)),
        Some(fault) => {
            tracing::error!("{fault}");
            Ok(())
        }
        None => Ok(()),
    }
}

/// What is wrong and what to do, if something is.
pub(super) fn master_key_fault(under: registry::UnderMasterKeys) -> Option<String> {
    (under.unknown > 0).then(|| {
        format!(
            "{} of the database's {} device keys are under another master key: add its line to the master-key file. If it \
             is lost, these devices have to register again: remove them (`pushseal devices remove`), or begin a new database",
            under.unknown, under.all
        )
    })
}

/// Address and port of the configuration.
pub(super) fn parse_address(address: &str) -> Result<SocketAddr, Failure> {
    address.parse().map_err(|_| {
        Failure(format!(
            "listen: {address} is no address and port, such as 127.0.0.1:8080 (a port is 0 to 65535)"
        ))
    })
}

async fn listen(address: &str) -> Result<TcpListener, Failure> {
    let address = parse_address(address)?;
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => Failure(format!(
            "{address} is taken by another program: stop it, or choose another port (--listen {}:0 takes a free one)",
            address.ip()
        )),
        _ => Failure(format!("cannot listen on {address}: {error}")),
    })
}

/// SIGHUP: the files are read again.
#[cfg(unix)]
fn asked_to_reload() -> std::io::Result<impl FnMut() -> BoxFuture<'static, ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let hangup = Arc::new(tokio::sync::Mutex::new(signal(SignalKind::hangup())?));
    Ok(move || -> BoxFuture<'static, ()> {
        let hangup = Arc::clone(&hangup);
        Box::pin(async move {
            hangup.lock().await.recv().await;
        })
    })
}

/// Windows has no such signal.
#[cfg(windows)]
fn asked_to_reload() -> std::io::Result<impl FnMut() -> BoxFuture<'static, ()> + Send> {
    Ok(|| -> BoxFuture<'static, ()> { Box::pin(std::future::pending()) })
}

/// Watches for Ctrl-C and the system's request to end, from now on.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Watches for Ctrl-C from now on.
#[cfg(windows)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut interrupted = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupted.recv().await;
    })
}

/// JSON lines on standard error; RUST_LOG chooses what.
fn start_log() {
    use tracing_subscriber::EnvFilter;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    // A second start in one process keeps the first log.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// A database URL may hold a password.
pub(super) fn shown(database: &str) -> &str {
    if database.contains("://") { "by URL" } else { database }
}
