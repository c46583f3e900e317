//! Text for hilog, HarmonyOS's log.

/// The longest line that is written, in bytes; hilog cuts lines of more than about 1000.
const LINE_BYTES: usize = 512;

/// Turns a line into a printf format that prints exactly this line, for logs that take a format and no arguments.
///
/// `%` is doubled, NUL and other control characters become `�`, and a long line is cut.
#[must_use]
pub fn as_format(line: &str) -> String {
    let mut format = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '%' => format.push_str("%%"),
            c if c.is_control() => format.push(char::REPLACEMENT_CHARACTER),
            c => format.push(c),
        }
        if format.len() >= LINE_BYTES {
            break;
        }
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_never_acts_as_a_format() {
        for (line, format) in [
            ("", ""),
            ("plain 好", "plain 好"),
            ("100%s", "100%%s"),
            ("%n%n%", "%%n%%n%%"),
            ("a\0b\nc", "a\u{fffd}b\u{fffd}c"),
        ] {
            assert_eq!(as_format(line), format);
        }
    }

    #[test]
    fn no_percent_sign_stands_alone_where_a_long_line_is_cut() {
        for shift in 0..4 {
            let format = as_format(&format!("{}{}", "x".repeat(shift), "%好".repeat(1000)));
            assert!(format.len() < LINE_BYTES + 4);
            assert_eq!(format.replace("%%", "").find('%'), None);
        }
    }
}
