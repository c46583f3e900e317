//! Reading keys again while the backend serves: when their files change, and when it is asked to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::file::Config;
use super::load::{SecretsFromEnvironment, api_keys};
use crate::access::{ApiKeys, Current, JwtVerifier};

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Watches the API-key file and the files of `[device_auth]`. A file that is wrong changes nothing: an error in the log
/// says what is wrong with it, and the keys of before stay.
pub struct Reloader {
    config: Config,
    secrets: SecretsFromEnvironment,
    api_keys: Arc<Current<ApiKeys>>,
    verifier: Option<Arc<JwtVerifier>>,
}

impl Reloader {
    /// Watches the files that this configuration names.
    pub const fn new(
        config: Config,
        secrets: SecretsFromEnvironment,
        api_keys: Arc<Current<ApiKeys>>,
        verifier: Option<Arc<JwtVerifier>>,
    ) -> Self {
        Self { config, secrets, api_keys, verifier }
    }

    /// Goes on until it is dropped. `asked` is ready each time when somebody wants the files read, changed or not.
    pub async fn run<F: Future<Output = ()> + Send>(self, mut asked: impl FnMut() -> F + Send) {
        let mut known = self.fingerprints();
        loop {
            let is_asked = tokio::select! {
                () = asked() => true,
                () = tokio::time::sleep(LOOK_EVERY) => false,
            };
            let found = self.fingerprints();
            if is_asked || found != known {
                self.reload();
                known = found;
            }
        }
    }

    fn reload(&self) {
        match api_keys(&self.config, &self.secrets) {
            Ok(keys) => {
                tracing::info!(keys = keys.len(), "the API keys were read again");
                self.api_keys.replace(keys);
            }
            Err(error) => tracing::error!(%error, "the API keys cannot be read; those of before stay"),
        }
        let Some(verifier) = &self.verifier else { return };
        match verifier.reload() {
            Ok(()) => tracing::info!("the keys of the app's sign-in were read again"),
            Err(error) => {
                tracing::error!(%error, "the keys of the app's sign-in cannot be read; those of before stay")
            }
        }
    }

    /// What is in the files, in a form that is no secret. A time of change may be coarser than two changes.
    fn fingerprints(&self) -> Vec<Option<Vec<u8>>> {
        let of_sign_in = self.verifier.iter().flat_map(|verifier| verifier.files()).map(PathBuf::from);
        let files = self.config.api_keys_file.iter().cloned().chain(of_sign_in);
        let read = |file| std::fs::read(file).ok().map(Zeroizing::new);
        files.map(|file| read(file).map(|bytes| digest(&SHA256, &bytes).as_ref().to_vec())).collect()
    }
}
