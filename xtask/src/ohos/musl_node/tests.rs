//! The renamed import, and the double of hilog (compiled for this machine with clang 19).

use super::*;
use crate::{
    ohos::sample::{self, Sample},
    process::read,
};
use object::{Object, ObjectSymbol};

fn imports(library: &[u8]) -> Vec<String> {
    let file = object::File::parse(library).unwrap();
    let undefined = file.dynamic_symbols().filter(ObjectSymbol::is_undefined);
    undefined.map(|symbol| symbol.name().unwrap().to_owned()).collect()
}

#[test]
fn only_the_name_of_the_import_changes() {
    for abi in Abi::ALL {
        let original = Sample::right(abi).build();
        let mut renamed = original.clone();
        rename_import(&mut renamed, REGISTER).unwrap();
        let (before, after) = (imports(&original), imports(&renamed));
        assert!(before.iter().any(|name| name == REGISTER.0));
        let expected = before.iter().map(|name| if name == REGISTER.0 { REGISTER.1 } else { name });
        assert!(after.iter().map(String::as_str).eq(expected));
        let differing: Vec<usize> = (0..original.len()).filter(|&at| original[at] != renamed[at]).collect();
        assert!(!differing.is_empty() && differing[differing.len() - 1] - differing[0] < REGISTER.0.len());
    }
}

#[test]
fn a_library_without_the_import_is_left_alone() {
    let mut library = Sample::right(Abi::X86_64).build();
    let absent = ("napi_module_unregister", "pushseal_no_unregister");
    let error = rename_import(&mut library, absent).unwrap_err();
    assert_eq!(error.to_string(), "the library does not import napi_module_unregister");
}

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
