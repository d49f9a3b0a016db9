//! What no rule of the library says: what surrounds a message in a capture, or happened to it on the way.

use super::{Delta, Finding};
use crate::error::{Code, Location, Quoted, Severity};
use crate::report::Provenance;

/// Something that a tool around the library knows. Added to a [`super::Diagnosis`], it becomes a finding with texts, rank
/// and redaction like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    finding: Finding,
}

impl Fact {
    /// A fact with the usual severity of its code. `why` is one clause without foreign text.
    #[must_use]
    pub fn new(code: Code, why: &str) -> Self {
        let finding = Finding {
            code,
            check: None,
            severity: code.severity(),
            at: Location::default(),
            provenance: Provenance::Derived,
            seen: Vec::new(),
            expected: Vec::new(),
            delta: None,
            why: why.to_owned(),
            caused_by: Vec::new(),
        };
        Self { finding }
    }

    /// Worse or milder than usual.
    #[must_use]
    pub const fn with_severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// How far the values seen can be believed; derived unless said otherwise.
    #[must_use]
    pub const fn with_provenance(mut self, provenance: Provenance) -> Self {
        self.finding.provenance = provenance;
        self
    }

    /// Where in the input.
    #[must_use]
    pub fn with_location(mut self, at: Location) -> Self {
        self.finding.at = at;
        self
    }

    /// One more value that was seen.
    #[must_use]
    pub fn with_seen(mut self, seen: Quoted) -> Self {
        self.finding.seen.push(seen);
        self
    }

    /// One more value that was expected.
    #[must_use]
    pub fn with_expected(mut self, expected: Quoted) -> Self {
        self.finding.expected.push(expected);
        self
    }

    /// The kind of difference between seen and expected.
    #[must_use]
    pub const fn with_delta(mut self, delta: Delta) -> Self {
        self.finding.delta = Some(delta);
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.finding.code
    }

    pub(super) fn into_finding(self) -> Finding {
        self.finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Claims, Diagnosis, Draft, Verdict};
    use crate::error::Protocol;

    #[test]
    fn a_fact_can_refuse_and_never_accept() {
        let accepted = || Draft::new(Protocol::Saml).claims(Claims::new("https://idp.test")).finish();
        let skew = Fact::new(Code::FL105, "94 s").with_seen(Quoted::protocol("94 s"));
        let warned = accepted().with_fact(skew.clone());
        assert_eq!((warned.verdict(), warned.severity()), (Verdict::Accepted, Some(Severity::Warn)));
        let refused = warned.with_fact(Fact::new(Code::FL101, "five rounds"));
        assert_eq!((refused.verdict(), refused.claims().is_none()), (Verdict::Denied, true));
        assert_eq!(refused.findings().first().map(Finding::code), Some(Code::FL101));
        assert_eq!(Diagnosis::of_facts(Protocol::Saml, [skew]).verdict(), Verdict::Undecidable);
    }
}
