//! How numbers are written.

/// A measurement in its unit: nanoseconds as microseconds.
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "ns" => format!("{} µs", short(value / 1000.0)),
        "" => short(value),
        "/s" => format!("{}/s", short(value)),
        _ => format!("{} {unit}", short(value)),
    }
}

/// Three digits that count, or all of a larger number, in groups.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size >= 1000.0 => grouped(&format!("{value:.0}")),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let cases = [
            (0.0, "0"),
            (0.271, "0.27"),
            (5.239, "5.24"),
            (12.34, "12.3"),
            (123.4, "123"),
            (386401.7, "386,402"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
        assert_eq!(with_unit(5239.0, "ns"), "5.24 µs");
        assert_eq!(with_unit(406_000.0, "bytes"), "406,000 bytes");
    }
}
