//! The picture of the result: bars on a logarithmic scale.

use super::{numbers::with_unit, series::Row, summary::Summary};

/// The comparisons that are drawn: heading, section, what.
const PANELS: [(&str, &str, &str); 4] = [
    ("Open 3 KB through Node", "Node", "open 3 KB"),
    ("Open 300 B through Node", "Node", "open 300 B"),
    ("Open 3 KB in Rust", "Rust alone", "open 3 KB"),
    ("Load and open the first message in a fresh process", "Node", "cold: load and first message"),
];

const WIDTH: f64 = 860.0;
const LEFT: f64 = 250.0;
const BARS: f64 = 480.0;
const LINE: f64 = 24.0;

/// Dark text on light ground, light text on dark ground: whatever the page that shows it has.
const STYLE: &str = "\
  <style>
    .ground { fill: #ffffff }
    text { fill: #1f2328 }
    .small { fill: #57606a; font-size: 12px }
    .head { font-weight: 600 }
    .bar { fill: #afb8c1 }
    .ours { fill: #0969da }
    .spread { stroke: #57606a; stroke-width: 1.5 }
    @media (prefers-color-scheme: dark) {
      .ground { fill: #0d1117 }
      text { fill: #e6edf3 }
      .small { fill: #9198a1 }
      .bar { fill: #59636e }
      .ours { fill: #4493f8 }
      .spread { stroke: #9198a1 }
    }
  </style>
";

/// Draws it.
pub fn svg(summary: &Summary) -> String {
    let mut body = String::new();
    let mut y = 24.0;
    for (heading, section, what) in PANELS {
        let rows: Vec<&Row> = summary.group(section, what).collect();
        if rows.is_empty() {
            continue;
        }
        body.push_str(&format!("  <text class=\"head\" x=\"16\" y=\"{y:.0}\">{}</text>\n", escape(heading)));
        y += LINE;
        let scale = Scale::of(&rows);
        for (n, row) in rows.iter().enumerate() {
            body.push_str(&bar(row, n == 0, &scale, y));
            y += LINE;
        }
        y += LINE;
    }
    for line in [
        format!(
            "{}, {}; medians, lines over half of the rounds; each group has its own logarithmic scale",
            summary.command, summary.date
        ),
        summary.machine.line(),
    ] {
        body.push_str(&format!("  <text class=\"small\" x=\"16\" y=\"{y:.0}\">{}</text>\n", escape(&line)));
        y += 18.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {y:.0}\" font-family=\"system-ui, 'Segoe UI', sans-serif\" \
         font-size=\"14\" role=\"img\" aria-label=\"How long opening a message takes, beside other ways to open it\">\n\
         {STYLE}  <rect class=\"ground\" width=\"{WIDTH:.0}\" height=\"{y:.0}\"/>\n{body}</svg>\n"
    )
}

/// From values to places: the smallest gets a tenth of the room, the largest all of it.
struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    fn of(rows: &[&Row]) -> Self {
        let values = || rows.iter().flat_map(|row| [row.low, row.median, row.high]).map(f64::ln);
        Self { low: values().fold(f64::INFINITY, f64::min), high: values().fold(f64::NEG_INFINITY, f64::max) }
    }

    fn length(&self, value: f64) -> f64 {
        let share = (value.ln() - self.low) / (self.high - self.low).max(1e-9);
        BARS * (0.1 + 0.9 * share)
    }
}

fn bar(row: &Row, ours: bool, scale: &Scale, y: f64) -> String {
    let [low, length, high] = [row.low, row.median, row.high].map(|value| scale.length(value));
    let class = if ours { "bar ours" } else { "bar" };
    let (top, middle) = (y - 13.0, y - 5.0);
    format!(
        "  <text x=\"{:.0}\" y=\"{y:.0}\" text-anchor=\"end\">{}</text>\
         <rect class=\"{class}\" x=\"{LEFT:.0}\" y=\"{top:.0}\" width=\"{length:.1}\" height=\"16\" rx=\"2\"/>\
         <line class=\"spread\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.0}\" y2=\"{middle:.0}\"/>\
         <text x=\"{:.1}\" y=\"{y:.0}\">{}</text>\n",
        LEFT - 10.0,
        escape(&row.who),
        LEFT + low,
        LEFT + high,
        LEFT + length.max(high) + 8.0,
        with_unit(row.median, &row.unit),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
