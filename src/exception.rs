//! Dated loosening: what is refused by default can be allowed for one party, for a reason, by an owner, until a day.

use crate::check::Check;
use crate::instant::Instant;
use core::fmt;
use time::{Date, Time};

/// What an exception allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Relaxation {
    /// Signatures and digests with SHA-1.
    Sha1,
    /// RSA keys of 1024 to 2047 bits.
    Rsa1024,
    /// Content encryption with AES-CBC.
    Cbc,
    /// Key transport with RSAES-PKCS1-v1_5.
    Rsa15,
    /// A signed message without Destination.
    NoDestination,
    /// An assertion without Conditions. It has no AudienceRestriction either: that takes [`Self::NoAudience`] as well.
    NoConditions,
    /// An assertion without AudienceRestriction.
    NoAudience,
}

impl Relaxation {
    /// Every relaxation.
    pub const ALL: &'static [Self] = &[
        Self::Sha1,
        Self::Rsa1024,
        Self::Cbc,
        Self::Rsa15,
        Self::NoDestination,
        Self::NoConditions,
        Self::NoAudience,
    ];

    /// Its name on the command line and in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Rsa1024 => "rsa1024",
            Self::Cbc => "cbc",
            Self::Rsa15 => "rsa15",
            Self::NoDestination => "no-destination",
            Self::NoConditions => "no-conditions",
            Self::NoAudience => "no-audience",
        }
    }

    /// The checks that it excuses, and no other: what was let pass because of it did not hold.
    pub(crate) const fn excuses(self) -> &'static [Check] {
        match self {
            Self::Sha1 => &[Check::SignatureAlgForbidden, Check::DigestAlgForbidden],
            Self::Rsa1024 => &[Check::WeakKey],
            Self::Cbc | Self::Rsa15 => &[Check::EncAlgForbidden],
            Self::NoDestination => &[Check::DestinationMissing],
            Self::NoConditions => &[Check::ConditionsMissing],
            Self::NoAudience => &[Check::AudienceMissing],
        }
    }
}

impl fmt::Display for Relaxation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One dated, owned loosening. None of the four parts is optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    relaxation: Relaxation,
    reason: String,
    owner: String,
    expires: Date,
}

impl Exception {
    /// Allows `relaxation` for `reason`, answered for by `owner`, until 00:00Z of `expires`: from then on it is refused again.
    ///
    /// `None` when reason or owner is blank.
    #[must_use]
    pub fn new(relaxation: Relaxation, reason: &str, owner: &str, expires: Date) -> Option<Self> {
        let (reason, owner) = (reason.trim(), owner.trim());
        (!reason.is_empty() && !owner.is_empty()).then(|| Self {
            relaxation,
            reason: reason.to_owned(),
            owner: owner.to_owned(),
            expires,
        })
    }

    /// What is allowed.
    #[must_use]
    pub const fn relaxation(&self) -> Relaxation {
        self.relaxation
    }

    /// Why it is allowed.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Who answers for it.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The first instant at which it is refused again.
    #[must_use]
    pub fn expires(&self) -> Instant {
        Instant::from(self.expires.with_time(Time::MIDNIGHT).assume_utc())
    }

    /// True while the loosening lasts.
    #[must_use]
    pub fn is_active(&self, now: Instant) -> bool {
        now < self.expires()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_ends_at_midnight_of_its_day() {
        let day = Date::from_calendar_date(2026, time::Month::March, 1).unwrap();
        let exception = Exception::new(Relaxation::Sha1, "old IdP", "iam@sp.test", day).unwrap();
        let end = exception.expires();
        for (shift, active) in [(-1, true), (0, false), (1, false)] {
            assert_eq!(exception.is_active(end.plus(time::Duration::seconds(shift))), active, "{shift}");
        }
        assert!(Exception::new(Relaxation::Sha1, "old IdP", " ", day).is_none());
        assert!(Exception::new(Relaxation::Sha1, "", "x", day).is_none());
    }
}
