//! `pushseal keygen | seal | open`: lines in, lines out.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn pushseal(args: &[&str], key: Option<&str>, input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushseal"));
    command
        .args(args)
        .env_remove("PUSHSEAL_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(key) = key {
        command.env("PUSHSEAL_KEY", key);
    }
    let mut process = command.spawn().unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn lines(bytes: &[u8]) -> Vec<String> {
    std::str::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

fn new_key(folder: &Path, args: &[&str]) -> (String, String) {
    let output = pushseal(&[&["keygen"], args].concat(), None, b"");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let path = folder.join("key.json");
    std::fs::write(&path, &text).unwrap();
    (path.display().to_string(), text)
}

#[test]
fn what_is_sealed_opens_again() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in ["16", "32"] {
        let (file, _) = new_key(folder.path(), &["--bytes", bytes]);
        let input = "{\"a\":1}\n\"世界 🎉\"\nnull\n[1,2]";
        let sealed = pushseal(&["seal", "--key-file", &file, "--aud", "com.example"], None, input.as_bytes());
        assert!(sealed.status.success(), "{:?}", lines(&sealed.stderr));
        assert_eq!(lines(&sealed.stdout).len(), 4);
        let opened = pushseal(&["open", "--key-file", &file, "--aud", "com.example"], None, &sealed.stdout);
        assert!(opened.status.success(), "{:?}", lines(&opened.stderr));
        let data: Vec<Value> = lines(&opened.stdout)
            .iter()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["data"].clone())
            .collect();
        let expected: Vec<Value> = input.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(data, expected);
    }
}

#[test]
fn a_bad_line_is_named_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = new_key(folder.path(), &[]);
    let sealed = pushseal(&["seal", "--key-file", &file], None, b"1\nnot json\n{\"a\":1,\"a\":2}\n4\n");
    assert_eq!(sealed.status.code(), Some(1));
    assert_eq!(lines(&sealed.stdout).len(), 2);
    let errors = lines(&sealed.stderr);
    assert_eq!(errors.len(), 2);
    assert!(errors[0].starts_with("line 2: 3001 InvalidArgument"), "{errors:?}");
    assert!(errors[1].starts_with("line 3: 2008 UnsafeJson"), "{errors:?}");
    let good = lines(&sealed.stdout);
    let mut broken = good[0].clone();
    broken.replace_range(broken.len() - 3.., "AAA");
    let mut input = format!("{}\n{broken}\n\n", good[0]).into_bytes();
    input.extend_from_slice(&vec![b'A'; 300_000]);
    input.extend_from_slice(b"\n\xff\xfe\n");
    input.extend_from_slice(good[1].as_bytes());
    let opened = pushseal(&["open", "--key-file", &file], None, &input);
    assert_eq!(opened.status.code(), Some(1));
    assert_eq!(lines(&opened.stdout).len(), 2);
    let codes: Vec<_> = lines(&opened.stderr)
        .iter()
        .map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(codes[1..], ["line 3: 2007", "line 4: 2001", "line 5: 2002"]);
    assert!(codes[0].starts_with("line 2: 200"), "{codes:?}");
}

#[test]
fn the_key_may_come_from_the_environment_and_a_previous_one_still_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (_, old) = new_key(folder.path(), &[]);
    let (_, new) = new_key(folder.path(), &[]);
    let sealed = pushseal(&["seal"], Some(&old), b"1");
    assert!(sealed.status.success());
    let both = format!("{new}{old}");
    assert!(pushseal(&["open"], Some(&both), &sealed.stdout).status.success());
    let only_new = pushseal(&["open"], Some(&new), &sealed.stdout);
    assert!(lines(&only_new.stderr)[0].starts_with("line 1: 1002 UnknownKey"));
    assert!(String::from_utf8(pushseal(&["seal"], None, b"1").stderr).unwrap().contains("PUSHSEAL_KEY"));
    let wrong = pushseal(&["seal"], Some("secret-secret"), b"1");
    assert!(!String::from_utf8(wrong.stderr).unwrap().contains("secret-secret"));
}

#[test]
fn expiry_and_audience_are_sealed_in() {
    let folder = tempfile::tempdir().unwrap();
    let (file, _) = new_key(folder.path(), &[]);
    let sealed = pushseal(&["seal", "--key-file", &file, "--aud", "a.b", "--exp", "99999999999"], None, b"1");
    let opened = pushseal(&["open", "--key-file", &file], None, &sealed.stdout);
    let message: Value = serde_json::from_slice(&opened.stdout).unwrap();
    assert_eq!(message["expiresAt"], 99_999_999_999_000_u64);
    let other = pushseal(&["open", "--key-file", &file, "--aud", "c.d"], None, &sealed.stdout);
    assert!(lines(&other.stderr)[0].starts_with("line 1: 2006 WrongAudience"));
    let past = pushseal(&["seal", "--key-file", &file, "--exp", "1"], None, b"1");
    assert_eq!(past.status.code(), Some(1));
}
