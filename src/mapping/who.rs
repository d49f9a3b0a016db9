//! Who can have a role: every value that can yield it, before anybody logs in.

use super::assurance::Level;
use super::note::without_nulls;
use super::plan::{Clause, Mapping};
use super::reach::Reach;
use crate::instant::Instant;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// Everything that can yield one role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Who {
    /// The role.
    pub role: String,
    /// Everybody whom no rule gives anything has it.
    pub by_default: bool,
    /// The rules that name it.
    pub rules: Vec<WhoRule>,
}

/// One rule that names the role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhoRule {
    /// The index of the rule.
    pub rule: usize,
    /// Whether the rule can grant the role at all.
    pub reach: Reach,
    /// The smallest login that the rule gives the role, as (field, value).
    pub witness: Vec<(String, String)>,
    /// Values that are enough, one of them.
    pub any: Vec<WhoValue>,
    /// Values that are needed, one of each field.
    pub all: Vec<WhoValue>,
    /// Values that exclude.
    pub none: Vec<WhoValue>,
    /// What the login must prove.
    pub assurance: Level,
    /// Who answers for the grant.
    pub owner: Option<String>,
    /// Where it was approved.
    pub ticket: Option<String>,
    /// When it ends.
    pub expires: Option<Instant>,
}

/// One listed value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WhoValue {
    /// The field.
    pub field: String,
    /// The value.
    pub value: String,
    /// Its readable name, if the mapping has one.
    pub label: Option<String>,
    /// Whether a login with this value can have the role by this rule (for `none`: whether the value can occur).
    pub reach: Reach,
}

impl Mapping {
    /// Every value that can yield the role. Decided from the mapping alone: no sample is needed, and none is missed.
    #[must_use]
    pub fn who(&self, role: &str, now: OffsetDateTime) -> Who {
        let now = Instant::from(now);
        let named =
            self.rules.iter().enumerate().filter(|(_, rule)| rule.grant.iter().any(|own| own == role));
        let rules = named.map(|(index, rule)| {
            let (reach, witness) = self.reach(index, role, None, now);
            let positive = |clauses: &[Clause]| {
                self.listed(clauses, |field, value| {
                    if reach == Reach::No {
                        Reach::No
                    } else {
                        self.reach(index, role, Some((field, value)), now).0
                    }
                })
            };
            WhoRule {
                rule: index,
                reach,
                witness: witness
                    .into_iter()
                    .flatten()
                    .map(|(field, value)| (self.field_name(field), value.to_owned()))
                    .collect(),
                any: positive(&rule.any),
                all: positive(&rule.all),
                none: self.listed(&rule.none, |field, value| {
                    if self.can_have(field, value) { Reach::Yes } else { Reach::No }
                }),
                assurance: rule.assurance,
                owner: rule.owner.clone(),
                ticket: rule.ticket.clone(),
                expires: rule.expires,
            }
        });
        Who {
            role: role.to_owned(),
            by_default: self.document.roles.default.iter().any(|own| own == role),
            rules: rules.collect(),
        }
    }

    fn listed(&self, clauses: &[Clause], reach: impl Fn(usize, &str) -> Reach) -> Vec<WhoValue> {
        let values =
            clauses.iter().flat_map(|clause| clause.values.iter().map(move |value| (clause.field, value)));
        values
            .map(|(field, value)| WhoValue {
                field: self.field_name(field),
                value: value.clone(),
                label: self.label(value).map(str::to_owned),
                reach: reach(field, value),
            })
            .collect()
    }

    pub(super) fn field_name(&self, field: usize) -> String {
        self.fields.get(field).map(|plan| plan.name.clone()).unwrap_or_default()
    }
}

impl Who {
    /// True when somebody can have the role.
    #[must_use]
    pub fn anybody(&self) -> bool {
        self.by_default || self.rules.iter().any(|rule| rule.reach != Reach::No)
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let value = |value: &WhoValue| {
            without_nulls(json!({
                "field": value.field, "value": value.value, "label": value.label, "reach": value.reach.as_str(),
            }))
        };
        let list = |values: &[WhoValue]| values.iter().map(value).collect::<Vec<_>>();
        json!({
            "role": self.role,
            "by_default": self.by_default,
            "rules": self.rules.iter().map(|rule| without_nulls(json!({
                "rule": rule.rule,
                "reach": rule.reach.as_str(),
                "witness": rule.witness.iter()
                    .map(|(field, value)| json!({ "field": field, "value": value })).collect::<Vec<_>>(),
                "any": list(&rule.any),
                "all": list(&rule.all),
                "none": list(&rule.none),
                "assurance": rule.assurance.as_str(),
                "owner": rule.owner,
                "ticket": rule.ticket,
                "expires": rule.expires.map(|at| at.to_string()),
            }))).collect::<Vec<_>>(),
        })
    }
}
