//! One walk over the rules, two listeners: `FailFast` decides, `CollectAll` explains.
//!
//! Only `FailFast` can mint `ChecksPassed`, and only if exactly the planned checks ran.

use crate::check::{Check, CheckSet};
use crate::error::{Failure, Reason};
use crate::exception::Exception;

/// Where a value comes from, and thus how far it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provenance {
    /// Covered by a signature made with a trusted key.
    Signed,
    /// Of the message, outside every verified signature.
    Unsigned,
    /// Of policy or configuration.
    Config,
    /// Computed from several of these.
    Derived,
}

impl Provenance {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
            Self::Config => "config",
            Self::Derived => "derived",
        }
    }
}

/// A rule that did not hold, and how far the values that decided can be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observation {
    /// The rule, the values and the place.
    pub failure: Failure,
    /// How far the values can be believed.
    pub provenance: Provenance,
}

impl Observation {
    /// A rule that did not hold.
    #[must_use]
    pub const fn new(failure: Failure, provenance: Provenance) -> Self {
        Self { failure, provenance }
    }
}

/// What listens to the walk over the rules.
pub(crate) trait Report {
    /// A rule ran. `Ok(true)`: it held. `Ok(false)`: it did not, and the walk goes on. `Err`: the walk stops here.
    fn rule(
        &mut self,
        check: Check,
        provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure>;

    /// A rule could not run, because it needs something that was not supplied.
    fn skip(&mut self, check: Check, needs: &'static str) -> Result<(), Failure>;

    /// A rule held only because of a dated exception.
    fn excepted(&mut self, _exception: &Exception) {}
}

/// Proof that every planned check ran and passed. Minted by [`FailFast::finish`] alone.
#[derive(Debug)]
pub(crate) struct ChecksPassed(());

/// Stops at the first rule that does not hold.
pub(crate) struct FailFast {
    plan: CheckSet,
    ran: CheckSet,
    /// Exceptions that were needed, each once.
    pub(crate) exceptions: Vec<Exception>,
}

impl FailFast {
    /// A listener that wants exactly these checks to run.
    pub(crate) const fn planned(plan: CheckSet) -> Self {
        Self { plan, ran: CheckSet::of(&[]), exceptions: Vec::new() }
    }

    /// The proof, if exactly the planned checks ran.
    pub(crate) fn finish(self) -> Result<ChecksPassed, Failure> {
        if self.ran == self.plan {
            return Ok(ChecksPassed(()));
        }
        let differs = |check: &&Check| self.plan.contains(**check) != self.ran.contains(**check);
        let check = Check::ALL.iter().find(differs).copied().unwrap_or(Check::ConfigurationInvalid);
        Err(Failure::at(check, "", Reason::Stated("the planned checks are not the checks that ran")))
    }
}

impl Report for FailFast {
    fn rule(
        &mut self,
        check: Check,
        _provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure> {
        outcome?;
        self.ran = self.ran.with(check);
        Ok(true)
    }

    fn skip(&mut self, check: Check, needs: &'static str) -> Result<(), Failure> {
        Err(Failure::at(check, "", Reason::Missing { what: needs }))
    }

    fn excepted(&mut self, exception: &Exception) {
        if !self.exceptions.contains(exception) {
            self.exceptions.push(exception.clone());
        }
    }
}

/// Notes what held, what did not and what could not be judged. Has no way to a proof.
#[derive(Debug, Default)]
pub(crate) struct CollectAll {
    /// Rules that did not hold, in the order of the walk.
    pub(crate) observations: Vec<Observation>,
    /// Rules that held, in the order of the walk.
    pub(crate) passed: Vec<Check>,
    /// Rules that could not run, with what they need.
    pub(crate) skipped: Vec<(Check, &'static str)>,
    /// Exceptions that were needed, each once.
    pub(crate) exceptions: Vec<Exception>,
}

impl Report for CollectAll {
    fn rule(
        &mut self,
        check: Check,
        provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure> {
        match outcome {
            Ok(()) => {
                self.passed.push(check);
                Ok(true)
            }
            Err(failure) => {
                self.observations.push(Observation { failure, provenance });
                Ok(false)
            }
        }
    }

    fn skip(&mut self, check: Check, needs: &'static str) -> Result<(), Failure> {
        self.skipped.push((check, needs));
        Ok(())
    }

    fn excepted(&mut self, exception: &Exception) {
        if !self.exceptions.contains(exception) {
            self.exceptions.push(exception.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: CheckSet = CheckSet::of(&[Check::IssuerMismatch, Check::AudienceMismatch]);

    fn failing() -> Result<(), Failure> {
        Err(Failure::at(Check::AudienceMismatch, "", Reason::Stated("no")))
    }

    #[test]
    fn a_proof_needs_exactly_the_planned_checks() {
        let run = |checks: &[Check]| {
            let mut report = FailFast::planned(PLAN);
            for check in checks {
                report.rule(*check, Provenance::Signed, Ok(())).unwrap();
            }
            report.finish().map_err(|failure| failure.check)
        };
        assert!(run(&[Check::IssuerMismatch, Check::AudienceMismatch]).is_ok());
        assert_eq!(run(&[Check::IssuerMismatch]).unwrap_err(), Check::AudienceMismatch);
        let more = run(&[Check::IssuerMismatch, Check::AudienceMismatch, Check::Replay]);
        assert_eq!(more.unwrap_err(), Check::Replay);
    }

    #[test]
    fn fail_fast_stops_and_collect_all_goes_on() {
        let mut fast = FailFast::planned(PLAN);
        assert!(fast.rule(Check::AudienceMismatch, Provenance::Signed, failing()).is_err());
        assert!(fast.skip(Check::Replay, "x").is_err());
        let mut all = CollectAll::default();
        assert!(!all.rule(Check::AudienceMismatch, Provenance::Signed, failing()).unwrap());
        assert!(all.skip(Check::Replay, "x").is_ok());
        assert_eq!((all.observations.len(), all.skipped.len()), (1, 1));
    }
}
