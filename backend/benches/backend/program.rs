//! The `pushseal` program as a process, and what it costs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::keys::{CLIENT_ID, CLIENT_SECRET, MASTER_KEY, base64url};

const API_KEY: &str = "psk_bench_bench_bench_bench_bench_bench_bench";

/// A backend that serves. It is killed when this is dropped.
pub struct Program {
    process: Child,
    pub url: String,
}

impl Program {
    /// Starts it with a region `cn` (v3) and a region `old` (v1) at the double.
    pub fn start(folder: &Path, database: &str, double: &str, account: &Path) -> Result<Self> {
        fs::write(folder.join("secret"), CLIENT_SECRET)?;
        let config = folder.join("pushseal.toml");
        fs::write(&config, configuration(database, double, account))?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_pushseal"))
            .args(["serve", "--config"])
            .arg(&config)
            .env("PUSHSEAL_MASTER_KEY", base64url(&MASTER_KEY))
            .env("PUSHSEAL_API_KEY", API_KEY)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .context("the pushseal program does not start")?;
        let mut line = String::new();
        let stdout = process.stdout.take().context("the program has no standard output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let url =
            line.trim().strip_prefix("listening on ").context("the program did not say that it listens")?;
        Ok(Self { process, url: url.to_owned() })
    }

    /// Authorises senders.
    pub const fn api_key() -> &'static str {
        API_KEY
    }

    /// Seconds of processor time so far, of the whole process.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // The name in brackets may hold spaces; user and system time are fields 14 and 15, in hundredths.
        let (_, fields) = stat.rsplit_once(')').context("/proc has no such file")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
    }

    /// The most memory that it had resident, in megabytes (10^6 bytes).
    pub fn peak_megabytes(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM in /proc")?;
        let kibibytes: f64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(kibibytes * 1024.0 / 1e6)
    }

    /// Asks it to end as a service manager does, and waits for it.
    pub fn stop(mut self) -> Result<()> {
        let id = self.process.id();
        let asked = Command::new("sh").args(["-c", &format!("kill -TERM {id}")]).status()?;
        ensure!(asked.success(), "the program cannot be asked to stop");
        ensure!(self.process.wait()?.success(), "the program failed");
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The rate limits are out of the way: the speed is what is looked for.
fn configuration(database: &str, double: &str, account: &Path) -> String {
    format!(
        r#"
listen = "127.0.0.1:0"
database = "{database}"
open_registration = true

[limits]
key_per_second = 0

[regions.cn]
push_url = "{double}"
service_account_file = "{account}"
requests_per_second = 1000000

[regions.old]
push_url = "{double}"
token_url = "{double}/oauth2/v3/token"
app_id = "{CLIENT_ID}"
client_secret_file = "secret"
requests_per_second = 1000000
"#,
        account = account.display()
    )
}
