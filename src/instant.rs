//! Instants and time windows: one place for the arithmetic that decides "not yet" and "no longer".
//!
//! Not-before is inclusive, not-on-or-after is exclusive, leeway widens both ends.

use core::fmt;
use time::{Duration, OffsetDateTime, UtcOffset};

/// A point in time with nanosecond precision, UTC. Cheap to compare; made from a message or from `now`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    nanoseconds: i128,
}

impl Instant {
    /// Later than every date in a message: for what has no end.
    pub(crate) const FAR_FUTURE: Self = Self { nanoseconds: i128::MAX };

    /// The instant that many seconds and nanoseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let whole = i128::from(seconds).saturating_mul(NANOS_PER_SECOND);
        Self { nanoseconds: whole.saturating_add(i128::from(nanoseconds)) }
    }

    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let seconds = self.nanoseconds.div_euclid(NANOS_PER_SECOND);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }

    /// The same instant as a `time` value. Instants outside its range become its first or last instant.
    #[must_use]
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(self.nanoseconds).unwrap_or(if self.nanoseconds < 0 {
            time::PrimitiveDateTime::MIN.assume_utc()
        } else {
            time::PrimitiveDateTime::MAX.assume_utc()
        })
    }

    /// This instant moved into the future.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self { nanoseconds: self.nanoseconds.saturating_add(duration.whole_nanoseconds()) }
    }

    /// This instant moved into the past.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self { nanoseconds: self.nanoseconds.saturating_sub(duration.whole_nanoseconds()) }
    }

    /// How long after `earlier` this instant is (negative when it is before), in whole seconds rounded down.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        let seconds = self.nanoseconds.saturating_sub(earlier.nanoseconds).div_euclid(NANOS_PER_SECOND);
        i64::try_from(seconds).unwrap_or(if seconds < 0 { i64::MIN } else { i64::MAX })
    }
}

impl From<OffsetDateTime> for Instant {
    fn from(value: OffsetDateTime) -> Self {
        Self { nanoseconds: value.unix_timestamp_nanos() }
    }
}

/// RFC 3339 in UTC, with as many fraction digits as the instant has (none, 3, 6 or 9).
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.to_offset_date_time().to_offset(UtcOffset::UTC);
        let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
        let (hour, minute, second) = t.to_hms();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match t.nanosecond() {
            0 => {}
            n if n % 1_000_000 == 0 => write!(f, ".{:03}", n / 1_000_000)?,
            n if n % 1_000 == 0 => write!(f, ".{:06}", n / 1_000)?,
            n => write!(f, ".{n:09}")?,
        }
        f.write_str("Z")
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How far two clocks may differ: 0 to 10 minutes, 60 seconds by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leeway(Duration);

impl Leeway {
    /// The longest leeway that can be configured.
    pub const MAX: Duration = Duration::minutes(10);

    /// No leeway.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// A leeway; `None` when it is negative or longer than [`Leeway::MAX`].
    #[must_use]
    pub fn new(duration: Duration) -> Option<Self> {
        (duration >= Duration::ZERO && duration <= Self::MAX).then_some(Self(duration))
    }

    /// The leeway as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Default for Leeway {
    fn default() -> Self {
        Self(Duration::seconds(60))
    }
}

/// Why an instant lies outside a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    NotYet,
    NoLonger,
}

/// `now >= not_before - leeway`: not-before is inclusive.
pub(crate) fn has_begun(now: Instant, not_before: Instant, leeway: Leeway) -> bool {
    now >= not_before.minus(leeway.duration())
}

/// `now >= not_on_or_after + leeway`: not-on-or-after is exclusive.
pub(crate) fn has_ended(now: Instant, not_on_or_after: Instant, leeway: Leeway) -> bool {
    now >= not_on_or_after.plus(leeway.duration())
}

/// Where `now` lies relative to a window; `None` when it is inside.
pub(crate) fn outside(
    now: Instant,
    not_before: Option<Instant>,
    not_on_or_after: Option<Instant>,
    leeway: Leeway,
) -> Option<Outside> {
    if not_before.is_some_and(|from| !has_begun(now, from, leeway)) {
        return Some(Outside::NotYet);
    }
    not_on_or_after.is_some_and(|end| has_ended(now, end, leeway)).then_some(Outside::NoLonger)
}

const NANOS_PER_SECOND: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_at_minus_one_zero_plus_one() {
        let at = |s: i64| Instant::from_unix(1_000 + s, 0);
        let leeway = Leeway::new(Duration::seconds(60)).unwrap();
        for (offset, begun) in [(-61, false), (-60, true), (-59, true)] {
            assert_eq!(has_begun(at(offset), at(0), leeway), begun, "{offset}");
        }
        for (offset, ended) in [(59, false), (60, true), (61, true)] {
            assert_eq!(has_ended(at(offset), at(0), leeway), ended, "{offset}");
        }
        assert_eq!(outside(at(-61), Some(at(0)), None, leeway), Some(Outside::NotYet));
        assert_eq!(outside(at(60), None, Some(at(0)), leeway), Some(Outside::NoLonger));
        assert_eq!(outside(at(0), Some(at(0)), Some(at(1)), leeway), None);
    }

    #[test]
    fn leeway_is_bounded() {
        assert!(Leeway::new(Duration::seconds(-1)).is_none());
        assert!(Leeway::new(Duration::seconds(601)).is_none());
        assert!(Leeway::new(Duration::seconds(600)).is_some());
    }

    #[test]
    fn extremes_do_not_overflow() {
        let far = Instant::from_unix(i64::MAX, 999_999_999);
        let past = Instant::from_unix(i64::MIN, 0);
        assert!(has_ended(far, past, Leeway::default()));
        assert!(!has_begun(past, far, Leeway::default()));
        assert_eq!(far.seconds_since(past), i64::MAX);
        assert_eq!(Instant::from_unix(0, 0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Instant::from_unix(1, 500_000_000).to_string(), "1970-01-01T00:00:01.500Z");
        let _ = (far.to_string(), past.to_string());
    }
}
