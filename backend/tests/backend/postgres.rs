//! The same tests on PostgreSQL: a server in a temporary folder on a free port, one database a test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::stage::DATABASE_SERVER;

struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
}

impl Server {
    fn start(programs: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { programs, folder, port };
        if is_root() {
            // PostgreSQL refuses to run as root; its package brings a user.
            let folder = server.folder.path();
            assert!(Command::new("chown").arg("postgres").arg(folder).status().unwrap().success());
        }
        let data = server.data();
        let data = data.to_str().unwrap();
        server.run("initdb", &["-D", data, "-U", "pushseal", "--auth=trust", "-E", "UTF8"]);
        let folder = server.folder.path().to_str().unwrap();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off -c max_connections=300"
        );
        let log = format!("{folder}/log");
        server.run("pg_ctl", &["-D", data, "-l", &log, "-o", &options, "-w", "start"]);
        server
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &str, args: &[&str]) {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        let status = command.args(args).current_dir("/").stdout(Stdio::null()).status().unwrap();
        assert!(status.success(), "{program} failed");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        self.run("pg_ctl", &["-D", data.to_str().unwrap(), "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// The newest installed server's programs, as Debian lays them out, or those on the path.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<_> =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().collect();
    versions.sort_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0));
    let debian = versions.pop().map(|entry| entry.path().join("bin"));
    let on_path = std::env::var_os("PATH")
        .and_then(|path| std::env::split_paths(&path).find(|folder| folder.join("initdb").exists()));
    debian.filter(|folder| folder.join("initdb").exists()).or(on_path)
}

#[test]
fn every_test_of_the_interface_and_the_outbox_passes_on_postgresql() {
    let Some(programs) = programs() else {
        let message = "PostgreSQL is not installed (Debian: apt-get install postgresql): not tested on it";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
        return;
    };
    let server = Server::start(programs);
    let url = format!("postgres://pushseal@127.0.0.1:{}", server.port);
    let this: &Path = &std::env::current_exe().unwrap();
    let output = Command::new(this)
        .args(["api::", "delivery::", "outcomes::", "receipts::", "registry::", "sharing::"])
        .env(DATABASE_SERVER, &url)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let ran = text.lines().find(|line| line.starts_with("test result: ok. ")).expect("a result");
    println!("on PostgreSQL: {ran}");
    assert!(!ran.contains(" 0 passed"));
}
