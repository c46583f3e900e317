//! `pushseal doctor`: one line for each thing that has to be right before messages arrive.

mod findings;
mod region;

use std::process::ExitCode;

use self::findings::Findings;
use super::failure::{Failure, runtime};
use super::serve::{ServeArgs, master_key_fault, secrets, shown};
use crate::config::{self, Config, Loaded};
use crate::database::{Database, OpenError, missing_file};
use crate::registry;
use push_kit::PushClient;

/// Looks at everything. The exit code is 1 when something is wrong.
pub(super) fn run(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let mut findings = Findings::default();
    if let Some((config, loaded)) = configuration(&mut findings, args) {
        warnings(&findings, &config, &loaded);
        runtime()?.block_on(async {
            database(&mut findings, &config, &loaded).await;
            regions(&mut findings, &loaded).await
        })?;
    }
    match findings.faults {
        0 => {
            println!("all is well, as far as it can be told from here");
            Ok(ExitCode::SUCCESS)
        }
        faults => {
            println!("{faults} thing(s) to put right");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Every file that the configuration names, key files among them.
fn configuration(findings: &mut Findings, args: &ServeArgs) -> Option<(Config, Loaded)> {
    const WHAT: &str = "configuration and key files";
    const ADVICE: &str = "put it right; nothing else can be looked at before";
    let config = match args.config() {
        Ok(config) => config,
        Err(Failure(text)) => {
            findings.bad(WHAT, &text, ADVICE);
            return None;
        }
    };
    match config::load(&config, &secrets()) {
        Ok(loaded) => {
            findings.good(WHAT, &format!("read; {} region(s)", loaded.regions.len()));
            Some((config, loaded))
        }
        Err(problems) => {
            problems.iter().for_each(|problem| findings.bad(WHAT, &problem.to_string(), ADVICE));
            None
        }
    }
}

/// Nothing keeps `serve` from starting here, and seldom is it meant.
fn warnings(findings: &Findings, config: &Config, loaded: &Loaded) {
    match loaded.device_access.warning() {
        Some(warning) => findings.doubtful("registration", warning),
        None => findings.good("registration", "with the app's own JWT"),
    }
    for warning in config::exposed_files(config) {
        findings.doubtful("key files", &warning);
    }
}

async fn database(findings: &mut Findings, config: &Config, loaded: &Loaded) {
    const WHAT: &str = "database";
    if let Some(file) = missing_file(&config.database) {
        findings.good(WHAT, &format!("{file} is not there yet: `pushseal serve` makes it"));
        return;
    }
    match Database::open_as_it_is(&config.database).await {
        Err(error @ OpenError::Behind(_)) => findings.good(WHAT, &error.to_string()),
        Ok(database) => {
            findings.good(WHAT, &format!("{} opens", shown(&config.database)));
            master_key(findings, &database, loaded).await;
        }
        Err(error) => findings.bad(
            WHAT,
            &error.to_string(),
            "check that it runs, the address, and that this user may open it",
        ),
    }
}

async fn master_key(findings: &mut Findings, database: &Database, loaded: &Loaded) {
    const WHAT: &str = "master key";
    match registry::under_master_keys(database, &loaded.vault)
        .await
        .map(|under| (under, master_key_fault(under)))
    {
        Ok((under, None)) => findings.good(WHAT, &format!("of all {} device keys", under.all)),
        Ok((_, Some(fault))) => findings.bad(WHAT, "not that of every device key", &fault),
        Err(error) => findings.bad(WHAT, &error.to_string(), "check the database"),
    }
}

async fn regions(findings: &mut Findings, loaded: &Loaded) -> Result<(), Failure> {
    let client = PushClient::new().map_err(|error| Failure(format!("no TLS client: {error}")))?;
    for region in loaded.regions.values() {
        if region::reaches(findings, &client, region).await {
            region::console(findings, &client, region).await;
        }
    }
    Ok(())
}
