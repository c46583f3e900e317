//! What can be told of a region: its address, the clock, and what Push Kit says to a test message.

use serde_json::value::RawValue;

use super::findings::Findings;
use crate::alarm::advice;
use crate::clock;
use crate::region::Region;
use push_kit::{Api, AuthError, Outcome, PushClient, PushOptions, PushType, Sent, Skew, assemble, remedy};

/// No device has it: nobody gets the test message.
const MADE_UP_TOKEN: &str = "pushseal-doctor";

/// Whether the address answers, and whether its clock and ours agree.
pub(super) async fn reaches(findings: &mut Findings, client: &PushClient, region: &Region) -> bool {
    let what = format!("region {}: address", region.name);
    let address = root_of(region.endpoint.send_url());
    match client.skew(&address).await {
        Ok(skew) => {
            findings.good(&what, &format!("{address} answers"));
            clocks_agree(findings, region, skew);
            true
        }
        Err(error) => {
            let why = if error.is_timeout() { "does not answer in time" } else { "cannot be reached" };
            findings.bad(
                &what,
                &format!("{address} {why}"),
                "check push_url, DNS, the firewall and, for TLS, this machine's root certificates and clock",
            );
            false
        }
    }
}

/// Any path will do, and this one sends nothing.
fn root_of(url: &str) -> String {
    reqwest::Url::parse(url)
        .ok()
        .and_then(|url| url.join("/").ok())
        .map_or_else(|| url.to_owned(), String::from)
}

fn clocks_agree(findings: &mut Findings, region: &Region, skew: Option<Skew>) {
    let what = format!("region {}: clock", region.name);
    match skew {
        None => findings.good(&what, "the address tells no time: not compared"),
        Some(skew) if skew.is_too_much() => findings.bad(
            &what,
            &skew.to_string(),
            "set this machine's clock (NTP): a JWT signed by a wrong clock is refused",
        ),
        Some(skew) => findings.good(&what, &format!("differs by {} s", skew.ahead_s.unsigned_abs())),
    }
}

/// Sends a test message to a token that does not exist. The answer tells what is wrong with credential, project and rights.
pub(super) async fn console(findings: &mut Findings, client: &PushClient, region: &Region) {
    let what = format!("region {}: console settings", region.name);
    let sent = match test_message(client, region).await {
        Ok(sent) => sent,
        Err(error) => {
            findings.bad(&what, &error.to_string(), advice(error.code()));
            return;
        }
    };
    let answered = format!("Push Kit answered {} to a test message", sent.code);
    match verdict(&sent) {
        Ok(text) => findings.good(&what, &format!("{answered}: {text}")),
        Err(text) => findings.bad(&what, &answered, text),
    }
}

/// Never a real message: a test message on v3; on the older routes one that Push Kit only checks, and a test message too.
async fn test_message(client: &PushClient, region: &Region) -> Result<Sent, AuthError> {
    let (bearer, _) = region.endpoint.bearer(client, clock::seconds(clock::now_ms())).await?;
    let payload = match region.api() {
        Api::V3 => r#"{"extraData":"pushseal doctor"}"#,
        Api::V1 | Api::V2 => r#"{"data":"{\"pushseal\":\"doctor\"}"}"#,
    };
    let options = PushOptions {
        test_message: Some(true),
        validate_only: Some(true),
        ttl: Some(60),
        ..PushOptions::default()
    };
    let body = RawValue::from_string(payload.to_owned())
        .and_then(|payload| assemble(region.api(), &payload, &options, &[MADE_UP_TOKEN]));
    Ok(region.endpoint.post(client, &bearer, PushType::Background, body.unwrap_or_default()).await)
}

/// What an answer says of the settings, or what to do.
fn verdict(sent: &Sent) -> Result<&'static str, &'static str> {
    match &sent.outcome {
        Outcome::AllRefused(_) | Outcome::PartlySent(_) if missing_right(sent).is_some() => {
            Err(missing_right(sent).unwrap_or_default())
        }
        Outcome::AllRefused(_) | Outcome::PartlySent(_) => {
            Ok("the credential is good and the made-up token is \
             refused, as it must be. Another app's project may be answered alike: a message to a real device is the proof")
        }
        Outcome::Sent => Ok("taken"),
        Outcome::Retry if sent.code == "80300029" => {
            Ok("the credential is good; today's 1000 test messages are used up")
        }
        Outcome::Misconfigured | Outcome::Renew => Err(advice(&sent.code)),
        Outcome::Retry | Outcome::Internal => {
            Err("Push Kit has a fault or too much to do: run this again later")
        }
        Outcome::NotUnderstood => Err(
            "something else than Push Kit answers: check push_url, and what stands between (a proxy, a portal)",
        ),
        Outcome::Permanent | Outcome::Split => Err(
            "Push Kit does not understand the request: check push_url, and that the region's ids are those of its route",
        ),
    }
}

/// What the console lacks, if Push Kit names it.
fn missing_right(sent: &Sent) -> Option<&'static str> {
    sent.refused().iter().find_map(|refusal| remedy(&refusal.reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use push_kit::classify;

    #[test]
    fn every_documented_code_is_good_or_has_advice() {
        for code in ["80000000", "80300007", "80300029"] {
            let sent = classify(200, format!(r#"{{"code":"{code}","msg":""}}"#).as_bytes());
            assert!(verdict(&sent).is_ok(), "{code}");
        }
        let bad = [
            "80100001", "80100003", "80200001", "80200003", "80200005", "80300002", "80300010", "80300036",
            "80300037", "81000001",
        ];
        for code in bad {
            let sent = classify(400, format!(r#"{{"code":"{code}","msg":""}}"#).as_bytes());
            assert!(verdict(&sent).is_err(), "{code}");
        }
        let with = |reason: &str| {
            let msg = format!(r#"{{"illegalTokens":{{"{reason}":["pushseal-doctor"]}},"failure":1}}"#);
            classify(200, serde_json::json!({"code": "80300007", "msg": msg}).to_string().as_bytes())
        };
        assert!(verdict(&with("tokenFormatError")).is_ok());
        assert!(verdict(&with("noPushTypeRight")).unwrap_err().contains("apply for the right"));
        assert!(verdict(&classify(200, b"<html>")).unwrap_err().contains("something else"));
        assert!(verdict(&classify(503, b"")).is_err());
        assert!(verdict(&classify(404, b"<html>")).is_err());
    }
}
