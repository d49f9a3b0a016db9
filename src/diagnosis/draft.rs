//! How a protocol puts a diagnosis together from what the walk over its rules noted.

use super::{Claims, Diagnosis, Finding, KeyRow, Provider, Skipped, Timeline, Verdict, rank};
use crate::check::{Check, CheckSet};
use crate::error::{Code, Error, Failure, NamedKey, Protocol, Quoted, Reason, Severity};
use crate::report::{CollectAll, Observation, Provenance};

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
    planned: CheckSet,
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
            planned: CheckSet::default(),
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

    /// Checks that must have run before a code of theirs counts as passed.
    pub(crate) const fn planned(mut self, plan: CheckSet) -> Self {
        self.planned = plan;
        self
    }

    /// What the walk noted. May be called once per walk (structure, signature, rules).
    pub(crate) fn walk(mut self, walk: CollectAll) -> Self {
        for observation in &walk.observations {
            self = self.observe(observation);
        }
        self.advice.extend(walk.exceptions.iter().map(Finding::excepted));
        self.walk.passed.extend(walk.passed);
        self.walk.skipped.extend(walk.skipped);
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

    pub(crate) fn finish(self) -> Diagnosis {
        let mut findings = self.denied;
        findings.extend(self.advice);
        rank::swapped(&mut findings);
        rank::fold(&mut findings);
        rank::sort(&mut findings);
        let skipped = skipped(self.protocol, &self.walk, self.missing);
        let denied = findings.iter().any(|finding| finding.severity == Severity::Deny);
        let verdict = match &self.claims {
            _ if denied => Verdict::Denied,
            Some(_) if skipped.is_empty() => Verdict::Accepted,
            _ => Verdict::Undecidable,
        };
        let passed = passed(self.protocol, &self.walk.passed, self.planned, &findings, &skipped);
        let claims = self.claims.filter(|_| verdict == Verdict::Accepted);
        let provider = self.configured.iter().find_map(|known| Provider::of_issuer(known.value.as_str()));
        let (protocol, timeline) = (self.protocol, self.timeline);
        let (keys, attached) = (self.keys, None);
        Diagnosis { protocol, provider, verdict, findings, passed, skipped, claims, timeline, keys, attached }
    }
}

/// What could not be judged: one line per code and need, in the order of the walk.
fn skipped(protocol: Protocol, walk: &CollectAll, missing: Vec<Skipped>) -> Vec<Skipped> {
    let mut lines: Vec<Skipped> = Vec::new();
    let of_walk = walk.skipped.iter().map(|(check, needs)| Skipped { code: usual(*check, protocol), needs });
    for line in of_walk.chain(missing) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Codes of which every planned check ran and passed, in order of the codes.
fn passed(
    protocol: Protocol,
    ran: &[Check],
    planned: CheckSet,
    findings: &[Finding],
    skipped: &[Skipped],
) -> Vec<Code> {
    let complete = |check: &Check| {
        ran.contains(check)
            && !findings.iter().any(|finding| finding.check == Some(*check) && refuses(finding))
    };
    let mut good: Vec<Code> = Vec::new();
    let mut bad: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
    bad.extend(skipped.iter().map(|line| line.code));
    for check in Check::ALL {
        if complete(check) {
            good.extend(codes_of(*check, protocol));
        } else if planned.contains(*check) || ran.contains(check) {
            bad.extend(codes_of(*check, protocol));
        }
    }
    good.sort_unstable();
    good.dedup();
    good.retain(|code| !bad.contains(code));
    good
}

fn refuses(finding: &Finding) -> bool {
    finding.severity == Severity::Deny
}

/// The code that a check has without further circumstances.
fn usual(check: Check, protocol: Protocol) -> Code {
    Code::of(check, protocol, &Reason::Stated(""))
}

/// Every code that a check can have, apart from that of an exception that ended.
pub(super) fn codes_of(check: Check, protocol: Protocol) -> Vec<Code> {
    let mut codes: Vec<Code> =
        circumstances().iter().map(|reason| Code::of(check, protocol, reason)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// One reason for each circumstance that `Code::of` tells apart.
fn circumstances() -> [Reason; 5] {
    let now = crate::instant::Instant::from_unix(0, 0);
    let leeway = crate::instant::Leeway::default();
    let status = "urn:oasis:names:tc:SAML:2.0:status:InvalidNameIDPolicy";
    [
        Reason::Stated(""),
        Reason::Status { codes: vec![Quoted::protocol(status)], message: None },
        Reason::Mismatch { what: "", expected: Vec::new(), found: vec![Quoted::protocol("x")] },
        Reason::Signature {
            algorithm: Quoted::protocol(""),
            tried: 1,
            named: NamedKey::Untrusted(Quoted::tenant("")),
        },
        Reason::Expired { what: "SubjectConfirmationData", now, not_on_or_after: now, leeway },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn a_code_passed_only_when_all_of_its_planned_checks_did() {
        let mut walk = CollectAll::default();
        let passes = |walk: &mut CollectAll, check| {
            assert!(walk.rule(check, Provenance::Signed, Ok(())).unwrap());
        };
        passes(&mut walk, Check::AudienceMissing);
        passes(&mut walk, Check::DestinationMismatch);
        passes(&mut walk, Check::RecipientMissing);
        passes(&mut walk, Check::IssuerMismatch);
        walk.rule(Check::RecipientMismatch, Provenance::Signed, Err(mismatch(Check::RecipientMismatch)))
            .unwrap();
        walk.rule(Check::AudienceMismatch, Provenance::Signed, Err(mismatch(Check::AudienceMismatch)))
            .unwrap();
        walk.skip(Check::InResponseToMismatch, "--request-id").unwrap();
        let diagnosis = Draft::new(Protocol::Saml)
            .planned(CheckSet::of(&[Check::DestinationMissing, Check::DestinationMismatch]))
            .walk(walk)
            .finish();
        assert_eq!(diagnosis.passed(), [Code::SA402, Code::SA405]);
        assert_eq!(diagnosis.skipped(), [Skipped { code: Code::SA406, needs: "--request-id" }]);
    }

    #[test]
    fn a_check_knows_all_of_its_codes() {
        assert_eq!(codes_of(Check::SignatureInvalid, Protocol::Saml), [Code::SA204, Code::SA205]);
        assert_eq!(codes_of(Check::StatusNotSuccess, Protocol::Saml), [Code::SA101, Code::SA102]);
        assert_eq!(codes_of(Check::SignatureMissing, Protocol::Saml), [Code::SA201, Code::SA202]);
        assert_eq!(codes_of(Check::Expired, Protocol::Saml), [Code::SA302, Code::SA303]);
    }
}
