//! `pushseal config check`: whether `pushseal serve` would start, and everything that would keep it from it.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

use super::failure::{Failure, runtime};
use super::serve::{ServeArgs, parse_address, secrets, shown};
use crate::config;
use crate::database::{Database, OpenError, missing_file};

/// What was found.
#[derive(Default)]
struct Found {
    problems: Vec<String>,
    warnings: Vec<String>,
}

/// Prints every problem and warning. The exit code is 1 when there is a problem.
pub(super) fn run(args: &ServeArgs) -> Result<ExitCode, Failure> {
    let config = args.config()?;
    let mut found = Found { warnings: config::exposed_files(&config), ..Found::default() };
    match config::load(&config, &secrets()) {
        Ok(loaded) => found.warnings.extend(loaded.device_access.warning().map(str::to_owned)),
        Err(problems) => found.problems.extend(problems.iter().map(ToString::to_string)),
    }
    address(&mut found, &config.listen);
    runtime()?.block_on(database(&mut found, &config.database));
    for warning in &found.warnings {
        eprintln!("warning: {warning}");
    }
    for problem in &found.problems {
        eprintln!("pushseal: {problem}");
    }
    if !found.problems.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    let regions = config.regions.len();
    println!("the configuration is good: {regions} region(s), database {}", shown(&config.database));
    Ok(ExitCode::SUCCESS)
}

fn address(found: &mut Found, listen: &str) {
    let address = match parse_address(listen) {
        Ok(address) => address,
        Err(Failure(problem)) => return found.problems.push(problem),
    };
    match TcpListener::bind(address) {
        Ok(_) => {}
        // The check may run beside the backend that it is for.
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => found.warnings.push(format!(
            "{address} is in use now: by this backend if it runs, else `serve` would not start"
        )),
        Err(error) => found.problems.push(format!("cannot listen on {address}: {error}")),
    }
}

async fn database(found: &mut Found, address: &str) {
    if let Some(file) = missing_file(address) {
        found.problems.extend(folder_fault(Path::new(file)));
        return;
    }
    match Database::open_as_it_is(address).await {
        Ok(database) => database.pool.close().await,
        // `serve` brings it up to date.
        Err(OpenError::Behind(_)) => {}
        Err(error) => found.problems.push(error.to_string()),
    }
}

/// Why `serve` could not make a file there.
fn folder_fault(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Rights and read-only disks show when a file is made, and not before.
    let probe = folder.join(format!(".pushseal-check-{}", std::process::id()));
    let made = std::fs::File::create_new(&probe);
    let removed = made.is_ok().then(|| std::fs::remove_file(&probe));
    let error = made.err().or_else(|| removed.and_then(Result::err))?;
    let (file, folder) = (file.display(), folder.display());
    Some(format!("the database {file} cannot be made: no file can be made in the folder {folder}: {error}"))
}
