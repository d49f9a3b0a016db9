//! How long a certificate still lives, and what that means.

use crate::instant::Instant;
use core::fmt;

/// What the remaining time of a key amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum State {
    /// More time than the notice threshold.
    Good,
    /// A key without certificate: it has no expiry by design.
    NoExpiry,
    /// Between the warning and the notice threshold, both included.
    Notice,
    /// The validity has not begun.
    NotYetValid,
    /// From the critical threshold up to the warning threshold, which is not included.
    Warning,
    /// Not a certificate or key that can be read.
    Unreadable,
    /// Less time than the critical threshold, down to the last second.
    Critical,
    /// The last second of validity has passed.
    Expired,
}

impl State {
    /// Every state, the best first.
    pub const ALL: &'static [Self] = &[
        Self::Good,
        Self::NoExpiry,
        Self::Notice,
        Self::NotYetValid,
        Self::Warning,
        Self::Unreadable,
        Self::Critical,
        Self::Expired,
    ];

    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::NoExpiry => "no-expiry",
            Self::Notice => "notice",
            Self::NotYetValid => "not-yet-valid",
            Self::Warning => "warning",
            Self::Unreadable => "unreadable",
            Self::Critical => "critical",
            Self::Expired => "expired",
        }
    }

    /// The state with this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where notice, warning and critical begin. By default 90, 30 and 7 days.
///
/// ```
/// use bonafide::certs::Thresholds;
///
/// assert_eq!(Thresholds::default(), Thresholds::days(90, 30, 7).unwrap());
/// assert!(Thresholds::days(7, 30, 90).is_none(), "not in descending order");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds.
    absolute: [i64; 3],
    /// Millionths of the lifetime.
    relative: Option<[u32; 3]>,
}

impl Thresholds {
    /// Lifetimes below this are judged by fractions where that is asked for: 120 days.
    pub const SHORT_LIVED_DAYS: u32 = 120;

    /// Thresholds in days: up to `notice` days are worth a notice, below `warning` days a warning, below `critical` days it is
    /// critical. `None` unless they descend.
    #[must_use]
    pub fn days(notice: u32, warning: u32, critical: u32) -> Option<Self> {
        let seconds = |days: u32| i64::from(days).saturating_mul(DAY);
        (notice >= warning && warning >= critical)
            .then(|| Self { absolute: [notice, warning, critical].map(seconds), relative: None })
    }

    /// The same, but a certificate that lives for less than 120 days is judged by fractions of its own lifetime, in millionths:
    /// `[500_000, 330_000, 100_000]` stands for 0.5, 0.33 and 0.1. `None` unless they descend and none exceeds one.
    #[must_use]
    pub fn with_relative(mut self, millionths: [u32; 3]) -> Option<Self> {
        let [notice, warning, critical] = millionths;
        let sound = notice <= MILLION && notice >= warning && warning >= critical;
        self.relative = Some(millionths);
        sound.then_some(self)
    }

    /// The state of a validity at a time. Compared in seconds; the last second is still part of it.
    #[must_use]
    pub fn judge(&self, not_before: Instant, not_after: Instant, now: Instant) -> Expiry {
        let remaining = not_after.seconds_since(now);
        let state = if remaining < 0 {
            State::Expired
        } else if now < not_before {
            State::NotYetValid
        } else {
            self.band(remaining, not_after.seconds_since(not_before))
        };
        Expiry { state, not_before, not_after, remaining }
    }

    /// Days below which something is a warning, and below which it is critical.
    pub(super) fn alert_days(&self) -> [i64; 2] {
        let [_, warning, critical] = self.absolute;
        [warning, critical].map(|seconds| seconds.div_euclid(DAY))
    }

    /// The state of a moment that is that many seconds away, of a lifetime of that many seconds.
    pub(super) fn band(&self, remaining: i64, lifetime: i64) -> State {
        let short = (0..i64::from(Self::SHORT_LIVED_DAYS).saturating_mul(DAY)).contains(&lifetime);
        let (remaining, [notice, warning, critical]) = match self.relative {
            Some(parts) if short => (
                i128::from(remaining).saturating_mul(i128::from(MILLION)),
                parts.map(|part| i128::from(part).saturating_mul(i128::from(lifetime))),
            ),
            _ => (i128::from(remaining), self.absolute.map(i128::from)),
        };
        if remaining < 0 {
            State::Expired
        } else if remaining < critical {
            State::Critical
        } else if remaining < warning {
            State::Warning
        } else if remaining <= notice {
            State::Notice
        } else {
            State::Good
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { absolute: [90 * DAY, 30 * DAY, 7 * DAY], relative: None }
    }
}

/// A validity at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    state: State,
    not_before: Instant,
    not_after: Instant,
    remaining: i64,
}

impl Expiry {
    /// What it amounts to.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The first instant of validity.
    #[must_use]
    pub const fn not_before(&self) -> Instant {
        self.not_before
    }

    /// The last instant of validity, inclusive.
    #[must_use]
    pub const fn not_after(&self) -> Instant {
        self.not_after
    }

    /// Seconds until the last instant of validity; negative once it has passed.
    #[must_use]
    pub const fn seconds_left(&self) -> i64 {
        self.remaining
    }

    /// Whole days until the last instant of validity, rounded down; negative once it has passed.
    #[must_use]
    pub const fn days_left(&self) -> i64 {
        self.remaining.div_euclid(DAY)
    }
}

pub(super) const DAY: i64 = 86_400;
const MILLION: u32 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_unix(1_763_629_200 + seconds, 0)
    }

    #[test]
    fn every_boundary_at_minus_one_zero_plus_one() {
        use State::{Critical, Expired, Good, Notice, Warning};
        let thresholds = Thresholds::default();
        for (boundary, states) in [
            (90 * DAY, [Notice, Notice, Good]),
            (30 * DAY, [Warning, Notice, Notice]),
            (7 * DAY, [Critical, Warning, Warning]),
            (0, [Expired, Critical, Critical]),
        ] {
            for (offset, state) in (-1..).zip(states) {
                let expiry = thresholds.judge(at(-400 * DAY), at(boundary + offset), at(0));
                assert_eq!(expiry.state(), state, "{boundary} {offset}");
                assert_eq!(expiry.seconds_left(), boundary + offset);
                assert_eq!(expiry.days_left(), boundary / DAY - i64::from(offset < 0));
            }
        }
        let begins = |offset| thresholds.judge(at(offset), at(3 * DAY), at(0)).state();
        assert_eq!((begins(1), begins(0), begins(-1)), (State::NotYetValid, Critical, Critical));
        assert_eq!(thresholds.judge(at(1), at(-1), at(0)).state(), Expired, "an inverted validity has ended");
        let half = Instant::from_unix(1_763_629_200, 500_000_000);
        assert_eq!(thresholds.judge(at(-1), at(0), half).state(), Expired, "half a second later");
    }

    #[test]
    fn short_lived_certificates_are_judged_by_their_own_lifetime() {
        use State::{Critical, Expired, Good, Notice, Warning};
        let relative = Thresholds::default().with_relative([500_000, 330_000, 100_000]).unwrap();
        let life = 100 * DAY;
        for (boundary, states) in [
            (50 * DAY, [Notice, Notice, Good]),
            (33 * DAY, [Warning, Notice, Notice]),
            (10 * DAY, [Critical, Warning, Warning]),
            (0, [Expired, Critical, Critical]),
        ] {
            for (offset, state) in (-1..).zip(states) {
                let end = boundary + offset;
                assert_eq!(
                    relative.judge(at(end - life), at(end), at(0)).state(),
                    state,
                    "{boundary} {offset}"
                );
            }
        }
        for (life, state) in [(120 * DAY - 1, Good), (120 * DAY, Notice), (120 * DAY + 1, Notice)] {
            assert_eq!(relative.judge(at(80 * DAY - life), at(80 * DAY), at(0)).state(), state, "{life}");
        }
    }

    #[test]
    fn thresholds_descend() {
        assert!(Thresholds::days(30, 30, 30).is_some() && Thresholds::days(1, 2, 0).is_none());
        for bad in [[2_000_000, 1, 0], [1, 2, 0], [3, 1, 2]] {
            assert!(Thresholds::default().with_relative(bad).is_none(), "{bad:?}");
        }
        for state in State::ALL {
            assert_eq!(State::of(state.as_str()), Some(*state));
        }
    }

    #[test]
    fn the_far_future_does_not_overflow() {
        let expiry = Thresholds::default().judge(
            Instant::from_unix(i64::MIN, 0),
            Instant::from_unix(i64::MAX, 0),
            Instant::from_unix(i64::MIN, 0),
        );
        assert_eq!((expiry.state(), expiry.seconds_left()), (State::Good, i64::MAX));
    }
}
