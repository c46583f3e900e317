//! `pushseal devices list | show | remove`: what the registry holds, without secrets.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::failure::{Failure, runtime};
use crate::clock;
use crate::config::Config;
use crate::database::{Database, missing_file};
use crate::registry::{self, DeviceSummary};

/// Devices read from the database at a time.
const PAGE: i64 = 1000;

#[derive(Debug, Subcommand)]
pub(super) enum DevicesCommand {
    /// Print every device in the order of its id: a table, or with --json one object a line
    List(ListArgs),
    /// Print one device as JSON
    Show(OneArgs),
    /// Remove one device with its keys; messages that wait for it are given up
    Remove(OneArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// Devices of this user only
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Devices of this region only
    #[arg(long, value_name = "NAME")]
    region: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The device's id, as the answer to its registration has it
    id: String,
}

/// Which database; nothing else of the configuration is needed.
#[derive(Clone, Debug, Args)]
pub(super) struct DatabaseArgs {
    /// The TOML configuration that names the database
    #[arg(long, value_name = "FILE", env = "PUSHSEAL_CONFIG")]
    config: Option<PathBuf>,
    /// Database: a file name, or postgres://USER@HOST/NAME
    #[arg(long, value_name = "FILE|URL", env = "PUSHSEAL_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl DatabaseArgs {
    /// Opens it. A file that is not there is a mistake here and is not made.
    pub(super) async fn open(&self) -> Result<Database, Failure> {
        let from_file = self.config.as_deref().map(Config::read).transpose()?.unwrap_or_default().database;
        let address = self.database.clone().unwrap_or(from_file);
        if let Some(path) = missing_file(&address) {
            return Err(Failure(format!(
                "there is no database {path}: give --config FILE or --database FILE|URL, as `pushseal serve` has it"
            )));
        }
        Ok(Database::open_as_it_is(&address).await?)
    }
}

/// `pushseal devices …`
pub(super) fn run(command: &DevicesCommand) -> Result<ExitCode, Failure> {
    runtime()?.block_on(async {
        match command {
            DevicesCommand::List(args) => list(args).await,
            DevicesCommand::Show(args) => show(args).await,
            DevicesCommand::Remove(args) => remove(args).await,
        }
    })
}

async fn list(args: &ListArgs) -> Result<ExitCode, Failure> {
    let database = args.database.open().await?;
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    if !args.json {
        writeln!(output, "{}", row(["device", "user", "region", "bundle", "token", "seen"]))?;
    }
    let mut after = String::new();
    loop {
        let page = registry::list(&database, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.device_id);
        for device in page.iter().filter(|device| wanted(args, device)) {
            if args.json {
                writeln!(output, "{}", serde_json::to_string(device)?)?;
            } else {
                writeln!(output, "{}", line(device))?;
            }
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: &ListArgs, device: &DeviceSummary) -> bool {
    args.user.as_ref().is_none_or(|user| *user == device.user)
        && args.region.as_ref().is_none_or(|region| *region == device.region)
}

fn line(device: &DeviceSummary) -> String {
    let age_s = clock::now_ms().saturating_sub(device.seen_at).max(0) / 1000;
    let token = match device.token_fault.as_str() {
        _ if device.has_token => "good",
        "" => "none",
        fault => fault,
    };
    let user = if device.user.is_empty() { "-" } else { &device.user };
    row([&device.device_id, user, &device.region, &device.bundle, token, &ago(age_s)])
}

fn row(cells: [&str; 6]) -> String {
    let [device, user, region, bundle, token, seen] = cells;
    format!("{device:<38} {user:<24} {region:<8} {bundle:<28} {token:<16} {seen}")
}

fn ago(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

async fn show(args: &OneArgs) -> Result<ExitCode, Failure> {
    let database = args.database.open().await?;
    let device = registry::summary(&database, &args.id).await?.ok_or_else(|| unknown(&args.id))?;
    println!("{}", serde_json::to_string_pretty(&device)?);
    Ok(ExitCode::SUCCESS)
}

async fn remove(args: &OneArgs) -> Result<ExitCode, Failure> {
    let database = args.database.open().await?;
    if !registry::remove_by_id(&database, &args.id).await? {
        return Err(unknown(&args.id));
    }
    println!("removed {}", args.id);
    Ok(ExitCode::SUCCESS)
}

fn unknown(id: &str) -> Failure {
    Failure(format!("no device {id:?} is registered: `pushseal devices list` shows those that are"))
}
