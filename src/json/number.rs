//! Numbers as they are written; integers exact; NumericDate without rounding.

use crate::instant::Instant;

/// A JSON number, as the text has it. Nothing is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// The text of the number.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The number as an integer, when it is written as one (no fraction, no exponent) and fits.
    #[must_use]
    pub fn to_i64(self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number as seconds since 1970-01-01T00:00:00Z (RFC 7519 section 2), digits beyond nanoseconds cut.
    pub(crate) fn to_date(self) -> NumericDate {
        let (negative, unsigned) = match self.0.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.0),
        };
        if !negative
            && unsigned.len() <= 15
            && let Ok(seconds) = unsigned.parse::<i64>()
        {
            return bounded(Instant::from_unix(seconds, 0));
        }
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let Some(exponent) = exponent.parse::<i32>().ok().filter(|e| e.unsigned_abs() <= EXPONENT_MAX) else {
            return NumericDate::OutOfRange { negative };
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        match nanoseconds(whole, fraction, exponent) {
            None => NumericDate::OutOfRange { negative },
            Some(nanoseconds) => {
                let signed = if negative { nanoseconds.saturating_neg() } else { nanoseconds };
                let (seconds, rest) = (signed.div_euclid(NANOS), signed.rem_euclid(NANOS));
                match (i64::try_from(seconds), u32::try_from(rest)) {
                    (Ok(seconds), Ok(rest)) => bounded(Instant::from_unix(seconds, rest)),
                    _ => NumericDate::OutOfRange { negative },
                }
            }
        }
    }
}

/// A number read as a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumericDate {
    /// An instant of the years up to 9999.
    At(Instant),
    /// Beyond every date, or so small or large an exponent that it is no date.
    OutOfRange {
        /// Long ago rather than far ahead.
        negative: bool,
    },
}

/// `whole.fraction * 10^exponent` in nanoseconds, cut; `None` when it needs more than 28 digits.
fn nanoseconds(whole: &str, fraction: &str, exponent: i32) -> Option<i128> {
    let digits = || whole.bytes().chain(fraction.bytes());
    let leading_zeros = digits().take_while(|digit| *digit == b'0').count();
    // How many digits stand left of the point once the value is counted in nanoseconds.
    let places = i64::try_from(whole.len()).ok()?.checked_add(i64::from(exponent))?.checked_add(9)?;
    let places = usize::try_from(places).unwrap_or(0);
    let significant = places.saturating_sub(leading_zeros);
    if significant > 28 && digits().any(|digit| digit != b'0') {
        return None;
    }
    let padded = digits().skip(leading_zeros).chain(core::iter::repeat(b'0')).take(significant.min(28));
    Some(padded.fold(0_i128, |sum, digit| {
        sum.saturating_mul(10).saturating_add(i128::from(digit.saturating_sub(b'0')))
    }))
}

fn bounded(instant: Instant) -> NumericDate {
    let seconds = instant.unix_seconds();
    if seconds > LAST_SECOND || seconds < LAST_SECOND.saturating_neg() {
        return NumericDate::OutOfRange { negative: seconds < 0 };
    }
    NumericDate::At(instant)
}

const NANOS: i128 = 1_000_000_000;

/// 9999-12-31T23:59:59Z: what RFC 3339 can write.
const LAST_SECOND: i64 = 253_402_300_799;

/// No date needs more; `1e400` and `1e-400` are refused rather than rounded to infinity and zero.
const EXPONENT_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, nanos: u32) -> NumericDate {
        NumericDate::At(Instant::from_unix(seconds, nanos))
    }

    #[test]
    fn dates_are_exact() {
        for (text, date) in [
            ("1767225600", at(1_767_225_600, 0)),
            ("1767225600.0", at(1_767_225_600, 0)),
            ("1.7672256e9", at(1_767_225_600, 0)),
            ("1.7672256E+9", at(1_767_225_600, 0)),
            ("17672256000e-1", at(1_767_225_600, 0)),
            ("1767225600.123456", at(1_767_225_600, 123_456_000)),
            ("1767225600.1234567899", at(1_767_225_600, 123_456_789)),
            ("0.0000000017672256e18", at(1_767_225_600, 0)),
            ("0", at(0, 0)),
            ("-0", at(0, 0)),
            ("0e9", at(0, 0)),
            ("0.000e50", at(0, 0)),
            ("-1", at(-1, 0)),
            ("-1.5", at(-2, 500_000_000)),
            ("1e-9", at(0, 1)),
            ("1e-10", at(0, 0)),
            ("253402300799", at(253_402_300_799, 0)),
        ] {
            assert_eq!(Number(text).to_date(), date, "{text}");
        }
        let long = "9".repeat(10_000);
        for text in
            ["1e400", "1e-400", "9223372036854775808", "18446744073709551616", "253402300800", "1e64", &long]
        {
            assert_eq!(Number(text).to_date(), NumericDate::OutOfRange { negative: false }, "{text}");
        }
        for text in ["-1e400", "-9223372036854775809", "-1e13"] {
            assert_eq!(Number(text).to_date(), NumericDate::OutOfRange { negative: true }, "{text}");
        }
    }
}
