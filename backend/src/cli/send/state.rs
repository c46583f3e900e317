//! The memory of an interrupted send: a file that only grows, one line for each piece that was taken.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::input::Input;
use super::message::Message;
use super::piece::{Members, Piece};
use crate::cli::failure::Failure;
use crate::random;

/// What was sent so far.
pub(super) struct State {
    head: Head,
    sent: Sent,
    file: Option<(PathBuf, File)>,
}

/// Numbers of the pieces that were taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Arc<HashSet<u64>>);

/// The first line of the file.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// Part of every Idempotency-Key: a piece whose note was lost is the same message at the backend.
    run: String,
    /// SHA-256 of receivers and message.
    of: String,
}

impl State {
    /// Without a file: nothing is remembered.
    pub(super) fn forgetful() -> Result<Self, Failure> {
        let head = Head { run: random::id()?, of: String::new() };
        Ok(Self { head, sent: Sent::default(), file: None })
    }

    /// Begins a file, or goes on with one that is there.
    pub(super) fn open(path: &Path, input: &Input, message: &Message) -> Result<Self, Failure> {
        let of = fingerprint(input, message)?;
        let name = path.display();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure(format!("the state file {name} cannot be read: {error}"))),
        };
        // A line without its end was being written when the program was stopped.
        let whole = text.rfind('\n').and_then(|end| text.get(..=end)).unwrap_or_default();
        // What follows is cut off, so a file of the user's own must not be taken for a state file.
        let mut lines = whole.lines();
        let first = lines.next().map(serde_json::from_str::<Head>).transpose().ok();
        let first = first.filter(|head| head.is_some() || text.is_empty());
        let first = first.ok_or_else(|| Failure(format!("{name} is no state file of `pushseal send`")))?;
        if first.as_ref().is_some_and(|head| head.of != of) {
            return Err(Failure(format!(
                "the state file {name} is of another send: receivers and message must be the same, or choose \
                 another --state"
            )));
        }
        let sent = lines.filter_map(|line| line.parse().ok()).collect();
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(u64::try_from(whole.len())?)?;
        let head = match first {
            Some(head) => head,
            None => {
                let head = Head { run: random::id()?, of };
                writeln!(file, "{}", serde_json::to_string(&head)?)?;
                file.sync_all()?;
                head
            }
        };
        Ok(Self { head, sent: Sent(Arc::new(sent)), file: Some((path.to_path_buf(), file)) })
    }

    /// The id of this run, the same after an interruption.
    pub(super) fn run(&self) -> &str {
        &self.head.run
    }

    /// What was sent before this start.
    pub(super) fn sent(&self) -> Sent {
        self.sent.clone()
    }

    /// Notes a piece that the backend took.
    pub(super) fn note(&mut self, number: u64) -> Result<(), Failure> {
        if let Some((path, file)) = &mut self.file {
            writeln!(file, "{number}")
                .map_err(|error| Failure(format!("{} cannot be written: {error}", path.display())))?;
        }
        Ok(())
    }

    /// What to do after an interruption.
    pub(super) const fn advice(&self) -> &'static str {
        if self.file.is_some() {
            "The same command goes on from here"
        } else {
            "With --state FILE the same command could go on from here"
        }
    }
}

impl Sent {
    pub(super) fn contains(&self, number: u64) -> bool {
        self.0.contains(&number)
    }
}

fn fingerprint(input: &Input, message: &Message) -> Result<String, Failure> {
    let mut digest = Context::new(&SHA256);
    let nobody = Piece { number: 0, kind: "devices", names: Vec::new(), members: Members::new() };
    digest.update(message.body(&nobody)?.as_bytes());
    input.digest_into(&mut digest)?;
    Ok(URL_SAFE_NO_PAD.encode(digest.finish()))
}
