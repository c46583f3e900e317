//! `pushseal serve` as a process, with files and keys of its own.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use pushseal_backend::access::{NewApiKey, Scope};
use tempfile::TempDir;

use super::service_account;

/// A running backend; it ends when this is dropped.
pub(crate) struct Program {
    pub(crate) process: Child,
    pub(crate) url: String,
}

impl Program {
    /// A backend that was just started, once it listens.
    pub(crate) fn of(mut process: Child) -> Self {
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").expect("one line with the address").to_owned();
        Self { process, url }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What a backend is started with.
pub(crate) struct Setting {
    pub(crate) folder: TempDir,
    pub(crate) account: PathBuf,
    pub(crate) key: String,
    /// A file's name or a URL.
    pub(crate) database: String,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = service_account(folder.path());
        let new = NewApiKey::generate("test", &[Scope::Send, Scope::Read]).unwrap();
        std::fs::write(folder.path().join("api-keys"), &new.line).unwrap();
        let master =
            Command::new(env!("CARGO_BIN_EXE_pushseal")).args(["master-key", "new"]).output().unwrap();
        std::fs::write(folder.path().join("master.key"), master.stdout).unwrap();
        let database = folder.path().join("pushseal.db").display().to_string();
        Self { folder, account, key: new.key.to_string(), database }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self, push_url: &str, listen: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
        command
            .args(["serve", "--open-registration", "--listen", listen, "--push-url", push_url])
            .arg("--database")
            .arg(&self.database)
            .arg("--master-key-file")
            .arg(self.path("master.key"))
            .arg("--api-keys-file")
            .arg(self.path("api-keys"))
            .arg("--service-account")
            .arg(&self.account)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, push_url: &str) -> Program {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        Program::of(self.command(push_url, "127.0.0.1:0").stderr(log).spawn().unwrap())
    }

    /// What every start so far has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }
}
