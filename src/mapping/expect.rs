//! Samples as tests: what a sample should lead to, compared with what it leads to.

use super::plan::Mapping;
use super::sample::Sample;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The result of one sample with expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tested {
    /// The name of the sample.
    pub name: String,
    /// What differs, one line each: member, expected, seen. Values of samples stand in it.
    pub differences: Vec<String>,
}

impl Tested {
    /// True when everything that was expected came.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "name": self.name, "passed": self.passed(), "differences": self.differences })
    }
}

impl Mapping {
    /// Tries a sample and compares with what it expects. A sample without expectations passes when it is not refused.
    #[must_use]
    pub fn test(&self, sample: &Sample, now: OffsetDateTime) -> Tested {
        let expect = sample.expect().cloned().unwrap_or_default();
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: Value, seen: Value| {
            if expected != seen {
                differences.push(format!("{what}: expected {expected}, seen {seen}"));
            }
        };
        match self.simulate(sample, now) {
            Err(rejection) => {
                let code = rejection.code().as_str();
                compare("refused", json!(expect.refused), json!(code));
                if let Some(check) = expect.check {
                    compare("check", json!(check), json!(rejection.check().name()));
                }
            }
            Ok(outcome) => {
                compare("refused", json!(expect.refused), Value::Null);
                let roles: Vec<&str> = outcome.roles().iter().map(|granted| &*granted.role).collect();
                if let Some(expected) = expect.roles {
                    compare("roles", json!(expected), json!(roles));
                }
                if let Some(key) = expect.key {
                    compare("key", json!(key), json!(outcome.subject_key()));
                }
                for (name, values) in expect.fields {
                    compare(&format!("field {name}"), json!(values), json!(outcome.values(&name)));
                }
                for (name, state) in expect.states {
                    let seen = outcome.field(&name).map(|field| field.state.as_str());
                    compare(&format!("state of {name}"), json!(state), json!(seen));
                }
                if let Some(level) = expect.assurance {
                    compare("assurance", json!(level), json!(outcome.assurance().level.as_str()));
                }
                if let Some(mut expected) = expect.notes {
                    let mut notes: Vec<&str> =
                        outcome.notes().iter().map(|note| note.code.as_str()).collect();
                    notes.sort_unstable();
                    expected.sort_unstable();
                    compare("notes", json!(expected), json!(notes));
                }
            }
        }
        Tested { name: sample.name().to_owned(), differences }
    }
}
