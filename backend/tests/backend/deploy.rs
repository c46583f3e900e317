//! The files in `backend/deploy`: the example is a good configuration, the unit and the container name what there is.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;

use crate::stage::Setting;

const EXAMPLE: &str = include_str!("../../deploy/pushseal.toml");
const UNIT: &str = include_str!("../../deploy/pushseal.service");
const CONTAINER: &str = include_str!("../../deploy/Containerfile");
const PROXY: &str = include_str!("../../deploy/nginx.conf");
const IGNORED: &str = include_str!("../../../.dockerignore");
const MANUAL: &str = include_str!("../../../docs/backend.md");

/// The files that a configuration names.
fn files(toml: &str) -> impl Iterator<Item = &str> {
    let members = toml.lines().map(|line| line.trim_start_matches("# "));
    let files = members.filter(|line| line.split('=').next().unwrap().trim().ends_with("_file"));
    files.map(|line| line.split('"').nth(1).unwrap())
}

#[test]
fn the_example_is_a_good_configuration() {
    let setting = Setting::new();
    std::fs::write(setting.path("pushseal.toml"), EXAMPLE).unwrap();
    // The key of RFC 7517, appendix A.1.
    let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]});
    std::fs::write(setting.path("app-keys.json"), keys.to_string()).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    // The folder that it names is made by the unit and the container.
    check.args(["config", "check", "--database", &setting.database, "--listen", "127.0.0.1:0", "--config"]);
    check.arg(setting.path("pushseal.toml"));
    let Output { status, stdout, stderr } = check.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert!(String::from_utf8_lossy(&stdout).contains("the configuration is good: 1 region(s)"));
}

#[test]
fn the_unit_hands_over_each_file_of_the_example_and_shows_the_line_for_each_of_the_manual() {
    let line = |name| format!("LoadCredential={name}:/etc/pushseal/{name}\n");
    assert_eq!(files(EXAMPLE).count(), 4);
    for name in files(EXAMPLE) {
        assert!(UNIT.contains(&format!("\n{}", line(name))), "{name}");
    }
    let manual = MANUAL.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(files(manual).count(), 8);
    for name in files(manual) {
        assert!(UNIT.contains(&line(name)), "{name}");
    }
}

#[test]
fn the_file_chooses_the_database_and_the_example_puts_it_where_the_unit_and_the_container_keep_data() {
    // A variable would beat the file, and postgres:// in it would be passed over in silence.
    assert!(!UNIT.contains("PUSHSEAL_DATABASE") && !CONTAINER.contains("PUSHSEAL_DATABASE"));
    assert!(EXAMPLE.contains("\ndatabase = \"/var/lib/pushseal/pushseal.db\""));
    assert!(
        UNIT.contains("\nStateDirectory=pushseal\n") && CONTAINER.contains("\nVOLUME /var/lib/pushseal\n")
    );
}

/// Secrets and built folders of a working copy stay out, and what is left is a workspace.
#[test]
fn the_container_is_built_from_what_is_named_and_nothing_else() {
    let copied = CONTAINER
        .lines()
        .filter_map(|line| line.strip_prefix("COPY "))
        .filter(|line| !line.contains("--from"));
    let mut copied: Vec<&str> = copied.flat_map(|line| line.rsplit_once(' ').unwrap().0.split(' ')).collect();
    let mut patterns = IGNORED.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(patterns.next(), Some("*"));
    let mut taken: Vec<&str> = patterns.filter_map(|line| line.strip_prefix('!')).collect();
    copied.sort_unstable();
    taken.sort_unstable();
    assert_eq!(copied, taken);
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for name in taken {
        copy(&root.join(name), &folder.path().join(name), &|path| {
            let path = path.strip_prefix(root).unwrap().display().to_string().replace('\\', "/");
            IGNORED.lines().any(|line| line == path)
        });
    }
    assert!(!folder.path().join("backend/deploy").exists());
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]).current_dir(folder.path());
    let Output { status, stdout, stderr } = cargo.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert!(String::from_utf8_lossy(&stdout).contains("\"name\":\"pushseal-backend\""));
    // What the sources take in by name is there, too.
    for (path, text) in sources(&folder.path().join("backend/src")) {
        for name in text.split("include_str!(\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(path.parent().unwrap().join(name).exists(), "{}: {name}", path.display());
        }
    }
}

fn copy(from: &Path, to: &Path, left_out: &dyn Fn(&Path) -> bool) {
    if left_out(from) {
        return;
    }
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        copy(&entry.path(), &to.join(entry.file_name()), left_out);
    }
}

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: PathBuf| match path.is_dir() {
        true => sources(&path),
        false => vec![(path.clone(), std::fs::read_to_string(path).unwrap())],
    };
    entries.flat_map(of).collect()
}

#[test]
fn the_proxy_takes_the_largest_body_and_tells_the_address_as_the_example_reads_it() {
    let mebibytes = PROXY.split("client_max_body_size ").nth(1).unwrap().split("m;").next().unwrap();
    let takes = mebibytes.parse::<usize>().unwrap() * 1024 * 1024;
    assert!(takes >= pushseal::limits::ATTACHMENT_BYTES + 128 * 1024);
    assert!(PROXY.contains("proxy_set_header X-Forwarded-For $remote_addr;"));
    assert!(EXAMPLE.contains("\nclient_address_header = \"x-forwarded-for\""));
    let listen = EXAMPLE.split("listen = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(PROXY.contains(&format!("proxy_pass http://{listen};")));
}

#[test]
fn unit_and_container_name_variables_that_there_are_and_no_root() {
    let help = Command::new(env!("CARGO_BIN_EXE_pushseal")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut named = 0;
    for text in [UNIT, CONTAINER] {
        for name in text.split("PUSHSEAL_").skip(1).map(|rest| rest.split('=').next().unwrap()) {
            assert!(help.contains(&format!("[env: PUSHSEAL_{name}")), "PUSHSEAL_{name}");
            named += 1;
        }
    }
    assert_eq!(named, 2);
    assert!(UNIT.contains("\nDynamicUser=yes\n") && CONTAINER.contains("\nUSER 65532:65532\n"));
}

#[test]
fn systemd_takes_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pushseal.service");
    let program = Path::new(env!("CARGO_BIN_EXE_pushseal")).display().to_string();
    std::fs::write(&path, UNIT.replace("/usr/local/bin/pushseal", &program)).unwrap();
    let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&path).output() else {
        println!("there is no systemd here: the unit is not checked");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("pushseal.service"), "{said}");
}
