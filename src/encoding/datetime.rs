//! xs:dateTime as SAML has it (SAML core 1.3.3): UTC, no leap second, every field checked, no leniency.

use crate::check::Check;
use crate::instant::Instant;
use time::{Date, Month, Time};

/// Parses `YYYY-MM-DDThh:mm:ss[.f{1,12}](Z|+00:00)`. Fraction digits beyond the ninth are cut.
///
/// `TimeMalformed`: not such a text, or an impossible date or time. `TimeNotUtc`: no zone, or another one (policy P7).
pub(crate) fn parse(text: &str) -> Result<Instant, Check> {
    let mut input = Scanner { rest: text.as_bytes() };
    let (year, month, day) = (input.digits(4)?, input.after(b'-')?.digits(2)?, input.after(b'-')?.digits(2)?);
    let (hour, minute, second) =
        (input.after(b'T')?.digits(2)?, input.after(b':')?.digits(2)?, input.after(b':')?.digits(2)?);
    let nanoseconds = if input.next_is(b'.') { input.fraction()? } else { 0 };
    if year == 0 {
        return Err(Check::TimeMalformed);
    }
    let date = month_of(month)
        .and_then(|month| Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok())
        .ok_or(Check::TimeMalformed)?;
    let small = |value: u16| u8::try_from(value).map_err(|_| Check::TimeMalformed);
    let time =
        Time::from_hms(small(hour)?, small(minute)?, small(second)?).map_err(|_| Check::TimeMalformed)?;
    input.zone()?;
    let seconds = date.with_time(time).assume_utc().unix_timestamp();
    Ok(Instant::from_unix(seconds, nanoseconds))
}

struct Scanner<'a> {
    rest: &'a [u8],
}

impl Scanner<'_> {
    fn digits(&mut self, count: usize) -> Result<u16, Check> {
        let (digits, rest) = self.rest.split_at_checked(count).ok_or(Check::TimeMalformed)?;
        self.rest = rest;
        let mut value = 0_u16;
        for digit in digits {
            value = value.saturating_mul(10).saturating_add(u16::from(digit_value(*digit)?));
        }
        Ok(value)
    }

    fn after(&mut self, separator: u8) -> Result<&mut Self, Check> {
        if self.next_is(separator) { Ok(self) } else { Err(Check::TimeMalformed) }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn fraction(&mut self) -> Result<u32, Check> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=12).contains(&count) {
            return Err(Check::TimeMalformed);
        }
        let (digits, rest) = self.rest.split_at_checked(count).ok_or(Check::TimeMalformed)?;
        self.rest = rest;
        let padded = digits.iter().copied().chain(core::iter::repeat(b'0')).take(9);
        padded
            .map(digit_value)
            .try_fold(0_u32, |sum, digit| Ok(sum.saturating_mul(10).saturating_add(u32::from(digit?))))
    }

    fn zone(&mut self) -> Result<(), Check> {
        match self.rest {
            b"Z" | b"+00:00" => Ok(()),
            [] => Err(Check::TimeNotUtc),
            [b'+' | b'-', h1, h2, b':', m1, m2] => {
                let two = |a: u8, b: u8| {
                    Ok::<u8, Check>(digit_value(a)?.saturating_mul(10).saturating_add(digit_value(b)?))
                };
                if two(*h1, *h2)? > 23 || two(*m1, *m2)? > 59 {
                    Err(Check::TimeMalformed)
                } else {
                    Err(Check::TimeNotUtc)
                }
            }
            _ => Err(Check::TimeMalformed),
        }
    }
}

const fn digit_value(byte: u8) -> Result<u8, Check> {
    match byte {
        b'0'..=b'9' => Ok(byte & 0x0f),
        _ => Err(Check::TimeMalformed),
    }
}

fn month_of(number: u16) -> Option<Month> {
    Month::try_from(u8::try_from(number).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::check::Check;

    #[test]
    fn good_times() {
        for (text, shown) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.1Z", "2024-02-29T23:59:59.100Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456700Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn bad_times_name_their_check() {
        for text in ["2026-01-01T00:00:00", "2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00-00:00"] {
            assert_eq!(parse(text).unwrap_err(), Check::TimeNotUtc, "{text}");
        }
        for text in [
            "",
            "null",
            "1767225600",
            "2026-01-01",
            "2026-01-01 00:00:00Z",
            "2026-01-01t00:00:00Z",
            "2026-01-01T00:00:00z",
            "2026-02-30T00:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T23:60:00Z",
            "2026-01-01T23:59:60Z",
            "0000-01-01T00:00:00Z",
            "-0001-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+2026-01-01T00:00:00Z",
            "999-01-01T00:00:00Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00,5Z",
            "2026-01-01T00:00:00.1234567890123Z",
            "2026-01-01T00:00:00.-1Z",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00+0200",
            "2026-W01-1T00:00:00Z",
            "20260101T000000Z",
            " 2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z ",
            "2026-01-01T00:00:00ZZ",
            "２026-01-01T00:00:00Z",
            "Thu, 01 Jan 2026 00:00:00 GMT",
        ] {
            assert_eq!(parse(text).unwrap_err(), Check::TimeMalformed, "{text}");
        }
    }
}
