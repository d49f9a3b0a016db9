//! One walk over the rules, two listeners: `FailFast` decides, `CollectAll` explains.
//!
//! Only `FailFast` can mint `ChecksPassed`, and only if exactly the planned rules were judged, each once.

use crate::check::Check;
use crate::error::{Failure, Reason};
use crate::exception::Exception;
use crate::rule::{Rule, RuleSet};

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

/// What became of a rule that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ruling {
    /// It was judged and held.
    Held,
    /// There was nothing to judge, for this reason.
    NotApplicable(&'static str),
}

impl From<()> for Ruling {
    fn from((): ()) -> Self {
        Self::Held
    }
}

/// What listens to the walk over the rules.
pub(crate) trait Report {
    /// A rule was judged. `Ok(true)`: it held. `Ok(false)`: it did not, and the walk goes on. `Err`: the walk stops here.
    fn rule(
        &mut self,
        rule: Rule,
        provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure>;

    /// There was nothing for a rule to judge. That is not the same as having held.
    fn not_applicable(&mut self, rule: Rule, why: &'static str);

    /// A rule could not be judged, because it needs something that was not supplied.
    fn skip(&mut self, rule: Rule, needs: &'static str) -> Result<(), Failure>;

    /// A rule did not hold, and a dated exception that names it lets the message pass.
    fn excused(&mut self, rule: Rule, exception: &Exception);

    /// An exception was needed before the walk: for a signature, or to decrypt.
    fn excepted(&mut self, _exception: &Exception) {}

    /// A rule was judged, unless it says that there was nothing to judge.
    fn ruling(
        &mut self,
        rule: Rule,
        provenance: Provenance,
        outcome: Result<impl Into<Ruling>, Failure>,
    ) -> Result<bool, Failure> {
        match outcome.map(Into::into) {
            Ok(Ruling::NotApplicable(why)) => {
                self.not_applicable(rule, why);
                Ok(true)
            }
            Ok(Ruling::Held) => self.rule(rule, provenance, Ok(())),
            Err(failure) => self.rule(rule, provenance, Err(failure)),
        }
    }
}

/// Proof that every planned rule was judged and none refused. Minted by [`FailFast::finish`] alone.
#[derive(Debug)]
pub(crate) struct ChecksPassed(());

/// Stops at the first rule that does not hold.
pub(crate) struct FailFast {
    plan: RuleSet,
    judged: RuleSet,
    /// Rules that were judged again: one of the two calls is another rule under a wrong name.
    twice: RuleSet,
    /// Exceptions that were needed, each once.
    pub(crate) exceptions: Vec<Exception>,
}

impl FailFast {
    /// A listener that wants exactly these rules to be judged.
    pub(crate) const fn planned(plan: RuleSet) -> Self {
        Self { plan, judged: RuleSet::of(&[]), twice: RuleSet::of(&[]), exceptions: Vec::new() }
    }

    /// The proof, if exactly the planned rules were judged, each once.
    pub(crate) fn finish(self) -> Result<ChecksPassed, Failure> {
        if self.judged == self.plan && self.twice == RuleSet::default() {
            return Ok(ChecksPassed(()));
        }
        let differs = |rule: &&Rule| {
            self.plan.contains(**rule) != self.judged.contains(**rule) || self.twice.contains(**rule)
        };
        let rule = Rule::ALL.iter().find(differs);
        let (check, name) =
            rule.map_or((Check::ConfigurationInvalid, ""), |rule| (rule.check(), rule.name()));
        let reason = Reason::Stated("the planned rules are not the rules that were judged");
        Err(Failure::at(check, name, reason))
    }

    fn judged(&mut self, rule: Rule) {
        self.twice = self.twice.with_if(self.judged.contains(rule), rule);
        self.judged = self.judged.with(rule);
    }
}

impl Report for FailFast {
    fn rule(
        &mut self,
        rule: Rule,
        _provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure> {
        outcome?;
        self.judged(rule);
        Ok(true)
    }

    fn not_applicable(&mut self, rule: Rule, _why: &'static str) {
        self.judged(rule);
    }

    fn skip(&mut self, rule: Rule, needs: &'static str) -> Result<(), Failure> {
        Err(Failure::at(rule.check(), "", Reason::Missing { what: needs }))
    }

    fn excused(&mut self, rule: Rule, exception: &Exception) {
        self.judged(rule);
        self.excepted(exception);
    }

    fn excepted(&mut self, exception: &Exception) {
        if !self.exceptions.contains(exception) {
            self.exceptions.push(exception.clone());
        }
    }
}

/// Stops at the first rule that does not hold, and keeps no account: to see whether one of several things would do.
pub(crate) struct Probe;

impl Report for Probe {
    fn rule(&mut self, _: Rule, _: Provenance, outcome: Result<(), Failure>) -> Result<bool, Failure> {
        outcome.map(|()| true)
    }

    fn not_applicable(&mut self, _: Rule, _: &'static str) {}

    fn skip(&mut self, _: Rule, _: &'static str) -> Result<(), Failure> {
        Ok(())
    }

    fn excused(&mut self, _: Rule, _: &Exception) {}
}

/// Notes what held, what did not and what could not be judged. Has no way to a proof.
#[derive(Debug, Default)]
pub(crate) struct CollectAll {
    /// What did not hold, in the order of the walk.
    pub(crate) observations: Vec<Observation>,
    /// Checks that reading or a signature has shown, before the walk.
    pub(crate) shown: Vec<Check>,
    /// Rules that held.
    pub(crate) held: RuleSet,
    /// Rules that did not hold, excused or not.
    pub(crate) failed: RuleSet,
    /// Rules for which there was nothing to judge, with the reason, in the order of the walk.
    pub(crate) not_applicable: Vec<(Rule, &'static str)>,
    /// What could not be judged, with what it needs.
    pub(crate) skipped: Vec<(Check, &'static str)>,
    /// Exceptions that were needed, each once.
    pub(crate) exceptions: Vec<Exception>,
}

impl Report for CollectAll {
    fn rule(
        &mut self,
        rule: Rule,
        provenance: Provenance,
        outcome: Result<(), Failure>,
    ) -> Result<bool, Failure> {
        match outcome {
            Ok(()) => {
                self.held = self.held.with(rule);
                Ok(true)
            }
            Err(failure) => {
                self.failed = self.failed.with(rule);
                self.observations.push(Observation { failure, provenance });
                Ok(false)
            }
        }
    }

    fn not_applicable(&mut self, rule: Rule, why: &'static str) {
        self.not_applicable.push((rule, why));
    }

    fn skip(&mut self, rule: Rule, needs: &'static str) -> Result<(), Failure> {
        self.skipped.push((rule.check(), needs));
        Ok(())
    }

    fn excused(&mut self, rule: Rule, exception: &Exception) {
        self.failed = self.failed.with(rule);
        self.excepted(exception);
    }

    fn excepted(&mut self, exception: &Exception) {
        if !self.exceptions.contains(exception) {
            self.exceptions.push(exception.clone());
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Swallows what is said about one rule, as if its lines were deleted from the walk.
    pub(crate) struct Deaf {
        inner: FailFast,
        rule: Rule,
    }

    impl Report for Deaf {
        fn rule(
            &mut self,
            rule: Rule,
            provenance: Provenance,
            outcome: Result<(), Failure>,
        ) -> Result<bool, Failure> {
            if rule == self.rule { Ok(true) } else { self.inner.rule(rule, provenance, outcome) }
        }

        fn not_applicable(&mut self, rule: Rule, why: &'static str) {
            if rule != self.rule {
                self.inner.not_applicable(rule, why);
            }
        }

        fn skip(&mut self, rule: Rule, needs: &'static str) -> Result<(), Failure> {
            if rule == self.rule { Ok(()) } else { self.inner.skip(rule, needs) }
        }

        fn excused(&mut self, rule: Rule, exception: &Exception) {
            if rule != self.rule {
                self.inner.excused(rule, exception);
            }
        }
    }

    /// A message that is accepted is refused as soon as any one of the planned rules is not judged, and that rule is named.
    pub(crate) fn no_rule_can_go(plan: RuleSet, mut walk: impl FnMut(&mut Deaf) -> Result<(), Failure>) {
        let mut planned = 0;
        for rule in Rule::ALL {
            let mut deaf = Deaf { inner: FailFast::planned(plan), rule: *rule };
            walk(&mut deaf).unwrap_or_else(|failure| panic!("without {}: {failure:?}", rule.name()));
            let refused = deaf.inner.finish().err();
            if plan.contains(*rule) {
                let refused = refused.unwrap_or_else(|| panic!("accepted without {}", rule.name()));
                assert_eq!((refused.check, refused.at.as_path()), (rule.check(), rule.name()));
                planned += 1;
            } else {
                assert!(refused.is_none(), "{}: {refused:?}", rule.name());
            }
        }
        assert!(planned > 0);
    }

    const PLAN: RuleSet = RuleSet::of(&[Rule::Iss, Rule::Aud]);

    fn failing() -> Result<(), Failure> {
        Err(Failure::at(Check::AudienceMismatch, "", Reason::Stated("no")))
    }

    #[test]
    fn a_proof_needs_exactly_the_planned_rules_each_once() {
        let run = |rules: &[Rule]| {
            let mut report = FailFast::planned(PLAN);
            for rule in rules {
                report.rule(*rule, Provenance::Signed, Ok(())).unwrap();
            }
            report.finish().map_err(|failure| failure.at.as_path().to_owned())
        };
        assert!(run(&[Rule::Iss, Rule::Aud]).is_ok());
        assert_eq!(run(&[Rule::Iss]).unwrap_err(), "Aud");
        assert_eq!(run(&[Rule::Iss, Rule::Aud, Rule::Azp]).unwrap_err(), "Azp");
        assert_eq!(run(&[Rule::Iss, Rule::Aud, Rule::Aud]).unwrap_err(), "Aud");
        // The same check is not the same rule.
        assert_eq!(run(&[Rule::LoginIss, Rule::Aud]).unwrap_err(), "Iss");
    }

    #[test]
    fn fail_fast_stops_and_collect_all_goes_on() {
        let mut fast = FailFast::planned(PLAN);
        assert!(fast.rule(Rule::Aud, Provenance::Signed, failing()).is_err());
        assert!(fast.skip(Rule::Azp, "x").is_err());
        let mut all = CollectAll::default();
        assert!(!all.rule(Rule::Aud, Provenance::Signed, failing()).unwrap());
        assert!(all.skip(Rule::Azp, "x").is_ok());
        assert_eq!((all.observations.len(), all.skipped.len()), (1, 1));
        assert!(Probe.rule(Rule::Aud, Provenance::Signed, failing()).is_err());
        assert!(Probe.skip(Rule::Azp, "x").is_ok());
    }

    #[test]
    fn what_does_not_apply_or_is_excused_was_judged_and_did_not_hold() {
        let day = time::Date::from_calendar_date(2026, time::Month::March, 1).unwrap();
        let exception =
            Exception::new(crate::exception::Relaxation::NoAudience, "old IdP", "iam@sp.test", day).unwrap();
        let mut fast = FailFast::planned(PLAN);
        fast.not_applicable(Rule::Iss, "why");
        fast.excused(Rule::Aud, &exception);
        assert_eq!(fast.exceptions, core::slice::from_ref(&exception));
        assert!(fast.finish().is_ok());
        let mut all = CollectAll::default();
        all.not_applicable(Rule::Iss, "why");
        all.excused(Rule::Aud, &exception);
        assert_eq!((all.held, all.failed), (RuleSet::default(), RuleSet::of(&[Rule::Aud])));
        assert_eq!((all.not_applicable, all.exceptions), (vec![(Rule::Iss, "why")], vec![exception]));
    }
}
