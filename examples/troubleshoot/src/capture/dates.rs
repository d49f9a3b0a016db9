//! Dates of HTTP (RFC 9110 5.6.7): the one form that servers send.

use time::{Date, Month, OffsetDateTime, Time};

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub fn http(text: &str) -> Option<OffsetDateTime> {
    let (_, rest) = text.trim().split_once(", ")?;
    let mut words = rest.split_ascii_whitespace();
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let year = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u8>().ok());
    let time = Time::from_hms(clock.next()??, clock.next()??, clock.next()??).ok()?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    (words.next()? == "GMT")
        .then(|| {
            Date::from_calendar_date(year, month, day).ok().map(|date| date.with_time(time).assume_utc())
        })
        .flatten()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    #[test]
    fn dates_of_http() {
        assert_eq!(super::http("Sun, 06 Nov 1994 08:49:37 GMT").unwrap().unix_timestamp(), 784_111_777);
        for bad in ["", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "06 Nov 1994"] {
            assert_eq!(super::http(bad), None, "{bad}");
        }
    }
}
