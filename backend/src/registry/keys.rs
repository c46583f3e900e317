//! Device keys as the database has them: encrypted under the master key, each for its device and key id alone.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use sqlx::AnyConnection;

use super::device::DeviceKey;
use super::error::RegistryError;
use super::vault::MasterKeys;

/// The additional data of a stored key's encryption: which device it is of, and under which id.
pub(super) fn additional_data(device_id: &str, key_id: &str) -> String {
    format!("{device_id}/{key_id}")
}

/// Whether one of these keys is the stored one. A stored key that cannot be decrypted is nobody's proof.
pub(super) fn include(keys: &[DeviceKey], vault: &MasterKeys, device_id: &str, stored: &StoredKey) -> bool {
    // Most keys differ in their ids already; nothing is decrypted for them.
    if keys.iter().all(|key| key.id.as_str() != stored.id) {
        return false;
    }
    let Ok(bytes) = vault.open(&additional_data(device_id, &stored.id), &stored.sealed) else { return false };
    keys.iter().any(|key| verify_slices_are_equal(&bytes, &key.bytes).is_ok())
}

/// A device's current key, encrypted.
#[derive(Debug)]
pub(super) struct StoredKey {
    pub(super) id: String,
    pub(super) sealed: String,
}

/// Replaces a device's keys.
pub(super) async fn store(
    write: &mut AnyConnection,
    vault: &MasterKeys,
    device_id: &str,
    keys: &[DeviceKey],
) -> Result<(), RegistryError> {
    sqlx::query("DELETE FROM device_keys WHERE device_id = $1").bind(device_id).execute(&mut *write).await?;
    for (position, key) in (0_i64..).zip(keys) {
        let sealed = vault.seal(&additional_data(device_id, key.id.as_str()), &key.bytes)?;
        sqlx::query(
            "INSERT INTO device_keys (device_id, position, key_id, sealed_key) VALUES ($1, $2, $3, $4)",
        )
        .bind(device_id)
        .bind(position)
        .bind(key.id.as_str())
        .bind(sealed)
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}
