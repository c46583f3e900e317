//! The service account's key file, as the console hands it out.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::EncodingKey;
use serde::Deserialize;
use zeroize::{Zeroize, Zeroizing};

/// Who signs, for which project. `Debug` shows no key.
pub struct ServiceAccount {
    /// The project's number, part of the sending address.
    pub project_id: String,
    /// `kid` of the JWT.
    pub key_id: String,
    /// `iss` of the JWT.
    pub sub_account: String,
    pub(crate) key: EncodingKey,
}

/// Why a key file cannot be used. No variant holds anything from inside the file.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The file cannot be read.
    #[error("the service-account key file {path} cannot be read: {source}")]
    Unreadable {
        /// The file as configured.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no JSON object with the console's members.
    #[error(
        "the service-account key file is not what the console gives out: it needs project_id, key_id, \
         private_key and sub_account"
    )]
    NotAKeyFile,
    /// The private key in it does not parse.
    #[error("private_key in the service-account key file is not an RSA key in PEM: download the file again")]
    BadKey,
}

#[derive(Deserialize)]
struct KeyFile {
    project_id: String,
    key_id: String,
    private_key: String,
    sub_account: String,
}

impl ServiceAccount {
    /// Reads a key file.
    ///
    /// # Errors
    /// [`AccountError`] when it cannot be read or is not the console's.
    pub fn load(path: &Path) -> Result<Self, AccountError> {
        let text = std::fs::read(path)
            .map_err(|source| AccountError::Unreadable { path: path.display().to_string(), source })?;
        Self::parse(&Zeroizing::new(text))
    }

    /// Parses a key file's bytes.
    ///
    /// # Errors
    /// [`AccountError::NotAKeyFile`] or [`AccountError::BadKey`].
    pub fn parse(json: &[u8]) -> Result<Self, AccountError> {
        let mut file: KeyFile = serde_json::from_slice(json).map_err(|_| AccountError::NotAKeyFile)?;
        let pem = rewrap(&file.private_key);
        file.private_key.zeroize();
        let key = EncodingKey::from_rsa_pem(pem.ok_or(AccountError::BadKey)?.as_bytes())
            .map_err(|_| AccountError::BadKey)?;
        Ok(Self { project_id: file.project_id, key_id: file.key_id, sub_account: file.sub_account, key })
    }
}

impl std::fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceAccount").field("project_id", &self.project_id).finish_non_exhaustive()
    }
}

/// Files are seen with the key in one line, with line ends escaped twice, or wrapped at odd columns; a PEM
/// parser wants 64 columns.
fn rewrap(text: &str) -> Option<Zeroizing<String>> {
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, rest) = rest.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    let body: Zeroizing<String> = Zeroizing::new(body.chars().filter(|c| !c.is_whitespace()).collect());
    let der = Zeroizing::new(STANDARD.decode(body.as_bytes()).ok()?);
    let body = Zeroizing::new(STANDARD.encode(&*der));
    let mut pem = Zeroizing::new(format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while let Some((line, tail)) = rest.split_at_checked(64) {
        pem.push_str(line);
        pem.push('\n');
        rest = tail;
    }
    pem.push_str(rest);
    pem.push_str(&format!("\n-----END {label}-----\n"));
    Some(pem)
}
