//! The verdict about a login with its mapping: the last part of a diagnosis.

use super::explain::Explanation;
use super::identity::{Identity, Outcome};
use super::input::Input;
use super::missing::Missing;
use super::plan::Mapping;
use super::resolve::State;
use crate::diagnosis::{Attachment, Diagnosis, IDENTITY, Remark, Verdict};
use crate::error::{Code, Failure, Quoted, Rejection};
use serde_json::{Value, json};
use std::sync::Arc;
use time::OffsetDateTime;

impl Mapping {
    /// Goes on where the diagnosis of an accepted login ends: `login` is what was validated. What the mapping says joins the
    /// findings, a refusal makes the verdict denied, and the report shows the identity. The identity that comes along is that
    /// of [`apply`](Self::apply). A diagnosis that does not accept is returned as it is.
    #[must_use]
    pub fn judge<'a>(
        &self,
        diagnosis: Diagnosis,
        login: impl Into<Input<'a>>,
        now: OffsetDateTime,
    ) -> (Diagnosis, Option<Identity>) {
        if diagnosis.verdict() != Verdict::Accepted {
            return (diagnosis, None);
        }
        let login = login.into();
        let explanation = self.explain(&login, now);
        match self.apply(login, now) {
            Ok(identity) if explanation.is_accepted() => {
                let remarks = identity.notes().iter().map(|note| Remark {
                    code: note.code,
                    severity: note.severity,
                    at: note.at.clone(),
                    reason: note.reason.clone(),
                    why: note.why,
                });
                let attached = Arc::new(Attached::Identity(identity.0.clone()));
                (diagnosis.mapped(&[], remarks.collect(), &self.held(), attached), Some(identity))
            }
            decision => (refused(diagnosis, decision.err(), explanation), None),
        }
    }

    /// What an identity has passed: what every mapping asks for, and what this one asks for beyond that.
    fn held(&self) -> Vec<Code> {
        let (accept, roles) = (&self.document.accept, &self.document.roles);
        let on_demand = [
            (!self.fields.is_empty(), Code::CM104),
            (!self.rules.is_empty(), Code::CM107),
            (self.fields.iter().any(|field| field.email.is_some()), Code::CM109),
            (!accept.issuers.is_empty() || !accept.tenants.is_empty(), Code::CM110),
            (!accept.scopes.is_empty(), Code::CM111),
            (!roles.conflicts.is_empty(), Code::CM114),
        ];
        let demanded = on_demand.into_iter().filter(|(wanted, _)| *wanted).map(|(_, code)| code);
        ALWAYS_HELD.iter().copied().chain(demanded).collect()
    }
}

/// Every refusal, that of the decision among them.
fn refused(diagnosis: Diagnosis, decision: Option<Rejection>, explanation: Explanation) -> Diagnosis {
    let mut rejections = explanation.rejections;
    if let Some(rejection) = decision
        && !rejections.iter().any(|known| known.check() == rejection.check())
    {
        rejections.insert(0, rejection);
    }
    let failures: Vec<Failure> = rejections
        .iter()
        .map(|rejection| {
            Failure::new(rejection.check(), rejection.reason().clone(), rejection.location().clone())
        })
        .collect();
    let attached = Arc::new(Attached::Missing(explanation.missing));
    diagnosis.mapped(&failures, Vec::new(), &[], attached)
}

/// Every mapping asks for these.
const ALWAYS_HELD: [Code; 5] = [Code::CM101, Code::CM102, Code::CM103, Code::CM115, Code::CM118];

#[derive(Debug)]
enum Attached {
    Identity(Outcome),
    Missing(Vec<Missing>),
}

impl Attachment for Attached {
    fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> (&'static str, Value) {
        match self {
            Self::Identity(outcome) => (IDENTITY, outcome.to_json(show)),
            Self::Missing(missing) => {
                let missing: Vec<Value> = missing.iter().map(|missing| missing.to_json(show)).collect();
                ("mapping", json!({ "missing": missing }))
            }
        }
    }

    fn to_lines(&self, show: &dyn Fn(&Quoted) -> String) -> Vec<(&'static str, String)> {
        match self {
            Self::Identity(outcome) => identity(outcome, show),
            Self::Missing(missing) => {
                missing.iter().flat_map(|missing| line_to_write(missing, show)).collect()
            }
        }
    }
}

fn identity(outcome: &Outcome, show: &dyn Fn(&Quoted) -> String) -> Vec<(&'static str, String)> {
    let person = |text: &str| show(&Quoted::person(text));
    let mut lines = vec![("key", person(outcome.subject_key()))];
    for (name, field) in outcome.fields() {
        let value = match &field.state {
            State::Present(values) => {
                values.iter().map(|value| person(value)).collect::<Vec<_>>().join(" | ")
            }
            other => format!("({})", other.as_str()),
        };
        let from = if field.claim.is_empty() { String::new() } else { format!("  [{}]", field.claim) };
        lines.push(("field", format!("{name} = {value}{from}")));
    }
    for granted in outcome.roles() {
        let rule = granted.rule.map_or_else(|| "by default".to_owned(), |rule| format!("rule {rule}"));
        let until = granted.expires.map_or_else(String::new, |at| format!(", until {at}"));
        lines.push(("role", format!("{}  [{rule}{until}]", granted.role)));
    }
    for role in outcome.withheld() {
        lines.push(("withheld", format!("{}: needs {}", role.role, role.needs.as_str())));
    }
    lines.push(("assurance", outcome.assurance().level.as_str().to_owned()));
    lines
}

/// The line to write for a field without value, where one is known.
fn line_to_write(missing: &Missing, show: &dyn Fn(&Quoted) -> String) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for candidate in missing.candidates.iter().take(1) {
        let name = candidate.name.as_ref().map_or_else(String::new, |name| format!(" ({})", show(name)));
        lines.push(("missing", format!("{}: {}{name}", missing.field, candidate.how.as_str())));
        lines.extend((!candidate.line.is_empty()).then(|| ("write", candidate.line.clone())));
        lines.extend((!candidate.elsewhere.is_empty()).then(|| ("or", candidate.elsewhere.clone())));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_passes_only_what_its_mapping_asks_for() {
        let held = |mapping: Value| Mapping::from_json(&mapping.to_string()).unwrap().held();
        let key = json!({ "key": [["sub", "issuer"]] });
        assert_eq!(held(json!({ "version": 1, "subject": key })), ALWAYS_HELD);
        let full = held(json!({
            "version": 1,
            "subject": key,
            "accept": { "issuers": ["https://idp.test"], "scopes": ["idp.test"] },
            "field": {
                "groups": { "from": ["groups"], "values": "many" },
                "email": { "from": ["email"], "verified_by": "domain", "domains": ["idp.test"] },
            },
            "roles": { "conflicts": [["admin", "auditor"]] },
            "role": [{ "grant": ["admin"], "any": { "groups": ["admins"] } }],
        }));
        for code in [Code::CM104, Code::CM107, Code::CM109, Code::CM110, Code::CM111, Code::CM114] {
            assert!(full.contains(&code), "{code:?}");
        }
    }
}
