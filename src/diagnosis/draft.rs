//! How a protocol puts a diagnosis together from what the walk over its rules noted.

use super::{Claims, Diagnosis, Finding, KeyRow, NotApplicable, Provider, Skipped, Timeline, Verdict, rank};
use crate::check::Check;
use crate::error::{CONFIRMATION, Code, Error, Failure, NamedKey, Protocol, Quoted, Reason, Severity};
use crate::report::{CollectAll, Observation, Provenance};
use crate::rule::{Rule, RuleSet};

/// A configured value and the field it stands in, so that a swap of two fields can be named.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    /// The field in the words of the user, such as `the ACS URL`.
    pub(crate) field: &'static str,
    pub(crate) value: Quoted,
}

/// A diagnosis in the making. `finish` computes the verdict: accepted needs claims, no refusal and nothing skipped.
pub(crate) struct Draft {
    protocol: Protocol,
    configured: Vec<Configured>,
    planned: RuleSet,
    to_show: &'static [Check],
    walk: CollectAll,
    denied: Vec<Finding>,
    advice: Vec<Finding>,
    missing: Vec<Skipped>,
    claims: Option<Claims>,
    timeline: Option<Timeline>,
    keys: Vec<KeyRow>,
}

impl Draft {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            configured: Vec::new(),
            planned: RuleSet::default(),
            to_show: &[],
            walk: CollectAll::default(),
            denied: Vec::new(),
            advice: Vec::new(),
            missing: Vec::new(),
            claims: None,
            timeline: None,
            keys: Vec::new(),
        }
    }

    /// The trusted keys, for the reports that list them.
    pub(crate) fn keys(mut self, keys: Vec<KeyRow>) -> Self {
        self.keys = keys;
        self
    }

    /// A value of the configuration. Say all of them before anything is observed.
    pub(crate) fn configured(mut self, field: &'static str, value: &str) -> Self {
        self.configured.push(Configured { field, value: Quoted::tenant(value) });
        self
    }

    /// What must have held before a code of theirs counts as passed: rules, and checks that a signature shows.
    pub(crate) const fn planned(mut self, plan: RuleSet, to_show: &'static [Check]) -> Self {
        self.planned = plan;
        self.to_show = to_show;
        self
    }

    /// What the walk noted. May be called once per walk (structure, signature, rules).
    pub(crate) fn walk(mut self, walk: CollectAll) -> Self {
        for observation in &walk.observations {
            self = self.observe(observation);
        }
        self.advice.extend(walk.exceptions.iter().map(Finding::excepted));
        self.walk.shown.extend(walk.shown);
        for rule in Rule::ALL {
            self.walk.held = self.walk.held.with_if(walk.held.contains(*rule), *rule);
            self.walk.failed = self.walk.failed.with_if(walk.failed.contains(*rule), *rule);
        }
        self.walk.not_applicable.extend(walk.not_applicable);
        self.walk.skipped.extend(walk.skipped);
        self.walk.exceptions.extend(walk.exceptions);
        self
    }

    /// A rule that does not hold: always a refusal.
    pub(crate) fn observe(mut self, observation: &Observation) -> Self {
        let Observation { failure, provenance } = observation;
        self.denied.push(Finding::denied(self.protocol, failure, *provenance, &self.configured));
        self
    }

    /// An error that stopped the walk: always a refusal.
    pub(crate) fn error(self, error: &Error, provenance: Provenance) -> Self {
        let failure = Failure::new(error.check(), error.reason(), error.location());
        let code = error.code();
        let mut draft = self.observe(&Observation { failure, provenance });
        if let Some(finding) = draft.denied.last_mut() {
            finding.code = code;
        }
        draft
    }

    /// A fact that does not refuse: a note, a warning or a risk.
    pub(crate) fn advise(
        mut self,
        code: Code,
        severity: Severity,
        failure: &Failure,
        provenance: Provenance,
    ) -> Self {
        self.advice.push(Finding::advice(code, severity, failure, provenance));
        self
    }

    /// Something that is needed for a verdict and is not there.
    pub(crate) fn missing(mut self, code: Code, needs: &'static str) -> Self {
        self.missing.push(Skipped { code, needs });
        self
    }

    /// Who logs in. Kept only if the verdict is accepted.
    pub(crate) fn claims(mut self, claims: Claims) -> Self {
        self.claims = Some(claims);
        self
    }

    /// The instants of the message.
    pub(crate) fn timeline(mut self, timeline: Timeline) -> Self {
        self.timeline = Some(timeline);
        self
    }

    pub(crate) fn finish(mut self) -> Diagnosis {
        let mut findings = core::mem::take(&mut self.denied);
        findings.append(&mut self.advice);
        rank::swapped(&mut findings);
        rank::fold(&mut findings);
        rank::sort(&mut findings);
        let skipped = skipped(self.protocol, &self.walk, core::mem::take(&mut self.missing));
        let denied = findings.iter().any(|finding| finding.severity == Severity::Deny);
        let verdict = match &self.claims {
            _ if denied => Verdict::Denied,
            Some(_) if skipped.is_empty() => Verdict::Accepted,
            _ => Verdict::Undecidable,
        };
        let not_applicable = not_applicable(self.protocol, &self.walk);
        let passed = self.passed(&findings, &skipped);
        let claims = self.claims.filter(|_| verdict == Verdict::Accepted);
        let provider = self.configured.iter().find_map(|known| Provider::of_issuer(known.value.as_str()));
        let (protocol, timeline) = (self.protocol, self.timeline);
        let (keys, attached) = (self.keys, None);
        Diagnosis {
            protocol,
            provider,
            verdict,
            findings,
            passed,
            skipped,
            not_applicable,
            claims,
            timeline,
            keys,
            attached,
        }
    }

    /// Codes of which something held, and everything that applies, in order of the codes.
    fn passed(&self, findings: &[Finding], skipped: &[Skipped]) -> Vec<Code> {
        let (protocol, walk) = (self.protocol, &self.walk);
        let refused = |check: Check| {
            findings.iter().any(|finding| finding.check == Some(check) && finding.severity == Severity::Deny)
        };
        let mut good: Vec<Code> = Vec::new();
        let mut bad: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
        bad.extend(skipped.iter().map(|line| line.code));
        for rule in Rule::ALL {
            let codes = || codes_of(rule.check(), rule.about(), protocol);
            if walk.failed.contains(*rule) {
                bad.extend(codes());
            } else if walk.held.contains(*rule) {
                good.extend(codes());
            } else if self.planned.contains(*rule) && !walk.not_applicable.iter().any(|(one, _)| one == rule)
            {
                bad.extend(codes());
            }
        }
        for check in Check::ALL {
            let shown = walk.shown.contains(check);
            if shown && !refused(*check) {
                good.extend(codes_of(*check, "", protocol));
            } else if shown || self.to_show.contains(check) {
                bad.extend(codes_of(*check, "", protocol));
            }
        }
        for exception in &walk.exceptions {
            bad.extend(exception.relaxation().excuses().iter().map(|check| usual(*check, "", protocol)));
        }
        good.sort_unstable();
        good.dedup();
        good.retain(|code| !bad.contains(code));
        good
    }
}

/// What could not be judged: one line per code and need, in the order of the walk.
fn skipped(protocol: Protocol, walk: &CollectAll, missing: Vec<Skipped>) -> Vec<Skipped> {
    let of_walk =
        walk.skipped.iter().map(|(check, needs)| Skipped { code: usual(*check, "", protocol), needs });
    each_once(of_walk.chain(missing))
}

/// What there was nothing to judge for: one line per code and reason, in the order of the walk.
fn not_applicable(protocol: Protocol, walk: &CollectAll) -> Vec<NotApplicable> {
    each_once(
        walk.not_applicable
            .iter()
            .map(|(rule, why)| NotApplicable { code: usual(rule.check(), rule.about(), protocol), why }),
    )
}

fn each_once<T: PartialEq>(lines: impl Iterator<Item = T>) -> Vec<T> {
    let mut once: Vec<T> = Vec::new();
    for line in lines {
        if !once.contains(&line) {
            once.push(line);
        }
    }
    once
}

/// The code that a check has without further circumstances than what it is about.
fn usual(check: Check, about: &'static str, protocol: Protocol) -> Code {
    let [usual, ..] = circumstances(check, about);
    Code::of(check, protocol, &usual)
}

/// Every code that a check can have about something, apart from that of an exception that ended.
fn codes_of(check: Check, about: &'static str, protocol: Protocol) -> Vec<Code> {
    if matches!(check, Check::NotYetValid | Check::Expired) {
        return vec![usual(check, about, protocol)];
    }
    let mut codes: Vec<Code> =
        circumstances(check, about).iter().map(|reason| Code::of(check, protocol, reason)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Every code that a check can have, whatever it is about.
pub(super) fn all_codes_of(check: Check, protocol: Protocol) -> Vec<Code> {
    let mut codes = codes_of(check, "", protocol);
    codes.extend(codes_of(check, CONFIRMATION, protocol));
    codes
}

/// One reason for each circumstance that `Code::of` tells apart, the plain one first.
fn circumstances(check: Check, what: &'static str) -> [Reason; 4] {
    let now = crate::instant::Instant::from_unix(0, 0);
    let leeway = crate::instant::Leeway::default();
    let status = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";
    let plain = match check {
        Check::NotYetValid => Reason::NotYetValid { what, now, not_before: now, leeway },
        _ => Reason::Expired { what, now, not_on_or_after: now, leeway },
    };
    [
        plain,
        Reason::Status { codes: vec![Quoted::protocol(status)], message: None },
        Reason::Mismatch { what: "", expected: Vec::new(), found: vec![Quoted::protocol("x")] },
        Reason::Signature {
            algorithm: Quoted::protocol(""),
            tried: 1,
            named: NamedKey::Untrusted(Quoted::tenant("")),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exception::{Exception, Relaxation};
    use crate::report::Report as _;

    fn mismatch(check: Check) -> Failure {
        let reason = Reason::Mismatch {
            what: "Audience",
            expected: vec![Quoted::tenant("https://sp.test/metadata")],
            found: vec![Quoted::tenant("https://sp.test/acs")],
        };
        Failure::at(check, "/Response/Assertion/Conditions", reason)
    }

    #[test]
    fn accepted_needs_claims_and_no_gap() {
        let draft = || Draft::new(Protocol::Saml);
        assert_eq!(draft().finish().verdict(), Verdict::Undecidable);
        let accepted = draft().claims(Claims::new("https://idp.test")).finish();
        assert_eq!((accepted.verdict(), accepted.claims().is_some()), (Verdict::Accepted, true));
        let gap = draft().claims(Claims::new("x")).missing(Code::SA403, "--acs").finish();
        assert_eq!((gap.verdict(), gap.claims().is_none()), (Verdict::Undecidable, true));
        let observation =
            Observation { failure: mismatch(Check::AudienceMismatch), provenance: Provenance::Signed };
        let denied = draft().claims(Claims::new("x")).observe(&observation).finish();
        assert_eq!((denied.verdict(), denied.claims().is_none()), (Verdict::Denied, true));
    }

    #[test]
    fn a_rule_that_fails_refuses_even_where_its_code_is_milder() {
        let failure = Failure::at(Check::LifetimeTooLong, "", Reason::Stated("too long"));
        let observation = Observation { failure: failure.clone(), provenance: Provenance::Signed };
        let diagnosis = Draft::new(Protocol::Saml).observe(&observation).finish();
        assert_eq!(diagnosis.verdict(), Verdict::Denied);
        let advised = Draft::new(Protocol::Saml)
            .advise(Code::SA304, Severity::Deny, &failure, Provenance::Signed)
            .claims(Claims::new("x"))
            .finish();
        assert_eq!((advised.verdict(), advised.severity()), (Verdict::Accepted, Some(Severity::Risk)));
    }

    #[test]
    fn a_code_passed_only_when_all_of_its_rules_that_apply_held() {
        let mut walk = CollectAll::default();
        let passes = |walk: &mut CollectAll, rule| {
            assert!(walk.rule(rule, Provenance::Signed, Ok(())).unwrap());
        };
        passes(&mut walk, Rule::AudienceRestricted);
        passes(&mut walk, Rule::ResponseDestination);
        passes(&mut walk, Rule::BearerRecipientPresent);
        passes(&mut walk, Rule::AssertionIssuer);
        walk.not_applicable(Rule::ResponseIssuer, "the Response has no Issuer");
        passes(&mut walk, Rule::BearerLasting);
        walk.not_applicable(Rule::ConditionsLasting, "the Conditions have no NotOnOrAfter");
        walk.not_applicable(Rule::SessionLasting, "no session has an end");
        walk.rule(Rule::BearerRecipient, Provenance::Signed, Err(mismatch(Check::RecipientMismatch)))
            .unwrap();
        walk.rule(Rule::AudienceNamed, Provenance::Signed, Err(mismatch(Check::AudienceMismatch))).unwrap();
        walk.skip(Rule::BearerAnswers, "--request-id").unwrap();
        walk.shown.extend([Check::SignatureInvalid, Check::SignatureShape]);
        let plan = RuleSet::of(&[Rule::ResponseDestinationPresent, Rule::ResponseDestination]);
        let diagnosis =
            Draft::new(Protocol::Saml).planned(plan, &[Check::AlgKeyMismatch]).walk(walk).finish();
        assert_eq!(
            diagnosis.passed(),
            [Code::SA205, Code::SA210, Code::SA303, Code::SA402, Code::SA405],
            "SA204 was to be shown by AlgKeyMismatch as well, SA306 and SA302 had nothing to judge"
        );
        assert_eq!(diagnosis.skipped(), [Skipped { code: Code::SA406, needs: "--request-id" }]);
        let codes: Vec<_> = diagnosis.not_applicable().iter().map(|line| line.code).collect();
        assert_eq!(codes, [Code::SA405, Code::SA302, Code::SA306]);
    }

    #[test]
    fn what_an_exception_excuses_has_not_passed() {
        let day = time::Date::from_calendar_date(2026, time::Month::March, 1).unwrap();
        let exception = |relaxation| Exception::new(relaxation, "old IdP", "iam@sp.test", day).unwrap();
        let mut walk = CollectAll::default();
        walk.excused(Rule::ConditionsPresent, &exception(Relaxation::NoConditions));
        walk.rule(Rule::ConditionsKnown, Provenance::Signed, Ok(())).unwrap();
        walk.shown.extend([Check::SignatureAlgForbidden, Check::SignatureInvalid]);
        walk.excepted(&exception(Relaxation::Sha1));
        let diagnosis = Draft::new(Protocol::Saml).walk(walk).finish();
        assert_eq!(diagnosis.passed(), [Code::SA204, Code::SA205]);
        let codes: Vec<_> = diagnosis.findings().iter().map(Finding::code).collect();
        assert_eq!(codes, [Code::AS105, Code::AS105]);
    }

    #[test]
    fn a_check_knows_all_of_its_codes() {
        let codes = |check| codes_of(check, "", Protocol::Saml);
        assert_eq!(codes(Check::SignatureInvalid), [Code::SA204, Code::SA205]);
        assert_eq!(codes(Check::StatusNotSuccess), [Code::SA101, Code::SA102]);
        assert_eq!(codes(Check::SignatureMissing), [Code::SA201, Code::SA202]);
        assert_eq!(codes(Check::Expired), [Code::SA302]);
        assert_eq!(codes_of(Check::Expired, CONFIRMATION, Protocol::Saml), [Code::SA303]);
        assert_eq!(codes_of(Check::NotYetValid, CONFIRMATION, Protocol::Saml), [Code::SA303]);
        assert_eq!(all_codes_of(Check::Expired, Protocol::Saml), [Code::SA302, Code::SA303]);
    }
}
