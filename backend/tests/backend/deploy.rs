//! The files in `backend/deploy`: the example is a good configuration, the unit and the container name what there is.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::stage::Setting;

const EXAMPLE: &str = include_str!("../../deploy/pushseal.toml");
const UNIT: &str = include_str!("../../deploy/pushseal.service");
const CONTAINER: &str = include_str!("../../deploy/Containerfile");

#[test]
fn the_example_is_a_good_configuration() {
    let setting = Setting::new();
    std::fs::write(setting.path("pushseal.toml"), EXAMPLE).unwrap();
    // The key of RFC 7517, appendix A.1.
    let keys = json!({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]});
    std::fs::write(setting.path("app-keys.json"), keys.to_string()).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    check.args(["config", "check", "--config"]).arg(setting.path("pushseal.toml"));
    let Output { status, stdout, stderr } = check.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    assert!(String::from_utf8_lossy(&stdout).contains("the configuration is good: 1 region(s)"));
    // Each file that it names is handed over by the unit.
    for line in EXAMPLE.lines().filter(|line| line.split('=').next().unwrap().trim().ends_with("_file")) {
        let name = line.split('"').nth(1).unwrap();
        assert!(UNIT.contains(&format!("LoadCredential={name}:/etc/pushseal/{name}\n")), "{name}");
    }
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
    assert_eq!(named, 4);
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
