//! Which suites there are, in the order they run: what is quick and breaks often comes first.

mod app;
mod commands;
mod native;
mod ohos;
mod rust;
mod senders;

use super::{Scope, suite::Suite};

/// The suites of a scope.
pub struct Plan {
    /// One after the other: they build, or measure.
    pub in_order: Vec<Suite>,
    /// Any two at a time: all that they need is built.
    pub side_by_side: Vec<Suite>,
}

/// Every suite of this scope.
pub fn all(scope: Scope) -> Plan {
    let mut in_order = vec![
        rust::format(),
        rust::lints(),
        rust::rust(scope),
        rust::supply_chain(),
        native::typings_drift(),
        native::addon_suite(),
        native::valgrind(scope),
        app::push_kit_double(),
        app::arkts(),
        senders::jose(),
        senders::jwcrypto(),
        app::whole_way(),
        rust::fuzz_smoke(scope),
    ];
    in_order.extend(ohos::builds(scope));
    in_order.push(native::ark(scope));
    Plan { in_order, side_by_side: ohos::runs(scope) }
}
