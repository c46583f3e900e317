//! The devices: who has which push token and which key. Keys are encrypted at rest.
//!
//! A device is identified by its user and its AAID, and has an id of the backend's own. Who may change which is decided in
//! `ownership`; that somebody knows an AAID or a push token proves nothing.

mod challenge;
mod cleanup;
mod device;
mod error;
mod keys;
mod lock;
mod lookup;
mod ownership;
mod register;
mod remove;
mod reseal;
mod summary;
mod token;
mod vault;

pub(crate) use challenge::note_challenge;
pub use challenge::{CHALLENGE_MS, prove};
pub use cleanup::{clean_up, clean_up_hourly};
pub use device::{Aaid, Device, DeviceKey, InvalidRegistration, Registration, RegistrationBody};
pub(crate) use device::{is_id, is_user};
pub use error::RegistryError;
pub use lookup::{by_ids, by_users};
pub use ownership::Authority;
pub use register::{MAX_DEVICES_OF_USER, Registered, register};
pub use remove::{remove, remove_by_id};
pub use reseal::{UnderMasterKeys, reseal, under_master_keys};
pub use summary::{DeviceSummary, list, summary};
pub use token::retire_token;
pub(crate) use token::{retire_token_of, seen};
pub use vault::{MasterKeys, VaultError};
