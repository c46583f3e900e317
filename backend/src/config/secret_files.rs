//! The files with secrets that a configuration names, and who can read them.

use std::path::Path;

use jsonwebtoken::Algorithm;

use super::file::Config;

/// A warning for each file with a secret that every user of this machine can read.
pub fn exposed_files(config: &Config) -> Vec<String> {
    let of_regions = config
        .regions
        .values()
        .flat_map(|r| [&r.service_account_file, &r.client_secret_file, &r.receipt_secret_file]);
    let of_webhooks = config.webhooks.values().map(|webhook| &webhook.secret_file);
    // A public key may be read by all.
    let of_auth = config.device_auth.iter().filter(|auth| auth.algorithm == Algorithm::HS256);
    let of_auth = of_auth.flat_map(|auth| [&auth.key_file, &auth.jwks_file]);
    let files = of_regions.chain(of_webhooks).chain(of_auth).chain([&config.master_key_file]);
    let mut exposed: Vec<&Path> =
        files.flatten().map(AsRef::as_ref).filter(|path| is_readable_by_all(path)).collect();
    exposed.sort_unstable();
    exposed.dedup();
    let warning = |path: &&Path| {
        let path = path.display();
        format!("every user of this machine can read the secret in {path}: chmod 600 {path}")
    };
    exposed.iter().map(warning).collect()
}

#[cfg(unix)]
fn is_readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS_READ: u32 = 0o004;
    std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & OTHERS_READ != 0)
}

/// Windows gives files rights that have no such bit.
#[cfg(not(unix))]
const fn is_readable_by_all(_: &Path) -> bool {
    false
}
