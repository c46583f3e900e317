//! What a key may be used for, and its limits, as a line of the file names them.

use jiff::Timestamp;

/// What a key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `POST /v1/messages`.
    Send,
    /// `GET /v1/messages/{id}`.
    Read,
}

/// Where a key ends: in time, and among the regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyLimits {
    /// From this time on it is not accepted.
    pub expires: Option<Timestamp>,
    /// The regions whose devices it may send to; none named: every one.
    pub regions: Vec<String>,
}

impl Scope {
    /// As in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Read => "read",
        }
    }

    /// The scope with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Send, Self::Read].into_iter().find(|scope| scope.name() == name)
    }
}

impl KeyLimits {
    /// The limits in the words after a key's hash; nothing for a word that is no limit, or a limit twice.
    pub(super) fn parse<'a>(words: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut limits = Self::default();
        for word in words {
            match word.split_once('=')? {
                ("expires", end) if limits.expires.is_none() => limits.expires = Some(end.parse().ok()?),
                ("regions", names) if limits.regions.is_empty() => {
                    limits.regions = names.split(',').map(str::to_owned).collect();
                    // A name left out would make it a key for every region.
                    limits.regions.iter().all(|name| !name.is_empty()).then_some(())?;
                }
                _ => return None,
            }
        }
        Some(limits)
    }
}
