//! The results that receipts name ("Push Kit: message receipts", table of result codes).

/// What a result says, in a word; `other` for one that the documents do not name.
pub const fn meaning(result: i64) -> &'static str {
    match result {
        0 => "delivered",
        2 => "uninstalled",
        5 => "token_mismatch",
        6 => "notifications_off",
        10 => "inactive",
        14 => "network_fault",
        15 => "collapsed",
        22 => "another_local_user",
        27 => "cached",
        31 => "no_such_page",
        51 => "locked_since_boot",
        102 | 256 => "capped",
        144 => "profile_id_not_bound",
        151 => "not_shown_or_no_such_form",
        155 => "live_view_not_updated",
        156 => "live_view_version_too_low",
        158 | 269 => "live_view_exists",
        188 => "app_not_started",
        191 => "badge_not_set",
        259 => "content_refused",
        261 => "no_such_form",
        262 => "form_capped",
        264 => "not_subscribed",
        265 => "live_view_held_back",
        268 => "live_view_without_status",
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
        for result in [
            0, 2, 5, 6, 10, 14, 15, 22, 27, 31, 51, 102, 144, 151, 155, 156, 158, 188, 191, 256, 259, 261,
            262, 264, 265, 268, 269,
        ] {
            assert_ne!(meaning(result), "other", "{result}");
        }
    }
}
