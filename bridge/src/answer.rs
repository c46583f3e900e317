//! From a result to what JavaScript gets: a value, or an error with a numeric `code`.

use crate::engine::{Engine, Value};
use crate::error::Error;
use crate::log;
use crate::node::{self, Env, Status, Unknown};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs an export. A panic becomes [`Error::Internal`]: it must not take the app's process down.
pub(crate) fn answer(
    env: Env,
    work: impl FnOnce(&Engine) -> Result<Value, Error>,
) -> node::Result<Unknown<'static>> {
    let engine = Engine::new(&env);
    let result = catch_unwind(AssertUnwindSafe(|| work(&engine))).unwrap_or_else(|_| {
        log::internal("a call panicked");
        Err(Error::Internal)
    });
    match result {
        Ok(value) => Ok(engine.unknown(value)),
        Err(error) => {
            engine.throw(error.code(), error.name(), &error.to_string());
            // The exception is set already; this tells the glue to leave it alone.
            Err(node::Error::from_status(Status::PendingException))
        }
    }
}
