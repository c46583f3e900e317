//! Who gets messages: from the command line, a file, or the database, cut into pieces of one request each.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

use super::message::Message;
use super::piece::{Members, Piece};
use crate::cli::failure::Failure;
use crate::database::Database;
use crate::messages::MAX_RECEIVERS;
use crate::registry;

/// Data that needs a claim check has at most 4 MiB.
const MAX_LINE: usize = 8 * 1024 * 1024;
const PAGE: i64 = 1000;

/// Receivers as they were named.
pub(super) struct Input {
    source: Source,
    /// How many there are; of lines, how many lines.
    pub(super) receivers: u64,
}

enum Source {
    One(&'static str, String),
    Devices(PathBuf),
    Lines(PathBuf),
    /// Ids from the database.
    Listed(Vec<String>),
}

type Pieces<'a> = Box<dyn Iterator<Item = Result<Piece, Failure>> + Send + 'a>;

impl Input {
    pub(super) fn device(id: &str) -> Self {
        Self { source: Source::One("devices", id.to_owned()), receivers: 1 }
    }

    pub(super) fn user(user: &str) -> Self {
        Self { source: Source::One("users", user.to_owned()), receivers: 1 }
    }

    pub(super) fn devices(path: &Path) -> Result<Self, Failure> {
        Ok(Self { receivers: count_lines(path, |_, _| Ok(()))?, source: Source::Devices(path.to_path_buf()) })
    }

    /// Every line is looked at before any is sent: a file that is mended later is another send.
    pub(super) fn lines(path: &Path) -> Result<Self, Failure> {
        let receivers = count_lines(path, |number, text| of_line(number, text).map(|_| ()))?;
        Ok(Self { receivers, source: Source::Lines(path.to_path_buf()) })
    }

    /// Every device. With a state file the list is kept beside it, so that going on means the same devices.
    pub(super) async fn all(database: &Database, state: Option<&Path>) -> Result<Self, Failure> {
        let kept = state.map(|state| state.with_added_extension("devices"));
        if let Some(kept) = kept.as_ref().filter(|kept| kept.exists()) {
            return Self::devices(kept);
        }
        let mut ids = Vec::new();
        let mut after = String::new();
        loop {
            let page = registry::list(database, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.device_id);
            ids.extend(page.into_iter().filter(|device| device.has_token).map(|device| device.device_id));
        }
        if ids.is_empty() {
            return Err(Failure("no device is registered that messages can be sent to".to_owned()));
        }
        match kept {
            None => Ok(Self { receivers: u64::try_from(ids.len())?, source: Source::Listed(ids) }),
            Some(kept) => {
                write_whole(&kept, &ids)?;
                Self::devices(&kept)
            }
        }
    }

    /// A message needs data or a notification from somewhere.
    pub(super) fn check(&self, message: &Message) -> Result<(), Failure> {
        if message.is_empty() && !matches!(self.source, Source::Lines(_)) {
            return Err(Failure("nothing to send: give --data JSON or --message FILE".to_owned()));
        }
        Ok(())
    }

    /// The pieces, read as they are needed; the same ones each time.
    pub(super) fn pieces(&self) -> Result<Pieces<'_>, Failure> {
        match &self.source {
            Source::One(kind, name) => Ok(Box::new(std::iter::once(Ok(plain(1, kind, vec![name.clone()]))))),
            Source::Listed(ids) => {
                let chunks = (1..).zip(ids.chunks(MAX_RECEIVERS));
                Ok(Box::new(chunks.map(|(number, ids)| Ok(plain(number, "devices", ids.to_vec())))))
            }
            Source::Devices(path) => Ok(Box::new(Chunks { lines: Lines::open(path)?, number: 0 })),
            Source::Lines(path) => Ok(Box::new(Lines::open(path)?.map(|line| {
                let (number, text) = line?;
                of_line(number, &text)
            }))),
        }
    }

    /// What tells this input from another one, besides the message.
    pub(super) fn digest_into(&self, digest: &mut aws_lc_rs::digest::Context) -> Result<(), Failure> {
        match &self.source {
            Source::One(kind, name) => digest.update(format!("{kind} {name}").as_bytes()),
            Source::Listed(ids) => digest.update(ids.join("\n").as_bytes()),
            Source::Devices(path) | Source::Lines(path) => {
                let mut file = open(path)?;
                let mut buffer = [0; 16 * 1024];
                loop {
                    let read = file.read(&mut buffer)?;
                    let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
                    digest.update(bytes);
                }
            }
        }
        Ok(())
    }
}

const fn plain(number: u64, kind: &'static str, names: Vec<String>) -> Piece {
    Piece { number, kind, names, members: Members::new() }
}

/// `{"device": ID}` or `{"user": USER}`, with members of the message.
fn of_line(number: u64, text: &str) -> Result<Piece, Failure> {
    let wrong = |why: &str| Failure(format!("line {number}: {why}"));
    let mut members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text)
        .map_err(|error| wrong(&format!("it is no JSON object (column {})", error.column())))?;
    let mut name = |member: &str| members.remove(member).map(|raw| serde_json::from_str::<String>(raw.get()));
    let (kind, name) = match (name("device"), name("user")) {
        (Some(Ok(id)), None) => ("devices", id),
        (None, Some(Ok(user))) => ("users", user),
        _ => return Err(wrong("it needs one of \"device\" and \"user\", as text")),
    };
    if members.contains_key("to") {
        return Err(wrong("\"device\" or \"user\" stands for \"to\" here"));
    }
    Ok(Piece { number, kind, names: vec![name], members })
}

/// Lines of ids, so many at a time.
struct Chunks {
    lines: Lines,
    number: u64,
}

impl Iterator for Chunks {
    type Item = Result<Piece, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let ids: Result<Vec<String>, Failure> =
            self.lines.by_ref().take(MAX_RECEIVERS).map(|line| line.map(|(_, id)| id)).collect();
        self.number = self.number.saturating_add(1);
        match ids {
            Ok(ids) if ids.is_empty() => None,
            Ok(ids) => Some(Ok(plain(self.number, "devices", ids))),
            Err(error) => Some(Err(error)),
        }
    }
}

/// Lines that are not empty, with their numbers.
struct Lines {
    input: BufReader<File>,
    number: u64,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, Failure> {
        Ok(Self { input: BufReader::new(open(path)?), number: 0 })
    }
}

impl Iterator for Lines {
    type Item = Result<(u64, String), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.number = self.number.saturating_add(1);
            let mut line = String::new();
            match self.input.by_ref().take(u64::try_from(MAX_LINE).unwrap_or(u64::MAX)).read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) if line.len() >= MAX_LINE && !line.ends_with('\n') => {
                    let number = self.number;
                    return Some(Err(Failure(format!("line {number} is longer than {MAX_LINE} bytes"))));
                }
                Ok(_) if line.trim().is_empty() => {}
                Ok(_) => return Some(Ok((self.number, line.trim().to_owned()))),
                Err(error) => return Some(Err(Failure(format!("line {}: {error}", self.number)))),
            }
        }
    }
}

fn count_lines(path: &Path, check: impl Fn(u64, &str) -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut count = 0_u64;
    for line in Lines::open(path)? {
        let (number, text) = line?;
        check(number, &text)?;
        count = count.saturating_add(1);
    }
    if count == 0 { Err(Failure(format!("{} names no receiver", path.display()))) } else { Ok(count) }
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure(format!("{} cannot be read: {error}", path.display())))
}

/// Under its name only when it is whole.
fn write_whole(path: &Path, ids: &[String]) -> Result<(), Failure> {
    let fresh = path.with_added_extension("new");
    let mut file = std::io::BufWriter::new(File::create(&fresh)?);
    for id in ids {
        writeln!(file, "{id}")?;
    }
    file.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    Ok(std::fs::rename(fresh, path)?)
}
