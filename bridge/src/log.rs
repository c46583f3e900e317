//! What the library writes to hilog: rare events, never a payload, a token or a key.

/// hilog's domain of PushSeal, the same as in the HAR.
#[cfg(target_env = "ohos")]
const DOMAIN: u32 = 0x5053;
/// hilog's tag of the native library.
#[cfg(target_env = "ohos")]
const TAG: &str = "PushSealNative";

/// Notes that the keyring was replaced. Key ids are no secret.
pub(crate) fn keyring(keyring: &pushseal::Keyring) {
    let ids: Vec<&str> = keyring.ids().map(pushseal::KeyId::as_str).collect();
    info(&format!("keyring: {} keys, {}", ids.len(), ids.join(", ")));
}

/// Notes a fault of ours.
pub(crate) fn internal(what: &str) {
    error(&format!("internal: {what}"));
}

#[cfg(target_env = "ohos")]
fn info(line: &str) {
    hilog().info(pushseal::hilog::as_format(line));
}

#[cfg(target_env = "ohos")]
fn error(line: &str) {
    hilog().error(pushseal::hilog::as_format(line));
}

#[cfg(target_env = "ohos")]
fn hilog() -> &'static ohos_hilog_binding::Hilog {
    use ohos_hilog_binding::{Hilog, LogOptions};
    use std::sync::LazyLock;
    static HILOG: LazyLock<Hilog> = LazyLock::new(|| {
        let hilog = Hilog::new();
        hilog.with_options(LogOptions { domain: DOMAIN, tag: TAG });
        hilog
    });
    &HILOG
}

#[cfg(not(target_env = "ohos"))]
fn info(_: &str) {}

#[cfg(not(target_env = "ohos"))]
fn error(_: &str) {}
