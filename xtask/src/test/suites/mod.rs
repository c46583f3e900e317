//! Which suites there are, and when each runs: what breaks often comes first.

mod app;
mod commands;
mod native;
mod ohos;
mod rust;
mod senders;

use super::{Scope, suite::Suite};

/// The suites of a scope.
pub struct Plan {
    /// One after the other: they build what the others need, or measure.
    pub in_order: Vec<Suite>,
    /// Stages, one after the other; any two suites of a stage run at a time. The longest comes first.
    pub side_by_side: [Vec<Suite>; 2],
}

impl Plan {
    /// Keeps the suites for which `wanted` is true.
    pub fn retain(&mut self, wanted: impl Fn(&Suite) -> bool) {
        self.in_order.retain(&wanted);
        self.side_by_side.iter_mut().for_each(|stage| stage.retain(&wanted));
    }

    pub fn suites(&self) -> impl Iterator<Item = &Suite> {
        self.in_order.iter().chain(self.side_by_side.iter().flatten())
    }

    pub fn is_empty(&self) -> bool {
        self.suites().next().is_none()
    }
}

/// Every suite of this scope.
pub fn all(scope: &Scope) -> Plan {
    Plan {
        in_order: vec![
            rust::format(),
            rust::lints(),
            rust::rust(scope),
            native::typings_drift(),
            native::addon_suite(),
        ],
        side_by_side: [
            vec![
                app::arkts(),
                ohos::builds(scope),
                rust::fuzz_smoke(scope),
                native::valgrind(scope),
                native::instructions(scope),
                app::whole_way(),
                senders::agreement(),
                senders::jwcrypto(),
                senders::recipes(),
                senders::jose(),
                app::push_kit_double(),
                native::ark(scope),
            ],
            ohos::runs(scope),
        ],
    }
}
