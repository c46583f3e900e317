//! A registration request, parsed once into a type that holds only what is valid.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pushseal::{Key, KeyId};
use serde::Deserialize;
use zeroize::Zeroizing;

const MAX_ID: usize = 64;
const MAX_TOKEN: usize = 1024;
const MAX_BUNDLE: usize = 128;
const MAX_USER: usize = 128;

/// An installation's AAID as Push Kit gives it to the app: 1 to 64 letters, digits, `-`, `_` or `.`. It identifies a
/// device among those of one user, and is no secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aaid(String);

impl Aaid {
    /// Checks an AAID.
    ///
    /// # Errors
    /// [`InvalidRegistration::Aaid`] for anything else.
    pub fn new(aaid: &str) -> Result<Self, InvalidRegistration> {
        if is_id(aaid) { Ok(Self(aaid.to_owned())) } else { Err(InvalidRegistration::Aaid) }
    }

    /// The AAID's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text has the form of a device id: the backend's own, or the AAID that a device of an older version is known by.
pub(crate) fn is_id(id: &str) -> bool {
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    !id.is_empty() && id.len() <= MAX_ID && plain
}

/// A device key as it is stored and registered.
#[derive(Clone)]
pub struct DeviceKey {
    /// `kid` of messages sealed with it.
    pub id: KeyId,
    /// 16 or 32 bytes.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl DeviceKey {
    /// Checks a key id and a key in base64url.
    ///
    /// # Errors
    /// [`InvalidRegistration::Key`] when either is not in its form.
    pub fn parse(id: &str, key: &str) -> Result<Self, InvalidRegistration> {
        let bytes = URL_SAFE_NO_PAD.decode(key).map_err(|_| InvalidRegistration::Key)?;
        Self::new(id, Zeroizing::new(bytes))
    }

    /// Checks a key id and a key.
    ///
    /// # Errors
    /// [`InvalidRegistration::Key`] when the id or the key's length is wrong.
    pub fn new(id: &str, bytes: Zeroizing<Vec<u8>>) -> Result<Self, InvalidRegistration> {
        let id = KeyId::new(id).map_err(|_| InvalidRegistration::Key)?;
        Key::new(id.clone(), &bytes).map_err(|_| InvalidRegistration::Key)?;
        Ok(Self { id, bytes })
    }
}

impl std::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceKey({}, {} bytes)", self.id.as_str(), self.bytes.len())
    }
}

/// A device that can be sent to.
#[derive(Clone, Debug)]
pub struct Device {
    /// The backend's id for it.
    pub id: String,
    /// The app's bundle name.
    pub bundle: String,
    /// Where its data is processed.
    pub region: String,
    /// False once its token is invalid or belongs to another device.
    pub has_token: bool,
    /// The key to seal with.
    pub key: DeviceKey,
}

/// The body of `PUT /v1/devices/{aaid}`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistrationBody {
    token: Zeroizing<String>,
    region: String,
    bundle: String,
    keys: Vec<KeyBody>,
    #[serde(default)]
    user: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct KeyBody {
    key_id: String,
    key: Zeroizing<String>,
}

/// A registration whose every part is valid.
#[derive(Clone)]
pub struct Registration {
    /// The device's AAID.
    pub aaid: Aaid,
    /// Its push token.
    pub token: Zeroizing<String>,
    /// Its region, not yet checked against the configured ones.
    pub region: String,
    /// The app's bundle name.
    pub bundle: String,
    /// One or two keys, the current one first.
    pub keys: Vec<DeviceKey>,
    /// Whose device it is.
    pub user: Option<String>,
}

/// What is wrong with a registration. No variant holds what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegistration {
    /// The AAID in the path.
    #[error("the path must end with the AAID: 1 to 64 letters, digits, '-', '_' or '.'")]
    Aaid,
    /// The push token.
    #[error("token must be the push token: 1 to 1024 printable ASCII characters")]
    Token,
    /// The bundle name.
    #[error("bundle must be the app's bundle name: 1 to 128 letters, digits, '_' or '.'")]
    Bundle,
    /// A key or its id.
    #[error(
        "a key must be 16 or 32 bytes in base64url without padding, and keyId must have 1 to 16 characters"
    )]
    Key,
    /// A key id that a JSON writer could escape.
    #[error(
        "keyId must have letters, digits, '-', '_' or '.' only: some JSON writers escape other characters"
    )]
    KeyId,
    /// The list of keys.
    #[error("keys must hold one or two keys with different ids: the current one, then the previous one")]
    Keys,
    /// The user.
    #[error("user must be 1 to 128 characters without control characters")]
    User,
}

impl Registration {
    /// Checks a request.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn parse(aaid: &str, body: RegistrationBody) -> Result<Self, InvalidRegistration> {
        let aaid = Aaid::new(aaid)?;
        if body.token.is_empty()
            || body.token.len() > MAX_TOKEN
            || !body.token.bytes().all(|b| b.is_ascii_graphic())
        {
            return Err(InvalidRegistration::Token);
        }
        let plain = body.bundle.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'));
        if body.bundle.is_empty() || body.bundle.len() > MAX_BUNDLE || !plain {
            return Err(InvalidRegistration::Bundle);
        }
        if body.user.as_deref().is_some_and(|user| !is_user(user)) {
            return Err(InvalidRegistration::User);
        }
        if !body.keys.iter().all(|key| is_plain_key_id(&key.key_id)) {
            return Err(InvalidRegistration::KeyId);
        }
        let keys: Vec<_> =
            body.keys.iter().map(|key| DeviceKey::parse(&key.key_id, &key.key)).collect::<Result<_, _>>()?;
        match keys.as_slice() {
            [_] => {}
            [current, previous] if current.id != previous.id => {}
            _ => return Err(InvalidRegistration::Keys),
        }
        Ok(Self { aaid, token: body.token, region: body.region, bundle: body.bundle, keys, user: body.user })
    }
}

/// JSON writers escape different characters: PHP `/`, Go `&`, .NET `+`. A header with an escape is another header, which a
/// device refuses. Keys of older registrations may have such ids still.
fn is_plain_key_id(id: &str) -> bool {
    id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

/// A user's id is the app's own: any text, but bounded and printable.
pub(crate) fn is_user(user: &str) -> bool {
    !user.is_empty() && user.chars().count() <= MAX_USER && !user.chars().any(char::is_control)
}
