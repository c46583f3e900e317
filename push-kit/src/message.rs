//! A message with its options, for any route.

use serde_json::value::RawValue;

use crate::body::{TooLarge, assemble, measure};
use crate::notification::InvalidMember;
use crate::options::PushOptions;
use crate::payload::Payload;
use crate::push_type::PushType;
use crate::route::Api;
use crate::v1::V1Message;

/// A message: what it carries, and how Push Kit handles it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// What it carries.
    pub payload: Payload,
    /// How Push Kit handles it.
    pub options: PushOptions,
}

/// Why Push Kit would refuse a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// A member out of its range.
    #[error(transparent)]
    Member(#[from] InvalidMember),
    /// It does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The routes v1 and v2 carry notifications and data alone.
    #[error("the routes v1 and v2 have no push-type {0}")]
    NotOnThisRoute(i64),
}

impl Message {
    /// A message with the default options.
    pub fn new(payload: Payload) -> Self {
        Self { payload, options: PushOptions::default() }
    }

    /// Checks everything that Push Kit's documents demand, the size included.
    ///
    /// # Errors
    /// [`InvalidMessage`]: the first thing that would be refused.
    pub fn check(&self, api: Api) -> Result<(), InvalidMessage> {
        self.payload.check()?;
        self.options.check()?;
        let payload = self.payload_for(api)?;
        measure(api, &payload, &self.options.of_type(self.push_type()))?;
        Ok(())
    }

    /// The push type of its payload.
    pub const fn push_type(&self) -> PushType {
        self.payload.push_type()
    }

    pub(crate) fn body(&self, api: Api, tokens: &[&str]) -> Result<Vec<u8>, InvalidMessage> {
        let payload = self.payload_for(api)?;
        assemble(api, &payload, &self.options.of_type(self.push_type()), tokens)
            .map_err(|_| TooLarge { size: usize::MAX }.into())
    }

    fn payload_for(&self, api: Api) -> Result<Box<RawValue>, InvalidMessage> {
        let json = match (api, &self.payload) {
            (Api::V3, payload) => payload.to_json(),
            (_, Payload::Alert(shown)) => serde_json::value::to_raw_value(&V1Message::new(Some(shown), None)),
            (_, Payload::Background { extra_data, .. }) => {
                serde_json::value::to_raw_value(&V1Message::new(None, Some(extra_data)))
            }
            (_, payload) => return Err(InvalidMessage::NotOnThisRoute(payload.push_type().number())),
        };
        json.map_err(|_| TooLarge { size: usize::MAX }.into())
    }
}
