//! Huawei's printed answers and every documented code: what each means. `tests/doubles/README.md` of the repository names the pages.

use huawei_push_kit::{Advice, Outcome, Refused, classify};
use serde_json::json;

fn outcome(status: u16, code: &str) -> Outcome {
    classify(status, json!({"code": code, "msg": "x", "requestId": "r"}).to_string().as_bytes()).outcome
}

fn with_msg(code: &str, msg: &str) -> Outcome {
    classify(200, json!({"code": code, "msg": msg, "requestId": "r"}).to_string().as_bytes()).outcome
}

fn refused(token: &str, reason: &str, advice: Advice) -> Refused {
    Refused { token: token.into(), reason: reason.into(), advice }
}

#[test]
fn every_documented_code_has_its_reaction() {
    let table = [
        ("80000000", Outcome::Sent),
        ("80300007", Outcome::AllRefused(Vec::new())),
        ("80100001", Outcome::Permanent),
        ("80100002", Outcome::Permanent),
        ("80100003", Outcome::Permanent),
        ("80100004", Outcome::Permanent),
        ("80100013", Outcome::Retry),
        ("80100016", Outcome::Permanent),
        ("80100017", Outcome::Permanent),
        ("80100018", Outcome::Permanent),
        ("80100020", Outcome::Permanent),
        ("80100022", Outcome::Permanent),
        ("80200001", Outcome::Misconfigured),
        ("80200003", Outcome::Renew),
        ("80200005", Outcome::Renew),
        ("80300002", Outcome::Misconfigured),
        ("80300008", Outcome::Permanent),
        ("80300010", Outcome::Split),
        ("80300011", Outcome::Retry),
        ("80300017", Outcome::Permanent),
        ("80300028", Outcome::Misconfigured),
        ("80300029", Outcome::Retry),
        ("80300030", Outcome::Split),
        ("80300032", Outcome::Misconfigured),
        ("80300036", Outcome::Misconfigured),
        ("80300037", Outcome::Misconfigured),
        ("80600003", Outcome::Retry),
        ("80000001", Outcome::Internal),
        ("81000001", Outcome::Internal),
        ("82000012", Outcome::Misconfigured),
        ("82000013", Outcome::Misconfigured),
    ];
    for (code, expected) in table {
        for status in [200, 400, 401, 500] {
            assert_eq!(outcome(status, code), expected, "{code} with HTTP {status}");
        }
    }
}

#[test]
fn without_a_code_the_status_decides_and_what_is_not_understood_is_no_verdict() {
    let table = [
        (500, Outcome::Internal),
        (502, Outcome::Retry),
        (503, Outcome::Retry),
        (504, Outcome::Retry),
        (429, Outcome::Retry),
        (401, Outcome::Misconfigured),
        (404, Outcome::Misconfigured),
        (200, Outcome::NotUnderstood),
        (204, Outcome::NotUnderstood),
        (302, Outcome::NotUnderstood),
        (400, Outcome::NotUnderstood),
        (408, Outcome::NotUnderstood),
        (413, Outcome::NotUnderstood),
        (501, Outcome::NotUnderstood),
    ];
    let bodies = ["", "<html>", "{}", "null", r#"{"code":8}"#, r#"{"code":"80000000","msg":"Succ"#];
    for (status, expected) in table {
        for body in bodies {
            let sent = classify(status, body.as_bytes());
            assert_eq!(sent.outcome, expected, "HTTP {status} with {body:?}");
            assert_eq!(sent.code, format!("http_{status}"));
        }
    }
    for status in [200, 400, 500] {
        assert_eq!(outcome(status, "80999999"), Outcome::NotUnderstood, "an unknown code");
    }
}

/// The samples of "Push Kit, REST API: scenario-based messages, response parameters".
#[test]
fn the_printed_samples_are_read_token_by_token() {
    let partly = r#"{"illegalTokens":{" tokenFormatError ":["MAAA1"]},"success":1,"failure":1}"#;
    assert_eq!(
        with_msg("80100000", partly),
        Outcome::PartlySent(vec![refused("MAAA1", "tokenFormatError", Advice::InvalidToken)])
    );
    let all = r#"{"failure":2,"illegalTokens":{"noRight":["MAAA1","MAAA2"]}}"#;
    assert_eq!(
        with_msg("80300007", all),
        Outcome::AllRefused(vec![
            refused("MAAA1", "noRight", Advice::Configuration),
            refused("MAAA2", "noRight", Advice::Configuration)
        ])
    );
    let faq = r#"{"failure":1,"illegalTokens":{"noPushTypeRight":["MAM0"]}}"#;
    assert_eq!(
        with_msg("80300007", faq),
        Outcome::AllRefused(vec![refused("MAM0", "noPushTypeRight", Advice::Configuration)])
    );
}

#[test]
fn the_reason_of_a_single_token_is_read_from_either_code() {
    let msg =
        |success: &str| format!(r#"{{"illegalTokens":{{"tokenFormatError":["a"]}}{success},"failure":1}}"#);
    let expected = Outcome::AllRefused(vec![refused("a", "tokenFormatError", Advice::InvalidToken)]);
    assert_eq!(with_msg("80300007", &msg("")), expected);
    assert_eq!(with_msg("80100000", &msg(r#","success":0"#)), expected);
}

#[test]
fn all_refused_without_reasons_says_nothing_about_the_tokens() {
    for msg in ["All the tokens are invalid", "", "{}", r#"{"failure":3}"#] {
        assert_eq!(with_msg("80300007", msg), Outcome::AllRefused(Vec::new()), "{msg}");
    }
}

#[test]
fn a_part_answer_without_its_list_is_not_understood() {
    for msg in ["Check Parameter Partial Success.", "{", "{}"] {
        assert_eq!(with_msg("80100000", msg), Outcome::NotUnderstood, "{msg}");
    }
}

#[test]
fn the_older_routes_name_tokens_without_a_reason() {
    let msg = r#"{"success":1,"failure":1,"illegal_tokens":["t"]}"#;
    assert_eq!(
        with_msg("80100000", msg),
        Outcome::PartlySent(vec![refused("t", "illegal_tokens", Advice::Permanent)])
    );
}

#[test]
fn an_odd_code_or_reason_does_not_become_a_label() {
    let sent = classify(400, br#"{"code":"<script>","msg":""}"#);
    assert_eq!((sent.code.as_str(), sent.outcome), ("http_400", Outcome::NotUnderstood));
    let msg = r#"{"illegalTokens":{"<b>":["t"],"x y":["u"]}}"#;
    let Outcome::AllRefused(list) = with_msg("80300007", msg) else { panic!("refused") };
    assert!(
        list.iter().all(|one| one.reason == "unknown_reason" && one.advice == Advice::Permanent),
        "{list:?}"
    );
}
