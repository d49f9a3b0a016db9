//! Why a login gets what it gets: the same walk as `apply`, with every step written down.

use super::identity::{Outcome, state_json};
use super::input::Input;
use super::missing::Missing;
use super::note::values;
use super::plan::Mapping;
use super::sample::Sample;
use super::walk::{FieldTrace, KeyTrace, RuleTrace, Trace, Walk};
use crate::error::{Protocol, Quoted, Rejection};
use crate::instant::Instant;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Every step of one mapping of one login. Never an identity.
#[derive(Clone)]
#[non_exhaustive]
pub struct Explanation {
    /// Every rule that does not hold, in order. `apply` returns the first of them.
    pub rejections: Vec<Rejection>,
    /// What comes of the rest. Empty where a rejection left a hole.
    pub outcome: Outcome,
    /// The steps.
    pub trace: Trace,
    /// For each field without usable value: what came instead, and the line to write.
    pub missing: Vec<Missing>,
    /// Claims that came and that the mapping never reads.
    pub unused: Vec<String>,
}

impl Mapping {
    /// Explains a login.
    #[must_use]
    pub fn explain<'a>(&self, input: impl Into<Input<'a>>, now: OffsetDateTime) -> Explanation {
        let input = input.into();
        let mut walk = Walk::explaining();
        let outcome = self.evaluate(&input, Instant::from(now), &mut walk);
        let trace = walk.trace.take().unwrap_or_default();
        let mut failures = walk.failures;
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(failure) => {
                failures.push(failure);
                Outcome::nothing()
            }
        };
        Explanation {
            rejections: failures
                .into_iter()
                .map(|failure| Rejection::new(Protocol::Mapping, failure))
                .collect(),
            missing: self.missing(&input, &trace),
            unused: self.unused_of(&input),
            outcome,
            trace,
        }
    }

    /// Explains a sample.
    #[must_use]
    pub fn explain_sample(&self, sample: &Sample, now: OffsetDateTime) -> Explanation {
        self.explain(sample.input(), now)
    }
}

impl Explanation {
    /// True when `apply` would not refuse.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.rejections.is_empty()
    }

    /// As JSON. `show` decides how personal text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        let rejection = |rejection: &Rejection| {
            let (seen, expected) = values(rejection.reason(), show);
            json!({
                "code": rejection.code().as_str(),
                "name": rejection.code().name(),
                "check": rejection.check().name(),
                "severity": "deny",
                "at": rejection.location().as_path(),
                "why": rejection.check().what(),
                "seen": seen,
                "expected": expected,
            })
        };
        json!({
            "verdict": if self.is_accepted() { "accepted" } else { "denied" },
            "rejections": self.rejections.iter().map(rejection).collect::<Vec<_>>(),
            "identity": self.outcome.to_json(show),
            "key": self.trace.keys.iter().map(|key| key_json(key, show)).collect::<Vec<_>>(),
            "fields": self.trace.fields.iter().map(|field| field_json(field, show)).collect::<Vec<_>>(),
            "rules": self.trace.rules.iter().enumerate().map(|(index, rule)| rule_json(index, rule))
                .collect::<Vec<_>>(),
            "missing": self.missing.iter().map(|missing| missing.to_json(show)).collect::<Vec<_>>(),
            "unused": self.unused,
        })
    }
}

fn key_json(key: &KeyTrace, show: &dyn Fn(&Quoted) -> String) -> Value {
    let part = |(name, state): &(String, _)| json!({ "claim": name, "is": state_json(state, show) });
    json!({ "used": key.used, "parts": key.parts.iter().map(part).collect::<Vec<_>>() })
}

fn field_json(field: &FieldTrace, show: &dyn Fn(&Quoted) -> String) -> Value {
    let texts =
        |values: &[String]| values.iter().map(|value| show(&Quoted::person(value))).collect::<Vec<_>>();
    json!({
        "field": field.field,
        "tried": field.tried.iter().map(|tried| json!({
            "claim": tried.name, "origin": tried.origin.as_str(), "is": state_json(&tried.state, show),
        })).collect::<Vec<_>>(),
        "steps": field.steps.iter().map(|(operation, values)| json!({
            "op": operation, "values": texts(values),
        })).collect::<Vec<_>>(),
        "result": state_json(&field.result, show),
    })
}

fn rule_json(index: usize, rule: &RuleTrace) -> Value {
    json!({
        "rule": index,
        "matched": rule.matched,
        "active": rule.active,
        "assured": rule.assured,
        "clauses": rule.clauses.iter().map(|clause| json!({
            "kind": clause.kind,
            "field": clause.field,
            "listed": clause.listed,
            "present": clause.present,
            "holds": clause.holds,
        })).collect::<Vec<_>>(),
    })
}
