//! From the core's types to JavaScript values.

use crate::engine::{Engine, Value};
use crate::error::Error;
use pushseal::{Content, Field, Opened, Reference, SyncReason};
use std::borrow::Cow;
use zeroize::Zeroizing;

/// Makes a `DataMessage`.
pub(crate) fn message(engine: &Engine, message: &Opened<'_>) -> Result<Value, Error> {
    let (data, reference) = match &message.content {
        Content::Data(data) => (engine.new_text(data)?, engine.null()?),
        Content::Reference(reference) => (engine.new_text("")?, self::reference(engine, reference)?),
    };
    engine.new_object([
        (c"id", engine.new_text(&message.id)?),
        (c"keyId", engine.new_text(message.key_id)?),
        (c"issuedAt", engine.new_integer(message.issued_at_ms)?),
        (c"expiresAt", engine.new_integer(message.expires_at_ms)?),
        (c"sealed", engine.new_boolean(message.sealed)?),
        (c"data", data),
        (c"reference", reference),
    ])
}

fn reference(engine: &Engine, reference: &Reference) -> Result<Value, Error> {
    engine.new_object([
        (c"id", engine.new_text(reference.id())?),
        (c"size", engine.new_integer(u64::from(reference.size()))?),
        (c"sha256", engine.new_text(&reference.sha256_text())?),
        (c"key", engine.new_text(&reference.key_text())?),
    ])
}

/// Makes what `jsonField` answers.
pub(crate) fn field(engine: &Engine, field: Field<'_>) -> Result<Value, Error> {
    match field {
        Field::Text(Cow::Owned(text)) => engine.new_text(&Zeroizing::new(text)),
        Field::Text(Cow::Borrowed(text)) => engine.new_text(text),
        Field::Number(number) => engine.new_number(number),
        Field::Boolean(boolean) => engine.new_boolean(boolean),
        Field::Null => engine.null(),
        // As text it could not be told from a string.
        Field::Json(_) => {
            Err(Error::Malformed("the member is an object or an array, which JSON.parse reads"))
        }
    }
}

/// Makes an `OpenOutcome`.
pub(crate) fn outcome(engine: &Engine, outcome: Result<Value, Error>) -> Result<Value, Error> {
    let (message, code, name) = match outcome {
        Ok(message) => (message, 0, ""),
        Err(error) => {
            // A getter may have thrown; one payload's exception must not end the batch.
            engine.clear_exception();
            (engine.null()?, error.code(), error.name())
        }
    };
    engine.new_object([
        (c"message", message),
        (c"code", engine.new_integer(u64::from(code))?),
        (c"name", engine.new_text(name)?),
    ])
}

/// Makes a `SyncPlan`.
pub(crate) fn plan(engine: &Engine, reason: SyncReason) -> Result<Value, Error> {
    engine.new_object([
        (c"register", engine.new_boolean(reason.register())?),
        (c"reason", engine.new_text(reason.name())?),
    ])
}

/// Makes `Diagnostics`.
pub(crate) fn diagnostics(engine: &Engine) -> Result<Value, Error> {
    engine.new_object([
        (c"version", engine.new_text(env!("CARGO_PKG_VERSION"))?),
        (c"hardwareAes", engine.new_boolean(pushseal::hardware_aes())?),
        (c"selfTest", engine.new_boolean(pushseal::self_test())?),
    ])
}
