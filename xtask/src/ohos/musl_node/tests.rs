//! The double of hilog, compiled for this machine with clang 19.

use super::*;
use crate::{ohos::sample, process::read};

/// What the double of hilog records for the call `log` of a C program.
fn logged(log: &str) -> Result<serde_json::Value> {
    let folder = sample::new_folder();
    let (source, program, record) = (folder.join("log.c"), folder.join("log"), folder.join("lines"));
    let (_, double) = DOUBLES.into_iter().find(|(name, _)| *name == "libhilog_ndk.z.so").unwrap();
    fs::write(&source, format!("{double}\nint main(void) {{ {log}; return 0; }}\n"))?;
    read(Command::new("clang-19").arg("-w").arg("-o").args([&program, &source]), "compile a log call")?;
    let ended = read(Command::new(&program).env("HILOG_DOUBLE", &record), "log a line");
    let lines = fs::read_to_string(&record).unwrap_or_default();
    fs::remove_dir_all(&folder)?;
    ended?;
    Ok(serde_json::from_str(&format!("[{}]", lines.trim_end().replace('\n', ",")))?)
}

#[test]
fn hilog_shows_what_is_public_and_hides_the_rest() {
    let lines = logged(
        r#"OH_LOG_Print(0, 4, 0x3201, "PushSeal", "%{public}s %{private}s %s %{public}d%%\"", "a%sb\x01", "k", "k", 7)"#,
    );
    assert_eq!(
        lines.unwrap(),
        serde_json::json!([{
            "level": 4,
            "domain": 0x3201,
            "tag": "PushSeal",
            "format": "%{public}s %{private}s %s %{public}d%%\"",
            "message": "a%sb\u{1} <private> <private> 7%\"",
        }])
    );
}

#[test]
fn hilog_drops_what_a_device_would_not_print() {
    let lines = logged(
        r#"OH_LOG_Print(0, 4, 0x10000, "t", "x"); OH_LOG_Print(0, 2, 0, "t", "x"); OH_LOG_Print(1, 4, 0, "t", "x");
           OH_LOG_PrintMsg(0, 6, 1, "a tag of more than thirty-one bytes", "100%s")"#,
    );
    let line = serde_json::json!([{
        "level": 6, "domain": 1, "tag": "a tag of more than thirty-one b", "format": "%{public}s", "message": "100%s",
    }]);
    assert_eq!(lines.unwrap(), line);
}

#[test]
fn hilog_ends_a_program_whose_data_acts_as_a_format() {
    assert!(logged(r#"OH_LOG_Print(0, 4, 0, "t", "%n", 0)"#).is_err());
}
