//! The ArkTS sources, the app, what it installs, and the whole way of a message.

use super::{
    super::suite::Suite,
    commands::{backend, node_tests},
};
use crate::{addon, demo, har as package, paths, setup};
use anyhow::ensure;
use std::process::Command;

pub fn push_kit_double() -> Suite {
    Suite::of_tests("Node", "Push Kit double", |root| {
        Ok(vec![node_tests(root, &[], &["../doubles/push-kit/"])?])
    })
}

pub fn arkts() -> Suite {
    Suite::of_tests("ArkTS", "type check, lint, and the app in Node", |root| {
        setup::node(root)?;
        addon::build(root)?;
        let mut coverage = Command::new("node");
        coverage.current_dir(root.join("tests/node")).args(["--no-warnings", "arkts/coverage.mjs"]);
        Ok(vec![with_coverage(&node_tests(root, &[], &["arkts/"])?), coverage])
    })
}

/// The same command under c8, which fails below the bound in `tests/node/.c8rc.json`.
fn with_coverage(tests: &Command) -> Command {
    let mut command = Command::new("node");
    if let Some(folder) = tests.get_current_dir() {
        command.current_dir(folder);
    }
    command.arg("node_modules/c8/bin/c8.js").arg(tests.get_program()).args(tests.get_args());
    command
}

/// What an app installs: packed twice to the same bytes, then installed in the example app.
pub fn har() -> Suite {
    Suite::of_tests("ArkTS", "the HAR, installed in the example app", |root| {
        setup::node(root)?;
        addon::build(root)?;
        let har = package::har(root)?;
        let first = std::fs::read(&har)?;
        ensure!(
            std::fs::read(package::har(root)?)? == first,
            "packed a second time, the HAR has other bytes"
        );
        let mut run = node_tests(root, &[], &["har/"])?;
        run.env("PUSHSEAL_HAR", har);
        Ok(vec![run])
    })
}

/// The demo, and the demo again with a search for secrets in all that it leaves behind.
pub fn whole_way() -> Suite {
    Suite::of_tests("Node", "demo, and again for its secrets", |root| {
        setup::node(root)?;
        addon::build(root)?;
        let mut secrets = node_tests(root, &[], &["secrets/"])?;
        secrets.env("PUSHSEAL_BACKEND", paths::binary(root, "debug", "pushseal"));
        Ok(vec![backend(root), demo::command(root), secrets])
    })
}
