//! The program `pushseal` with the libraries of others.

use super::{
    super::suite::Suite,
    commands::{backend, node_tests},
};
use crate::{paths, setup};
use std::process::Command;

pub fn jose() -> Suite {
    Suite::of_tests("Node", "the pushseal program with jose", |root| {
        let mut run = node_tests(root, &[], &["cli/"])?;
        run.env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), run])
    })
}

pub fn recipes() -> Suite {
    Suite::of_tests("Node", "recipes for sealing in other languages", |root| {
        let mut run = node_tests(root, &[], &["recipes/"])?;
        run.env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        run.env("PUSHSEAL_PYTHON", setup::python(root)?);
        Ok(vec![backend(root), run])
    })
}

/// Requests that are made up from the OpenAPI document, the same at each run.
pub fn agreement() -> Suite {
    Suite::of_tests("Python", "the running backend and its OpenAPI document", |root| {
        let mut run = Command::new(setup::python(root)?);
        run.current_dir(root)
            .arg("tests/python/agreement.py")
            .env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), run])
    })
}

pub fn jwcrypto() -> Suite {
    Suite::of_tests("Python", "the pushseal program with jwcrypto", |root| {
        let mut run = Command::new(setup::python(root)?);
        run.current_dir(root)
            .arg("tests/python/interop.py")
            .env("PUSHSEAL", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), run])
    })
}
