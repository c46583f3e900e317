//! How long each suite may take on two cores with everything built before, in seconds. A suite over its budget is
//! marked in the table; make it cheaper before another is added.

const BUDGETS: &[(&str, u32)] = &[
    ("format", 5),
    ("lints", 20),
    ("core, backend and xtask", 140),
    ("typings are those of the sources", 20),
    ("native library, host build", 40),
    ("type check, lint, and the app in Node", 120),
    ("OHOS libraries pass the ELF gate", 20),
    ("fuzz targets, ten seconds each", 45),
    ("native library under valgrind", 60),
    ("native library, device build under valgrind", 60),
    ("instructions per message", 15),
    ("demo, and again for its secrets", 40),
    ("the pushseal program with jwcrypto", 10),
    ("the running backend and its OpenAPI document", 25),
    ("recipes for sealing in other languages", 10),
    ("the pushseal program with jose", 10),
    ("Push Kit double", 5),
    ("native library, OpenHarmony's engine", 60),
    ("native library, arm64 build", 40),
    ("native library, x86_64 build", 15),
    ("native library, x86_64 build without AES", 15),
    ("native library, arm64 build without AES", 50),
    ("the HAR, installed in the example app", 30),
];

/// The budget of the suite with this name, s; 0 for a suite without one.
pub fn of(name: &str) -> u32 {
    BUDGETS.iter().find(|(suite, _)| *suite == name).map_or(0, |(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::{super::suites, *};
    use crate::test::Scope;

    #[test]
    fn every_suite_has_a_budget_and_a_repeated_run_takes_under_nine_minutes() {
        let plan = suites::all(&Scope { ark: true, ..Scope::default() });
        for suite in plan.suites() {
            assert!(of(suite.name) > 0, "{}: give it a budget", suite.name);
        }
        let in_order: u32 = plan.in_order.iter().map(|suite| of(suite.name)).sum();
        let side_by_side: u32 = plan.side_by_side.iter().flatten().map(|suite| of(suite.name)).sum();
        assert!(in_order + side_by_side / 2 <= 9 * 60, "{in_order} + {side_by_side} / 2");
    }
}
