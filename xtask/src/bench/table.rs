//! The result as text: whole for the terminal and docs/bench.md, short for the README.

use super::{
    numbers::{short, with_unit},
    series::Row,
    summary::Summary,
    targets::Verdict,
};

/// Sizes that the short table shows.
const SIZES: [&str; 2] = ["300 B", "3 KB"];

/// Everything, for the terminal.
pub fn terminal(summary: &Summary) -> String {
    let mut text = format!("{}\n", summary.origin());
    let mut section = "";
    for row in &summary.rows {
        if row.section != section {
            section = &row.section;
            text.push_str(&format!("\n{section}\n"));
        }
        let [median, spread, times] = cells(row);
        text.push_str(&format!("  {:<38} {:<30} {median:>16} {spread:>22} {times:>8}\n", row.what, row.who));
    }
    text.push('\n');
    for verdict in &summary.verdicts {
        let Verdict { section, what, sense, target, measured, .. } = verdict;
        let (target, measured) = (short(*target), short(*measured));
        text.push_str(&format!(
            "{section:<28} {what:<64} {sense} {target:>8} {measured:>10}  {}\n",
            word(verdict)
        ));
    }
    text + &closing(summary)
}

/// Everything, in Markdown.
pub fn whole(summary: &Summary) -> String {
    let mut text = format!("{}\n\n", summary.origin());
    text.push_str("| | promise | measured | |\n|---|---|---|---|\n");
    for verdict in &summary.verdicts {
        let Verdict { section, what, sense, target, measured, .. } = verdict;
        let (target, measured) = (short(*target), short(*measured));
        text.push_str(&format!(
            "| {section}: {what} | {sense} {target} | {measured} | {} |\n",
            word(verdict)
        ));
    }
    let mut section = "";
    for row in &summary.rows {
        if row.section != section {
            section = &row.section;
            text.push_str(&format!(
                "\n| {section} | | median | half of the rounds | times the first |\n|---|---|---|---|---|\n"
            ));
        }
        let [median, spread, times] = cells(row);
        text.push_str(&format!("| {} | {} | {median} | {spread} | {times} |\n", row.what, row.who));
    }
    text
}

/// What the README quotes.
pub fn readme(summary: &Summary) -> String {
    let mut text = format!("Printed by {}.\n\n", summary.origin());
    text.push_str(&format!("| opened through Node, median | {} |\n|---|---|---|\n", SIZES.join(" | ")));
    for row in summary.group("Node", "open 3 KB") {
        let cells = SIZES.map(|size| match summary.row("Node", &format!("open {size}"), &row.who) {
            Some(row) => format!("{}, {} ×", with_unit(row.median, &row.unit), short(row.times_ours)),
            None => String::new(),
        });
        text.push_str(&format!("| {} | {} |\n", row.who, cells.join(" | ")));
    }
    text.push_str("\n| | ours | beside it |\n|---|---|---|\n");
    for (label, section, what, ours, other) in COMPARED {
        let (Some(own), other) = (summary.row(section, what, ours), summary.row(section, what, other)) else {
            continue;
        };
        let beside =
            other.map_or(String::new(), |row| format!("{}: {}", row.who, with_unit(row.median, &row.unit)));
        text.push_str(&format!("| {label} | {} | {beside} |\n", with_unit(own.median, &own.unit)));
    }
    text
}

/// Label, section, what, ours, the other.
const COMPARED: [(&str, &str, &str, &str, &str); 6] = [
    ("open 3 KB in Rust", "Rust alone", "open 3 KB", "pushseal", "floor"),
    ("seal 3 KB in Rust", "Rust alone", "seal 3 KB", "pushseal", "floor"),
    (
        "load the library, first message",
        "Node",
        "cold: load and first message",
        "openMessage",
        "node:crypto by hand",
    ),
    ("drain, on one core", "Node", "drain: messages a second of one core", "100000 rows", ""),
    ("library for arm64-v8a", "library for devices", "size", "arm64-v8a", ""),
    ("library for x86_64", "library for devices", "size", "x86_64", ""),
];

/// Median, spread, and how many times ours.
fn cells(row: &Row) -> [String; 3] {
    let value = |value| with_unit(value, &row.unit);
    let several = row.rounds > 1;
    [
        value(row.median),
        if several { format!("{} … {}", value(row.low), value(row.high)) } else { String::new() },
        if several { format!("{} ×", short(row.times_ours)) } else { String::new() },
    ]
}

fn word(verdict: &Verdict) -> &'static str {
    if verdict.kept { "kept" } else { "missed" }
}

/// The last line: what was missed.
fn closing(summary: &Summary) -> String {
    let missed: Vec<String> = summary
        .verdicts
        .iter()
        .filter(|verdict| !verdict.kept)
        .map(|Verdict { section, what, .. }| format!("{section}: {what}"))
        .collect();
    if missed.is_empty() {
        format!("\nall {} promises are kept\n", summary.verdicts.len())
    } else {
        format!("\nmissed {} of {}: {}\n", missed.len(), summary.verdicts.len(), missed.join("; "))
    }
}
