//! What is sent: the members of the request, without its receivers.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::value::RawValue;

use super::piece::{Members, Piece};
use crate::cli::failure::Failure;

/// What all receivers get; a line's own members go over it.
#[derive(Debug, Default)]
pub(super) struct Message {
    members: Members,
}

impl Message {
    /// From `--data` and `--message`.
    pub(super) fn read(data: Option<&str>, file: Option<&Path>) -> Result<Self, Failure> {
        let mut members = match file {
            None => Members::new(),
            Some(path) => {
                let name = path.display();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Failure(format!("{name} cannot be read: {error}")))?;
                serde_json::from_str(&text)
                    .map_err(|error| Failure(format!("{name} is no JSON object: {error}")))?
            }
        };
        if members.contains_key("to") {
            return Err(Failure("the message has no \"to\": the command line says who gets it".to_owned()));
        }
        if let Some(data) = data {
            let wrong =
                |error| Failure(format!("--data is no JSON: {error}. A text needs quotes: '\"text\"'"));
            members.insert("data".to_owned(), serde_json::from_str(data).map_err(wrong)?);
        }
        Ok(Self { members })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The body of a request. A repetition has the same bytes.
    pub(super) fn body(&self, piece: &Piece) -> Result<String, Failure> {
        let to = serde_json::value::to_raw_value(&BTreeMap::from([(piece.kind, &piece.names)]))?;
        let mut members: BTreeMap<&str, &RawValue> = BTreeMap::from([("to", &*to)]);
        for (name, value) in self.members.iter().chain(&piece.members) {
            members.insert(name, value);
        }
        Ok(serde_json::to_string(&members)?)
    }
}
