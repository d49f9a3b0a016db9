//! Why a login was refused, and what must change: findings, their texts, redaction and rendering.
//!
//! A [`Diagnosis`] explains. It never authenticates anybody: nothing here can make a proof.

mod app;
mod catalogue;
mod claims;
mod delta;
mod draft;
mod fact;
mod finding;
mod keys;
mod mapped;
#[cfg(test)]
mod near_misses;
mod rank;
mod redact;
mod render;
mod timeline;
mod words;

pub use app::{DecisionRecord, LogFields, Outcome};
pub use catalogue::{Catalogue, Entry, Provider};
pub use claims::Claims;
pub use delta::Delta;
pub(crate) use draft::{Configured, Draft};
pub use fact::Fact;
pub use finding::Finding;
pub(crate) use keys::KeyRow;
pub(crate) use mapped::{Attachment, IDENTITY, Remark};
pub use redact::{Redactor, Reveal};
pub use render::{Context, Style, TimeSource};
pub use timeline::{Moment, Period, Timeline};
pub(crate) use words::{RECIPIENT, TRUSTED_KEY};

use crate::error::{Code, Error, Failure, Location, Protocol, Severity};
use crate::report::{Observation, Provenance};

/// What a message amounts to under the given trust, policy and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// Every planned rule was judged, and none refuses.
    Accepted,
    /// At least one rule does not hold.
    Denied,
    /// No rule failed, but something that is needed was not supplied.
    Undecidable,
}

impl Verdict {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Denied => "denied",
            Self::Undecidable => "undecidable",
        }
    }
}

/// A code whose checks could not run, and what they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The code.
    pub code: Code,
    /// What must be supplied, such as `acs` or `idp-metadata`.
    pub needs: &'static str,
}

/// A code of which a rule had nothing to judge, and why: it neither held nor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotApplicable {
    /// The code.
    pub code: Code,
    /// Why there was nothing to judge, such as `the token has no nbf`.
    pub why: &'static str,
}

/// The whole explanation of one message: the verdict, what does not hold (causes first), what holds, what could not be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    protocol: Protocol,
    provider: Option<Provider>,
    verdict: Verdict,
    findings: Vec<Finding>,
    passed: Vec<Code>,
    skipped: Vec<Skipped>,
    not_applicable: Vec<NotApplicable>,
    claims: Option<Claims>,
    timeline: Option<Timeline>,
    keys: Vec<KeyRow>,
    attached: Option<mapped::Attached>,
}

impl Diagnosis {
    /// The explanation of an error that stopped everything else, such as text that is not base64. Always denied.
    #[must_use]
    pub fn refused(protocol: Protocol, error: &Error) -> Self {
        Draft::new(protocol).error(error, Provenance::Unsigned).finish()
    }

    /// The explanation of trust or policy that cannot be used: nothing is accepted under it. Always denied. `source` is the
    /// option or file that it comes from.
    #[must_use]
    pub fn misconfigured(protocol: Protocol, source: &str, error: &Error) -> Self {
        let mut diagnosis = Draft::new(protocol).error(error, Provenance::Config).finish();
        for finding in &mut diagnosis.findings {
            let place = Location::built(format!("{source} {}", finding.at.as_path()).trim().to_owned());
            finding.at = finding.at.byte_offset().map_or(place.clone(), |offset| place.with_offset(offset));
        }
        diagnosis
    }

    /// The same explanation of a message that can be explained but not accepted, for lack of what it `needs`: accepted
    /// becomes undecidable, denied stays denied. The error says what is in the way; it is shown as a warning.
    #[must_use]
    pub fn incomplete(mut self, error: &Error, needs: &'static str) -> Self {
        let failure = Failure::new(error.check(), error.reason(), error.location());
        let code = error.code();
        self.findings.push(Finding::advice(code, Severity::Warn, &failure, Provenance::Unsigned));
        rank::sort(&mut self.findings);
        self.skipped.push(Skipped { code, needs });
        self.passed.retain(|passed| *passed != code);
        self.claims = None;
        if self.verdict == Verdict::Accepted {
            self.verdict = Verdict::Undecidable;
        }
        self
    }

    /// Both explanations: of a message, and of something that came along with it, such as a proof, from `source`. Accepted
    /// if both are; denied if one is.
    #[must_use]
    pub fn and(mut self, source: &str, mut other: Self) -> Self {
        for finding in &mut other.findings {
            let place = Location::built(format!("{source} {}", finding.at.as_path()).trim().to_owned());
            finding.at = finding.at.byte_offset().map_or(place.clone(), |offset| place.with_offset(offset));
        }
        // What came along is the condition for the rest, so its faults come first.
        let of_message = core::mem::replace(&mut self.findings, other.findings);
        self.findings.extend(of_message);
        rank::sort(&mut self.findings);
        self.skipped.extend(other.skipped);
        self.not_applicable.extend(other.not_applicable);
        self.passed.extend(other.passed);
        self.passed.sort_unstable();
        self.passed.dedup();
        let (findings, skipped) = (&self.findings, &self.skipped);
        self.passed.retain(|code| {
            !findings.iter().any(|finding| finding.code == *code)
                && !skipped.iter().any(|gap| gap.code == *code)
        });
        self.verdict = match (self.verdict, other.verdict) {
            (Verdict::Denied, _) | (_, Verdict::Denied) => Verdict::Denied,
            (Verdict::Accepted, Verdict::Accepted) => Verdict::Accepted,
            _ => Verdict::Undecidable,
        };
        self.claims = self.claims.filter(|_| self.verdict == Verdict::Accepted);
        self
    }

    /// The same with a warning that does not change the verdict, about something that came from `source`.
    #[must_use]
    pub fn warned(mut self, source: &str, code: Code, observation: &Observation) -> Self {
        let failure = &observation.failure;
        let mut finding = Finding::advice(code, Severity::Warn, failure, observation.provenance);
        finding.at = Location::built(format!("{source} {}", finding.at.as_path()).trim().to_owned());
        self.findings.push(finding);
        rank::sort(&mut self.findings);
        self.passed.retain(|passed| *passed != code);
        self
    }

    /// The explanation of what surrounds messages, such as a capture in which no message is. Denied by a fact that refuses.
    #[must_use]
    pub fn of_facts(protocol: Protocol, facts: impl IntoIterator<Item = Fact>) -> Self {
        facts.into_iter().fold(Draft::new(protocol).finish(), Self::with_fact)
    }

    /// The same explanation with one more thing that is known. A fact of severity [`Severity::Deny`] makes the verdict
    /// denied; no fact makes it better.
    #[must_use]
    pub fn with_fact(mut self, fact: Fact) -> Self {
        let finding = fact.into_finding();
        if finding.severity == Severity::Deny {
            self.verdict = Verdict::Denied;
            self.claims = None;
        }
        self.passed.retain(|passed| *passed != finding.code);
        self.findings.push(finding);
        rank::fold(&mut self.findings);
        rank::sort(&mut self.findings);
        self
    }

    /// The family of rules that spoke.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What does not hold, and what is worth knowing. The first is the most important cause; consequences come last.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Codes of which every rule that applies was judged and held, and at least one did.
    #[must_use]
    pub fn passed(&self) -> &[Code] {
        &self.passed
    }

    /// Codes that could not be judged.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Rules that had nothing to judge, by code, each with the reason. They are not among those that passed.
    #[must_use]
    pub fn not_applicable(&self) -> &[NotApplicable] {
        &self.not_applicable
    }

    /// Who logs in; only when the verdict is accepted.
    #[must_use]
    pub const fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The instants of the message, as far as it could be read. They are as believable as the message.
    #[must_use]
    pub const fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }

    /// The worst severity among the findings.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}
