//! The results that receipts name.

/// What a result says, in a word; `other` for one that the documents do not name.
pub const fn meaning(result: i64) -> &'static str {
    match result {
        0 => "delivered",
        2 => "uninstalled",
        5 => "token_mismatch",
        6 => "notifications_off",
        10 => "inactive",
        15 => "collapsed",
        27 => "cached",
        51 => "locked_since_boot",
        102 | 256 => "capped",
        _ => "other",
    }
}

/// True for the results after which the documents say to send to this token no more.
pub const fn is_dead(result: i64) -> bool {
    matches!(result, 2 | 5 | 6 | 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_results_end_a_token_and_no_other_does() {
        let dead: Vec<i64> = (-10..1000).filter(|&result| is_dead(result)).collect();
        assert_eq!(dead, [2, 5, 6, 10]);
        for result in [0, 2, 5, 6, 10, 15, 27, 51, 102, 256] {
            assert_ne!(meaning(result), "other", "{result}");
        }
    }
}
