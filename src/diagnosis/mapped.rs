//! A diagnosis that goes on: what the mapping of an accepted login says joins what its validation said.

use super::{Diagnosis, Finding, Redactor, Verdict, rank};
use crate::check::Check;
use crate::error::{Code, Failure, Location, Protocol, Quoted, Reason, Severity};
use crate::report::Provenance;
use serde_json::Value;
use std::sync::Arc;

/// What stands beside the findings: `identity` of an accepted login, `mapping` of one that the mapping refuses.
pub(crate) trait Attachment: core::fmt::Debug + Send + Sync {
    /// Member of the JSON report and its value. `show` decides how personal text appears.
    fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> (&'static str, Value);

    /// Lines for people: label and text.
    fn to_lines(&self, show: &dyn Fn(&Quoted) -> String) -> Vec<(&'static str, String)>;
}

#[derive(Clone, Debug)]
pub(super) struct Attached(Arc<dyn Attachment>);

impl PartialEq for Attached {
    fn eq(&self, other: &Self) -> bool {
        let plain = |value: &Quoted| value.as_str().to_owned();
        self.0.to_json(&plain) == other.0.to_json(&plain)
    }
}

/// A fact about the mapping of a login that does not refuse it.
pub(crate) struct Remark {
    pub(crate) code: Code,
    pub(crate) severity: Severity,
    pub(crate) at: Location,
    pub(crate) reason: Reason,
    pub(crate) why: &'static str,
}

impl Diagnosis {
    /// The same with what a mapping says. Refusals make it denied; otherwise `held` are codes that the mapping went through.
    pub(crate) fn mapped(
        mut self,
        refusals: &[Failure],
        remarks: Vec<Remark>,
        held: &[Code],
        attachment: Arc<dyn Attachment>,
    ) -> Self {
        let refused = |failure: &Failure| {
            let mut finding = Finding::denied(Protocol::Mapping, failure, Provenance::Derived, &[]);
            if matches!(failure.reason, Reason::Mismatch { .. }) {
                finding.why = format!("this must hold: {}", failure.check.what());
            }
            finding
        };
        let mut findings: Vec<Finding> = refusals.iter().map(refused).collect();
        findings.extend(remarks.into_iter().map(|remark| {
            let failure = Failure::new(nearest(remark.code), remark.reason, remark.at);
            let mut finding = Finding::advice(remark.code, remark.severity, &failure, Provenance::Derived);
            remark.why.clone_into(&mut finding.why);
            finding
        }));
        self.findings.extend(findings);
        rank::fold(&mut self.findings);
        rank::sort(&mut self.findings);
        if refusals.is_empty() {
            self.passed.extend(held);
        } else {
            self.verdict = Verdict::Denied;
            self.claims = None;
        }
        self.passed.sort_unstable();
        self.passed.dedup();
        let findings = &self.findings;
        self.passed.retain(|code| !findings.iter().any(|finding| finding.code == *code));
        self.attached = Some(Attached(attachment));
        self
    }

    fn attachment(&self) -> Option<&dyn Attachment> {
        self.attached.as_ref().map(|attached| &*attached.0)
    }

    /// The member of the JSON report that the mapping adds. There is no identity without acceptance.
    pub(super) fn attached_json(&self, redactor: &Redactor) -> Option<(&'static str, Value)> {
        let (name, value) = self.attachment()?.to_json(&|quoted| redactor.show(quoted));
        (name != IDENTITY || self.verdict == Verdict::Accepted).then_some((name, value))
    }

    /// The lines for people that the mapping adds.
    pub(super) fn attached_lines(&self, redactor: &Redactor) -> Vec<(&'static str, String)> {
        match self.attached_json(redactor) {
            Some(_) => self
                .attachment()
                .map_or_else(Vec::new, |attachment| attachment.to_lines(&|quoted| redactor.show(quoted))),
            None => Vec::new(),
        }
    }
}

/// The rule that a remark is nearest to: remarks have codes, not checks.
const fn nearest(code: Code) -> Check {
    match code {
        Code::CM105 => Check::GroupsOverage,
        Code::CM109 => Check::EmailUnverified,
        Code::CM103 => Check::FieldCardinality,
        Code::CM102 => Check::FieldEmpty,
        Code::CM112 | Code::CM107 => Check::RoleNotGranted,
        Code::CM118 => Check::SourceUnproven,
        Code::AS106 => Check::GrantExpired,
        Code::AS107 | Code::AS101 => Check::AssuranceTooLow,
        _ => Check::ConfigurationInvalid,
    }
}

/// The member that only an accepted login has.
pub(crate) const IDENTITY: &str = "identity";
