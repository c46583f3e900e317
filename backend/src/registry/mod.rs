//! The devices: who has which push token and which key. Keys are encrypted at rest.

mod device;
mod lookup;
mod reseal;
mod store;
mod vault;

pub(crate) use device::is_user;
pub use device::{Device, DeviceId, DeviceKey, InvalidRegistration, Registration, RegistrationBody};
pub use lookup::{Standing, by_ids, by_user, list, standing};
pub use reseal::{UnderMasterKeys, reseal, under_master_keys};
pub(crate) use store::retire_token_of;
pub use store::{RegistryError, register, remove, retire_token};
pub use vault::{MasterKeys, VaultError};
