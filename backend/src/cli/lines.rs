//! `seal` and `open`: a line in, a line out. A bad line is named on standard error and the others go on.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use pushseal::{Content, DataMessage, ErrorKind, OpenOptions};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::failure::Failure;
use crate::clock;
use crate::registry::DeviceKey;
use crate::sealing::{self, SealingError};

#[derive(Debug, Args)]
pub(super) struct KeyFileArg {
    /// File with keys as `pushseal keygen` prints them, one a line, the current one first. Without it the
    /// environment variable PUSHSEAL_KEY is read
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct SealArgs {
    #[command(flatten)]
    key: KeyFileArg,
    /// When the messages expire, in seconds since 1970. Without it: 15 days after they were sealed
    #[arg(long, value_name = "SECONDS")]
    exp: Option<u64>,
    /// The bundle name of the app that they are for
    #[arg(long, value_name = "BUNDLE")]
    aud: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    #[command(flatten)]
    key: KeyFileArg,
    /// Refuse messages for another bundle name
    #[arg(long, value_name = "BUNDLE", default_value = "")]
    aud: String,
    /// Take messages that are not sealed
    #[arg(long)]
    allow_plaintext: bool,
    /// Seconds by which the sender's clock may differ
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    clock_skew: u32,
}

/// Longer than any payload or data that the core takes.
const MAX_LINE: u64 = 64 * 1024;
const KEY_VARIABLE: &str = "PUSHSEAL_KEY";

/// Why one line has no result.
struct LineError {
    code: u32,
    text: String,
}

impl LineError {
    fn new(kind: ErrorKind, reason: &str) -> Self {
        Self { code: kind.code(), text: format!("{}: {kind}: {reason}", kind.name()) }
    }
}

impl From<pushseal::Error> for LineError {
    fn from(error: pushseal::Error) -> Self {
        Self { code: error.code(), text: format!("{}: {error}", error.name()) }
    }
}

/// `pushseal seal`
pub(super) fn seal(args: &SealArgs) -> Result<ExitCode, Failure> {
    let keys = read_keys(args.key.key_file.as_deref())?;
    let key = keys.first().ok_or_else(no_key)?;
    each_line(|line| {
        let issued_at = clock::seconds(clock::now_ms());
        let claims = sealing::data_claims(issued_at, args.exp, None, args.aud.as_deref(), line);
        sealing::seal(key, &claims).map(Zeroizing::new).map_err(|error| match error {
            SealingError::Refused(error) => error.into(),
            SealingError::NoRandomness(error) => LineError { code: 3002, text: error.to_string() },
        })
    })
}

/// `pushseal open`
pub(super) fn open(args: &OpenArgs) -> Result<ExitCode, Failure> {
    let keyring = sealing::keyring(&read_keys(args.key.key_file.as_deref())?)?;
    each_line(|line| {
        let options = OpenOptions::new(u64::try_from(clock::now_ms()).unwrap_or(0))
            .audience(&args.aud)
            .allow_plaintext(args.allow_plaintext)
            .clock_skew_s(args.clock_skew);
        let message = sealing::open(&keyring, line, &options)?;
        let printed = printed(&message).and_then(|printed| serde_json::to_string(&printed));
        printed.map(Zeroizing::new).map_err(|_| pushseal::Error::Internal.into())
    })
}

/// Runs `convert` on every line of standard input.
fn each_line(convert: impl Fn(&str) -> Result<Zeroizing<String>, LineError>) -> Result<ExitCode, Failure> {
    let mut input = BufReader::new(std::io::stdin().lock());
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut outcome = ExitCode::SUCCESS;
    for number in 1_u64.. {
        let Some(line) = next_line(&mut input)? else { break };
        let result = match &line {
            Line::Text(text) => convert(text),
            Line::TooLong => Err(LineError::new(ErrorKind::TooLarge, "a line has at most 64 KiB")),
            Line::NotUtf8 => Err(LineError::new(ErrorKind::Malformed, "the line is not UTF-8")),
        };
        match result {
            Ok(text) => {
                writeln!(output, "{}", *text)?;
                output.flush()?;
            }
            Err(error) => {
                writeln!(std::io::stderr(), "line {number}: {} {}", error.code, error.text)?;
                outcome = ExitCode::FAILURE;
            }
        }
    }
    Ok(outcome)
}

enum Line {
    Text(Zeroizing<String>),
    TooLong,
    NotUtf8,
}

/// The next line without its end; nothing at the end of the input. A longer one is skipped, not kept.
fn next_line(input: &mut impl BufRead) -> std::io::Result<Option<Line>> {
    let mut line = Zeroizing::new(Vec::new());
    if input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    } else if u64::try_from(line.len()).is_ok_and(|length| length == MAX_LINE) {
        input.skip_until(b'\n')?;
        return Ok(Some(Line::TooLong));
    }
    let text = std::str::from_utf8(&line).map(|text| Line::Text(Zeroizing::new(text.to_owned())));
    Ok(Some(text.unwrap_or(Line::NotUtf8)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KeyLine {
    key_id: String,
    key: Zeroizing<String>,
}

fn read_keys(file: Option<&Path>) -> Result<Vec<DeviceKey>, Failure> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure(format!("the key file {} cannot be read: {error}", path.display())))?,
        None => std::env::var(KEY_VARIABLE).map_err(|_| no_key())?,
    };
    let text = Zeroizing::new(text);
    let wrong = || {
        Failure(
            "a key is a line like {\"keyId\": \"...\", \"key\": \"...\"}, as `pushseal keygen` prints it"
                .to_owned(),
        )
    };
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let line: KeyLine = serde_json::from_str(line).map_err(|_| wrong())?;
            Ok(DeviceKey::parse(&line.key_id, &line.key)?)
        })
        .collect()
}

fn no_key() -> Failure {
    Failure(format!("no key: give --key-file FILE or set {KEY_VARIABLE} (`pushseal keygen` makes a key)"))
}

/// As the native module's `DataMessage`, with the data as JSON and not as text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    id: &'a str,
    key_id: &'a str,
    issued_at: u64,
    expires_at: u64,
    sealed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<PrintedReference<'a>>,
}

/// A claim check with its key: who runs `pushseal open` has the key that opens the message anyway.
#[derive(Serialize)]
struct PrintedReference<'a> {
    id: &'a str,
    size: u32,
    sha256: String,
    key: Zeroizing<String>,
}

impl<'a> PrintedReference<'a> {
    fn of(reference: &'a sealing::Reference) -> Self {
        Self {
            id: reference.id(),
            size: reference.size(),
            sha256: reference.sha256_text(),
            key: reference.key_text(),
        }
    }
}

fn printed(message: &DataMessage) -> serde_json::Result<Printed<'_>> {
    let (data, reference) = match &message.content {
        Content::Data(text) => (Some(serde_json::from_str(text)?), None),
        Content::Reference(reference) => (None, Some(PrintedReference::of(reference))),
    };
    Ok(Printed {
        id: &message.id,
        key_id: &message.key_id,
        issued_at: message.issued_at_ms,
        expires_at: message.expires_at_ms,
        sealed: message.sealed,
        data,
        reference,
    })
}
