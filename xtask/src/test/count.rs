//! How many tests a runner says that it ran.

/// Passed and failed tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: usize,
    pub failed: usize,
}

/// Reads the closing lines of cargo's, Node's and our own runners out of all that was printed.
pub fn count(text: &str) -> Count {
    text.lines().filter_map(of_line).fold(Count::default(), |sum, count| Count {
        passed: sum.passed + count.passed,
        failed: sum.failed + count.failed,
    })
}

fn of_line(line: &str) -> Option<Count> {
    let line = line.trim();
    if let Some(result) = line.strip_prefix("test result: ") {
        return Some(Count { passed: before(result, " passed")?, failed: before(result, " failed")? });
    }
    // Node writes "# pass 3" (TAP) or "ℹ pass 3" (spec).
    let node = line.trim_start_matches(['#', 'ℹ']).trim_start();
    if node != line {
        if let Some(passed) = node.strip_prefix("pass ") {
            return Some(Count { passed: passed.parse().ok()?, failed: 0 });
        }
        if let Some(failed) = node.strip_prefix("fail ") {
            return Some(Count { passed: 0, failed: failed.parse().ok()? });
        }
        return None;
    }
    let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
    Some(Count { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
}

/// The number that stands before a word.
fn before(text: &str, word: &str) -> Option<usize> {
    text.split(word).next()?.split_whitespace().next_back()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_each_runner_are_read() {
        let cases = [
            ("test result: ok. 41 passed; 0 failed; 0 ignored; finished in 0.04s", 41, 0),
            ("test result: FAILED. 2 passed; 1 failed; 0 ignored", 2, 1),
            ("# pass 12\n# fail 3", 12, 3),
            ("ℹ pass 12\nℹ fail 0", 12, 0),
            ("7 passed, 1 failed", 7, 1),
            ("3 passed, 0 failed\ntest result: ok. 1 passed; 0 failed;", 4, 0),
            ("passed, failed\nnothing", 0, 0),
        ];
        for (text, passed, failed) in cases {
            assert_eq!(count(text), Count { passed, failed }, "{text}");
        }
    }
}
