//! From JavaScript values to the core's types.

use crate::engine::{Engine, Unread, Value};
use crate::error::Error;
use pushseal::limits::{ATTACHMENT_BYTES, ATTACHMENT_ID_BYTES, KEY_ID_CHARS, KEYRING_KEYS, PAYLOAD_BYTES};
use pushseal::{Key, KeyId, Keyring, Opened, Opener, Reference, Registration};
use std::cell::RefCell;
use std::ffi::CStr;
use zeroize::Zeroizing;

pub(crate) const NOT_A_STRING: Error = Error::InvalidArgument("a payload is not a string");

/// The longest audience, token or account that is read, in bytes.
const NAME_BYTES: usize = 4096;
/// The last millisecond of an ECMAScript date.
const LAST_MS: f64 = 8.64e15;

/// [`pushseal::OpenOptions`] with its own audience.
pub(crate) struct Options {
    now_ms: u64,
    audience: String,
    allow_plaintext: bool,
    clock_skew_s: u32,
}

impl Options {
    pub(crate) fn core(&self) -> pushseal::OpenOptions<'_> {
        pushseal::OpenOptions::new(self.now_ms)
            .audience(&self.audience)
            .allow_plaintext(self.allow_plaintext)
            .clock_skew_s(self.clock_skew_s)
    }
}

/// Reads `OpenOptions`.
pub(crate) fn options(engine: &Engine, value: Value) -> Result<Options, Error> {
    const SKEW: Error = Error::InvalidArgument("options.clockSkew is not a whole number of seconds");
    let skew = engine.property(value, c"clockSkew").and_then(|value| engine.number(value)).ok_or(SKEW)?;
    Ok(Options {
        now_ms: milliseconds(engine, property(engine, value, c"now")?)?,
        audience: engine
            .property(value, c"audience")
            .and_then(|value| engine.text(value, NAME_BYTES))
            .ok_or(Error::InvalidArgument("options.audience is not a string of at most 4096 bytes"))?,
        allow_plaintext: engine
            .property(value, c"allowPlaintext")
            .and_then(|value| engine.boolean(value))
            .ok_or(Error::InvalidArgument("options.allowPlaintext is not a boolean"))?,
        clock_skew_s: whole(skew).and_then(|skew| u32::try_from(skew).ok()).ok_or(SKEW)?,
    })
}

/// Reads a time.
pub(crate) fn milliseconds(engine: &Engine, value: Value) -> Result<u64, Error> {
    let now = engine.number(value).and_then(|now| whole(now.trunc()));
    now.ok_or(Error::InvalidArgument("a time is not a number of milliseconds since 1970"))
}

/// A non-negative integer that an ECMAScript date can hold.
fn whole(number: f64) -> Option<u64> {
    let fits = (0.0..=LAST_MS).contains(&number) && number.fract() == 0.0;
    #[expect(clippy::as_conversions, reason = "the value is a whole number within the range of u64")]
    fits.then_some(number as u64)
}

/// Reads `KeyEntry[]`.
pub(crate) fn keyring(engine: &Engine, value: Value) -> Result<Keyring, Error> {
    let count = engine.array_len(value).ok_or(Error::InvalidArgument("keys is not an array"))?;
    if usize::try_from(count).is_ok_and(|count| count > KEYRING_KEYS) {
        return Err(Error::InvalidArgument("a keyring holds at most 16 keys"));
    }
    let entries = (0..count).map(|index| {
        let entry = engine.element(value, index).ok_or(Error::InvalidArgument("a key entry is missing"))?;
        let id = engine
            .property(entry, c"keyId")
            .and_then(|value| engine.text(value, KEY_ID_CHARS * 4))
            .ok_or(Error::InvalidArgument("keyId is not a string of 1 to 16 characters"))?;
        const LENGTH: Error = Error::InvalidArgument("a key has 16 bytes (A128GCM) or 32 bytes (A256GCM)");
        let bytes = bytes(engine, property(engine, entry, c"key")?, (32, LENGTH))?;
        Ok(Key::new(KeyId::new(&id)?, &bytes)?)
    });
    Ok(Keyring::new(entries.collect::<Result<_, Error>>()?)?)
}

/// Copies an attachment.
pub(crate) fn attachment(engine: &Engine, value: Value) -> Result<Zeroizing<Vec<u8>>, Error> {
    bytes(engine, value, (ATTACHMENT_BYTES, Error::TooLarge("an attachment has at most 4 MiB")))
}

/// Copies a `Uint8Array` of at most so many bytes.
fn bytes(engine: &Engine, value: Value, (most, longer): (usize, Error)) -> Result<Zeroizing<Vec<u8>>, Error> {
    let bytes = engine.bytes(value, most).ok_or(Error::InvalidArgument("not a Uint8Array"))?;
    if bytes.len() > most { Err(longer) } else { Ok(bytes) }
}

/// Reads a `Reference`. Those of messages are right, so what is wrong here is a mistake of the program.
pub(crate) fn reference(engine: &Engine, value: Value) -> Result<Reference, Error> {
    let field = |name, most| engine.property(value, name).and_then(|value| engine.text(value, most));
    let size = engine.property(value, c"size").and_then(|value| engine.number(value)).and_then(whole);
    let (Some(id), Some(size), Some(sha256), Some(key)) = (
        field(c"id", ATTACHMENT_ID_BYTES + 1),
        size,
        field(c"sha256", 64),
        field(c"key", 64).map(Zeroizing::new),
    ) else {
        return Err(Error::InvalidArgument("a reference is {id, size, sha256, key}"));
    };
    let size = u32::try_from(size).unwrap_or(u32::MAX);
    Reference::from_text(&id, size, &sha256, &key)
        .map_err(|error| error.reason().map_or(Error::Core(error), Error::InvalidArgument))
}

/// Reads a `Registration`.
pub(crate) fn registration(engine: &Engine, value: Value) -> Result<Registration, Error> {
    const FORM: Error =
        Error::InvalidArgument("a registration is {token, aaid, keyId, region, account, syncedAt}");
    let field =
        |name| engine.property(value, name).and_then(|value| engine.text(value, NAME_BYTES)).ok_or(FORM);
    let mut registration = Registration::default();
    registration.token = field(c"token")?;
    registration.aaid = field(c"aaid")?;
    registration.key_id = field(c"keyId")?;
    registration.region = field(c"region")?;
    registration.account = field(c"account")?;
    registration.synced_at_ms = milliseconds(engine, property(engine, value, c"syncedAt")?)?;
    Ok(registration)
}

/// Copies JSON text, an attachment's too.
pub(crate) fn json(engine: &Engine, value: Value) -> Result<Zeroizing<String>, Error> {
    let text = engine.text(value, ATTACHMENT_BYTES).map(Zeroizing::new);
    let text = text.ok_or(Error::InvalidArgument("json is not a string of at most 4 MiB"))?;
    if engine.is_unicode(value, &text) {
        Ok(text)
    } else {
        Err(Error::UnsafeJson("half of a surrogate pair"))
    }
}

/// Reads the name of a member.
pub(crate) fn name(engine: &Engine, value: Value) -> Result<String, Error> {
    let name = engine.text(value, NAME_BYTES).filter(|name| engine.is_unicode(value, name));
    name.ok_or(Error::InvalidArgument("name is not Unicode text of at most 4096 bytes"))
}

fn property(engine: &Engine, object: Value, name: &CStr) -> Result<Value, Error> {
    engine
        .property(object, name)
        .ok_or(Error::InvalidArgument("an argument is not an object, or a getter failed"))
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

#[derive(Default)]
struct Scratch {
    payload: Vec<u8>,
    opener: Opener,
}

/// The thread's opener, which forgets its plaintext at the end, also of a panic.
struct Wiped<'a>(&'a mut Opener);

impl Drop for Wiped<'_> {
    fn drop(&mut self) {
        self.0.wipe();
    }
}

/// Opens a payload and hands the message on while its plaintext lies in this thread's buffer, which is wiped then.
pub(crate) fn open(
    engine: &Engine,
    keyring: &Keyring,
    payload: Value,
    options: &pushseal::OpenOptions<'_>,
    then: impl FnOnce(Opened<'_>) -> Result<Value, Error>,
) -> Result<Value, Error> {
    SCRATCH.with(|scratch| {
        let mut scratch = scratch.try_borrow_mut().map_err(|_| Error::Internal)?;
        let Scratch { payload: buffer, opener } = &mut *scratch;
        let opener = Wiped(opener);
        let text = engine.text_in(payload, PAYLOAD_BYTES, buffer).map_err(|unread| match unread {
            Unread::NotAString => NOT_A_STRING,
            Unread::TooLong => Error::TooLarge("a payload has at most 16384 bytes"),
            Unread::NotUnicode => Error::Malformed("the payload is not Unicode text"),
        })?;
        opener.0.open(keyring, text, options).map_err(Error::from).and_then(then)
    })
}
