//! A PostgreSQL server in a temporary folder, for the bench and for the tests.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// A server on loopback; it stops when this is dropped.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    settings: String,
}

impl Postgres {
    /// Makes a cluster in the folder and starts it on a free port. `settings` are `-c NAME=VALUE`; without any it is as
    /// durable as it is by default.
    pub fn start(folder: &Path, settings: &str) -> Result<Self> {
        let programs =
            programs().context("PostgreSQL is not installed (Debian: apt-get install postgresql)")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (folder, settings) = (folder.to_path_buf(), settings.to_owned());
        let server = Self { programs, folder, port, settings };
        if is_root() {
            // PostgreSQL refuses to run as root; its package brings a user.
            ensure!(
                Command::new("chown").arg("postgres").arg(&server.folder).status()?.success(),
                "no user postgres"
            );
        }
        server.run("initdb", &["-D", &server.data(), "-U", "pushseal", "--auth=trust", "-E", "UTF8"])?;
        server.start_again()?;
        Ok(server)
    }

    /// Starts it after [`Self::stop`], on the same port with the same data.
    pub fn start_again(&self) -> Result<()> {
        let (folder, port, settings) = (self.folder.display(), self.port, &self.settings);
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} {settings}"
        );
        self.run(
            "pg_ctl",
            &["-D", &self.data(), "-l", &format!("{folder}/log"), "-o", &options, "-w", "start"],
        )
    }

    /// Stops it: `fast` ends every connection first, `immediate` is a crash.
    pub fn stop(&self, mode: &str) -> Result<()> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", mode, "-w", "stop"])
    }

    /// The address without a database's name; there is one called `postgres`.
    pub fn url(&self) -> String {
        format!("postgres://pushseal@127.0.0.1:{}", self.port)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<()> {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        let status = command.args(arguments).current_dir("/").stdout(Stdio::null()).status()?;
        ensure!(status.success(), "{program} failed");
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let is_running = Path::new(&self.data()).join("postmaster.pid").exists();
        if let Err(error) = if is_running { self.stop("immediate") } else { Ok(()) } {
            eprintln!("PostgreSQL still runs in {}: {error}", self.folder.display());
        }
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// The newest server's programs, if there is one: as Debian lays them out, or those on the path.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    let debian = newest.map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()));
    debian.filter(|folder| folder.join("initdb").exists()).or(on_path)
}
