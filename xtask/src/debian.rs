//! Debian's packages: installed with apt where programs are needed, unpacked into a cache folder where only
//! their files are (libraries for another processor, or from a newer release than the machine's).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};

use crate::process::{output, read, run};

/// The release whose musl (1.2.5) can load the relative relocations of current binaries; Debian 12's cannot.
const RELEASE: &str = "trixie";

/// One installation at a time: dpkg refuses a second.
static INSTALLING: Mutex<()> = Mutex::new(());

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Makes sure that `packages` are installed, installing them when we are root.
pub fn require(packages: &[&str]) -> Result<()> {
    let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !is_root() {
        bail!("missing Debian packages. Install them with: sudo apt-get install {list}");
    }
    eprintln!("setup: installing Debian packages: {list}");
    run(apt_get().arg("update"), "refresh the package lists")?;
    run(
        apt_get().args(["install", "--yes", "--no-install-recommends"]).args(&missing),
        &format!("install {list}"),
    )
}

/// Whether this machine has Debian's package tools at all.
pub fn available() -> bool {
    Path::new("/usr/bin/apt-get").exists() && Path::new("/usr/bin/dpkg-deb").exists()
}

fn installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]);
    output(&mut query, "ask for installed packages").is_ok_and(|answer| answer.stdout == b"installed")
}

fn is_root() -> bool {
    read(Command::new("id").arg("-u"), "ask for the user").is_ok_and(|id| id.trim() == "0")
}

fn apt_get() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=1");
    apt
}

/// Downloads each `(package, architecture)` from [`RELEASE`] and unpacks it into `into/<architecture>/`,
/// through an apt configuration of our own in `into`: the machine's sources, lists and architectures stay as
/// they are, and no root is needed.
pub fn unpack(packages: &[(&str, &str)], into: &Path) -> Result<()> {
    let private = PrivateApt::new(&into.join("apt"))?;
    for package in private.download(packages)? {
        let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((_, architecture)) = name.trim_end_matches(".deb").rsplit_once('_') else {
            bail!("apt downloaded a file with an unexpected name: {name}");
        };
        let mut extract = Command::new("dpkg-deb");
        extract.arg("--extract").arg(&package).arg(into.join(architecture));
        run(&mut extract, "unpack a Debian package")?;
    }
    Ok(())
}

struct PrivateApt {
    configuration: PathBuf,
    downloads: PathBuf,
}

impl PrivateApt {
    fn new(folder: &Path) -> Result<Self> {
        let downloads = folder.join("downloads");
        for needed in ["state/lists/partial", "cache/archives/partial", "downloads"] {
            fs::create_dir_all(folder.join(needed))?;
        }
        fs::write(folder.join("state/status"), "")?;
        fs::write(
            folder.join("sources.list"),
            format!("deb [arch=amd64,arm64 signed-by={KEYRING}] {} {RELEASE} main\n", mirror()?),
        )?;
        let configuration = folder.join("apt.conf");
        fs::write(&configuration, configuration_text(folder))?;
        Ok(Self { configuration, downloads })
    }

    fn download(&self, packages: &[(&str, &str)]) -> Result<Vec<PathBuf>> {
        run(self.apt_get().arg("update"), &format!("read the package lists of Debian {RELEASE}"))?;
        let names = packages.iter().map(|(package, architecture)| format!("{package}:{architecture}"));
        run(self.apt_get().arg("download").args(names), "download Debian packages")?;
        let files = fs::read_dir(&self.downloads)?;
        let paths: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
        if paths.len() != packages.len() {
            bail!("apt downloaded {} packages instead of {}", paths.len(), packages.len());
        }
        Ok(paths)
    }

    fn apt_get(&self) -> Command {
        let mut apt = apt_get();
        apt.env("APT_CONFIG", &self.configuration).current_dir(&self.downloads);
        apt
    }
}

fn configuration_text(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"Dir::State "{folder}/state";
Dir::State::status "{folder}/state/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architectures {{ "amd64"; "arm64"; }};
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
"#
    )
}

/// The mirror that this machine's own apt uses for Debian.
fn mirror() -> Result<String> {
    let mut targets = Command::new("apt-get");
    targets.args(["indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"]);
    let listed = read(&mut targets, "ask apt for its sources")?;
    listed
        .lines()
        .filter_map(|line| line.strip_prefix("Debian "))
        .find(|uri| !uri.contains("security"))
        .map(str::to_owned)
        .context("apt knows no Debian mirror: add one to /etc/apt/sources.list.d and run `apt-get update`")
}
