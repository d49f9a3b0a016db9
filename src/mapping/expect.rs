//! Samples as tests: what a sample should lead to, compared with what it leads to.

use super::plan::Mapping;
use super::sample::Sample;
use crate::error::Quoted;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// The result of one sample with expectations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tested {
    /// The name of the sample.
    pub name: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// What: `refused`, `check`, `roles`, `key`, `field NAME`, `state of NAME`, `assurance` or `notes`.
    pub what: String,
    /// What the sample expects.
    pub expected: Value,
    /// What came.
    pub seen: Value,
    /// Both are values of the sample, and may be about a person.
    pub personal: bool,
}

impl Difference {
    /// In one line. `show` decides how personal text appears.
    #[must_use]
    pub fn to_text(&self, show: &dyn Fn(&Quoted) -> String) -> String {
        let shown = |value: &Value| match value {
            Value::String(text) if self.personal => json!(show(&Quoted::person(text))),
            Value::Array(values) if self.personal => values
                .iter()
                .map(|value| value.as_str().map_or(Value::Null, |text| json!(show(&Quoted::person(text)))))
                .collect(),
            other => other.clone(),
        };
        format!("{}: expected {}, seen {}", self.what, shown(&self.expected), shown(&self.seen))
    }
}

impl Tested {
    /// True when everything that was expected came.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// As JSON. `show` decides how personal text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        let differences: Vec<String> =
            self.differences.iter().map(|difference| difference.to_text(show)).collect();
        json!({ "name": self.name, "passed": self.passed(), "differences": differences })
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
                let personal = what == "key" || what.starts_with("field ");
                differences.push(Difference { what: what.to_owned(), expected, seen, personal });
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
