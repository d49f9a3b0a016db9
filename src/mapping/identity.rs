//! What comes out of a mapping.

use super::assurance::{Assurance, Level};
use super::claims::Origin;
use super::note::{Note, without_nulls};
use super::resolve::State;
use crate::error::Quoted;
use crate::instant::Instant;
use crate::report::Provenance;
use core::fmt;
use core::ops::Deref;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Who logged in, for the application: made from a validated login by [`Mapping::apply`](super::Mapping::apply) alone.
///
/// ```compile_fail
/// fn forge(outcome: bonafide::mapping::Outcome) -> bonafide::mapping::Identity {
///     bonafide::mapping::Identity(outcome)
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Identity(pub(super) Outcome);

impl Deref for Identity {
    type Target = Outcome;

    fn deref(&self) -> &Outcome {
        &self.0
    }
}

/// What a mapping makes of claims. It proves nothing: see [`Identity`].
///
/// `Debug` shows the shape only.
#[derive(Clone, PartialEq)]
pub struct Outcome {
    pub(super) key: String,
    pub(super) issuer: String,
    pub(super) fields: BTreeMap<String, FieldValue>,
    pub(super) roles: Vec<Granted>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) assurance: Assurance,
    pub(super) notes: Vec<Note>,
}

/// One field with its state and where its values come from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldValue {
    /// The values, or why there are none.
    pub state: State<String>,
    /// The exact claim name that hit; for a resolved list its label, for constants and defaults empty.
    pub claim: String,
    /// The document that held it.
    pub origin: Origin,
    /// How far every value of this field can be believed.
    pub provenance: Provenance,
}

/// One role and why it was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Granted {
    /// The role.
    pub role: String,
    /// The index of the first rule that grants it; `None` for a default role.
    pub rule: Option<usize>,
    /// From when it is no longer granted. A session must not outlast it.
    pub expires: Option<Instant>,
    /// Who answers for the grant.
    pub owner: Option<String>,
    /// Where the grant was approved.
    pub ticket: Option<String>,
}

/// A role that the login would have with more assurance: a reason to ask for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Withheld {
    /// The role.
    pub role: String,
    /// The index of the rule.
    pub rule: usize,
    /// What the rule wants.
    pub needs: Level,
}

impl Outcome {
    /// What comes of a login that was refused.
    pub(super) fn nothing() -> Self {
        Self {
            key: String::new(),
            issuer: String::new(),
            fields: BTreeMap::new(),
            roles: Vec::new(),
            withheld: Vec::new(),
            assurance: Assurance::default(),
            notes: Vec::new(),
        }
    }

    /// The key under which the application stores this user. Stable, opaque, compared as bytes.
    ///
    /// It holds the names and the lengths of its parts, so that no two alternatives and no two users share one.
    #[must_use]
    pub fn subject_key(&self) -> &str {
        &self.key
    }

    /// The issuer of the login.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// All fields and constants, sorted by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldValue)> {
        self.fields.iter().map(|(name, field)| (&**name, field))
    }

    /// One field or constant.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.get(name)
    }

    /// The value of a field that has exactly one.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        match self.values(name) {
            [value] => Some(value),
            _ => None,
        }
    }

    /// The values of a field; empty when it is absent, empty or unproven.
    #[must_use]
    pub fn values(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], |field| field.state.values())
    }

    /// The roles, in the order of the mapping, then by name.
    #[must_use]
    pub fn roles(&self) -> &[Granted] {
        &self.roles
    }

    /// True when the role was granted.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|granted| granted.role == role)
    }

    /// The first instant at which one of the roles is no longer granted.
    #[must_use]
    pub fn roles_until(&self) -> Option<Instant> {
        self.roles.iter().filter_map(|granted| granted.expires).min()
    }

    /// Roles that more assurance would give.
    #[must_use]
    pub fn withheld(&self) -> &[Withheld] {
        &self.withheld
    }

    /// How sure the login is.
    #[must_use]
    pub const fn assurance(&self) -> &Assurance {
        &self.assurance
    }

    /// What is worth knowing although the login was not refused.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// As JSON. `show` decides how personal text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        let person = |text: &str| show(&Quoted::person(text));
        let field = |field: &FieldValue| {
            let mut shown = state_json(&field.state, show);
            if let Value::Object(members) = &mut shown {
                members.insert("claim".to_owned(), json!(field.claim));
                members.insert("origin".to_owned(), json!(field.origin.as_str()));
                members.insert("provenance".to_owned(), json!(field.provenance.as_str()));
            }
            shown
        };
        json!({
            "subject_key": person(&self.key),
            "issuer": show(&Quoted::tenant(&self.issuer)),
            "fields": self.fields.iter().map(|(name, value)| (name.clone(), field(value)))
                .collect::<serde_json::Map<_, _>>(),
            "roles": self.roles.iter().map(|granted| &*granted.role).collect::<Vec<_>>(),
            "grants": self.roles.iter().map(|granted| without_nulls(json!({
                "role": granted.role,
                "rule": granted.rule,
                "expires": granted.expires.map(|at| at.to_string()),
                "owner": granted.owner,
                "ticket": granted.ticket,
            }))).collect::<Vec<_>>(),
            "withheld": self.withheld.iter().map(|role| json!({
                "role": role.role, "rule": role.rule, "needs": role.needs.as_str(),
            })).collect::<Vec<_>>(),
            "assurance": without_nulls(json!({
                "level": self.assurance.level.as_str(),
                "by": self.assurance.by.as_ref().map(|(kind, value)| format!("{kind} {}", show(value))),
                "authenticated_at": self.assurance.authenticated_at.map(|at| at.to_string()),
            })),
            "findings": self.notes.iter().map(|note| note.to_json(show)).collect::<Vec<_>>(),
        })
    }
}

/// A state as JSON.
pub(super) fn state_json(state: &State<String>, show: &dyn Fn(&Quoted) -> String) -> Value {
    let mut members = serde_json::Map::new();
    members.insert("state".to_owned(), json!(state.as_str()));
    match state {
        State::Present(values) => {
            let values: Vec<String> = values.iter().map(|value| show(&Quoted::person(value))).collect();
            members.insert("values".to_owned(), json!(values));
        }
        State::Overage(overage) => {
            members.insert("marker".to_owned(), json!(overage.marker));
        }
        State::Unproven(why) => {
            members.insert("because".to_owned(), json!(why.as_str()));
        }
        State::Absent | State::Empty => {}
    }
    Value::Object(members)
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("key", &Quoted::person(&self.key))
            .field("fields", &self.fields)
            .field("roles", &self.roles)
            .field("assurance", &self.assurance.level)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x{} ({})", self.state.as_str(), self.state.values().len(), self.provenance.as_str())
    }
}
