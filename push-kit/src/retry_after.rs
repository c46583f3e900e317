//! `Retry-After` (RFC 9110, section 10.2.3): seconds, or an HTTP date.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// How long the other side asks to wait; nothing when it does not say, or nothing readable. A date counts from the answer's own
/// `Date`, so that a wrong clock here does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if value.bytes().all(|b| b.is_ascii_digit()) {
        return value.parse().ok().map(Duration::from_secs);
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    Some(until.duration_since(date.unwrap_or_else(SystemTime::now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(retry_after_value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, retry_after_value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_a_date_are_read_and_nothing_else() {
        assert_eq!(with("120", None), Some(Duration::from_secs(120)));
        assert_eq!(with(" 0 ", None), Some(Duration::ZERO));
        let date = "Mon, 02 Mar 2020 02:02:02 GMT";
        assert_eq!(with("Mon, 02 Mar 2020 02:03:32 GMT", Some(date)), Some(Duration::from_secs(90)));
        assert_eq!(with("Mon, 02 Mar 2020 02:01:00 GMT", Some(date)), Some(Duration::ZERO));
        for odd in ["", "-1", "soon", "1.5", "99999999999999999999999"] {
            assert_eq!(with(odd, None), None, "{odd}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn a_date_in_the_future_counts_from_now_where_the_answer_tells_no_time() {
        let in_a_minute = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(60));
        let wait = with(&in_a_minute, None).unwrap();
        assert!((50..=60).contains(&wait.as_secs()), "{wait:?}");
    }
}
