//! What is worth saying about a mapping or a login that was not refused.

use crate::error::{Code, Location, Quoted, Reason, Severity};
use serde_json::{Map, Value, json};

/// One remark: code, place, deciding values, and the line that mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What operators see.
    pub code: Code,
    /// How bad it is here.
    pub severity: Severity,
    /// Where in the mapping, as a path such as `/role/1/none/groups`.
    pub at: Location,
    /// What is the matter, in one clause without foreign text.
    pub why: &'static str,
    /// The deciding values.
    pub reason: Reason,
    /// What to write, or to do.
    pub fix: String,
}

impl Note {
    pub(super) fn new(code: Code, at: String, why: &'static str, fix: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity(),
            at: Location::built(at),
            why,
            reason: Reason::Stated(why),
            fix: fix.into(),
        }
    }

    pub(super) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(super) fn with_reason(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    pub(super) fn found(self, what: &'static str, found: Quoted) -> Self {
        self.with_reason(Reason::Found { what, found })
    }

    /// The remark as JSON, in the form of a finding. `show` decides how foreign text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        let (seen, expected) = values(&self.reason, show);
        json!({
            "code": self.code.as_str(),
            "name": self.code.name(),
            "severity": self.severity.as_str(),
            "at": self.at.as_path(),
            "why": self.why,
            "seen": seen,
            "expected": expected,
            "fix": self.fix,
        })
    }
}

/// What was seen and what had been expected, as lists of texts.
pub(super) fn values(reason: &Reason, show: &dyn Fn(&Quoted) -> String) -> (Vec<String>, Vec<String>) {
    match reason {
        Reason::Found { found, .. } => (vec![show(found)], Vec::new()),
        Reason::Mismatch { expected, found, .. } => {
            (found.iter().map(show).collect(), expected.iter().map(show).collect())
        }
        Reason::Limit { limit, unit, found } => (
            found.iter().map(|found| format!("{found} {unit}")).collect(),
            vec![format!("at most {limit} {unit}")],
        ),
        Reason::TooFew { least, unit, found } => {
            (vec![format!("{found} {unit}")], vec![format!("at least {least} {unit}")])
        }
        Reason::ExceptionEnded { owner, expires, .. } => (vec![expires.to_string(), show(owner)], Vec::new()),
        _ => (Vec::new(), Vec::new()),
    }
}

/// An object without its empty members.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}
