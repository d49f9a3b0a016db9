//! What a change of a mapping changes: for samples, and for every login there could be.

use super::assurance::Level;
use super::note::{Note, without_nulls};
use super::plan::Mapping;
use super::reach::Reach;
use super::sample::Sample;
use crate::error::Quoted;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// The difference between two mappings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diff {
    /// Samples for which something changes.
    pub samples: Vec<SampleChange>,
    /// Roles that some sample gains or loses.
    pub roles: Vec<RoleChange>,
    /// Values that can yield a role now and could not before, or under weaker conditions than before: no sample needed.
    pub new_values: Vec<NewValue>,
    /// Remarks of `lint` that the old mapping did not have.
    pub new_notes: Vec<Note>,
    /// Claims of the samples that the old mapping read and the new one does not.
    pub newly_unused: Vec<String>,
}

/// What changes for one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SampleChange {
    /// The name of the sample.
    pub sample: String,
    /// Roles that it gains.
    pub gained: Vec<String>,
    /// Roles that it loses.
    pub lost: Vec<String>,
    /// The subject key before and after, when both exist and differ: the user would have a new account.
    pub key: Option<(String, String)>,
    /// The code of the refusal before.
    pub refused_before: Option<&'static str>,
    /// The code of the refusal after.
    pub refused_after: Option<&'static str>,
}

/// What changes for one role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleChange {
    /// The role.
    pub role: String,
    /// It does harm in wrong hands.
    pub privileged: bool,
    /// Samples that gain it, with the index of the rule that grants it.
    pub gained: Vec<(String, Option<usize>)>,
    /// Samples that lose it.
    pub lost: Vec<String>,
}

/// A value that yields a role more easily than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct NewValue {
    /// The role.
    pub role: String,
    /// It does harm in wrong hands.
    pub privileged: bool,
    /// The field; empty when everybody has the role by default.
    pub field: String,
    /// The value.
    pub value: String,
    /// What became easier.
    pub why: &'static str,
}

impl Mapping {
    /// What changes when `new` takes the place of this mapping.
    #[must_use]
    pub fn diff(&self, new: &Self, samples: &[Sample], now: OffsetDateTime) -> Diff {
        let mut changes = Vec::new();
        let mut roles: BTreeMap<String, RoleChange> = BTreeMap::new();
        for sample in samples {
            let (before, after) = (self.simulate(sample, now), new.simulate(sample, now));
            let granted = |outcome: &Result<super::Outcome, _>| -> BTreeMap<String, Option<usize>> {
                let roles = outcome.iter().flat_map(|outcome| outcome.roles());
                roles.map(|granted| (granted.role.clone(), granted.rule)).collect()
            };
            let (had, has) = (granted(&before), granted(&after));
            let gained: Vec<String> = has.keys().filter(|role| !had.contains_key(*role)).cloned().collect();
            let lost: Vec<String> = had.keys().filter(|role| !has.contains_key(*role)).cloned().collect();
            let mut entry = |role: &String, change: &mut dyn FnMut(&mut RoleChange)| {
                change(roles.entry(role.clone()).or_insert_with(|| RoleChange {
                    role: role.clone(),
                    privileged: self.guards(role) || new.guards(role),
                    gained: Vec::new(),
                    lost: Vec::new(),
                }));
            };
            for role in &gained {
                let by = has.get(role).copied().flatten();
                entry(role, &mut |change| change.gained.push((sample.name().to_owned(), by)));
            }
            for role in &lost {
                entry(role, &mut |change| change.lost.push(sample.name().to_owned()));
            }
            let change = SampleChange {
                sample: sample.name().to_owned(),
                gained,
                lost,
                key: match (&before, &after) {
                    (Ok(before), Ok(after)) if before.subject_key() != after.subject_key() => {
                        Some((before.subject_key().to_owned(), after.subject_key().to_owned()))
                    }
                    _ => None,
                },
                refused_before: before.err().map(|rejection| rejection.code().as_str()),
                refused_after: after.err().map(|rejection| rejection.code().as_str()),
            };
            let same = change.gained.is_empty()
                && change.lost.is_empty()
                && change.key.is_none()
                && change.refused_before == change.refused_after;
            if !same {
                changes.push(change);
            }
        }
        let old_notes = self.lint(now);
        let unused_before = self.unused(samples);
        Diff {
            samples: changes,
            roles: roles.into_values().collect(),
            new_values: self.new_values(new, now),
            new_notes: new.lint(now).into_iter().filter(|note| !known(note, &old_notes)).collect(),
            newly_unused: new
                .unused(samples)
                .into_iter()
                .filter(|name| !unused_before.contains(name))
                .collect(),
        }
    }

    /// Privileged by name, or because a rule wants proof for it.
    fn guards(&self, role: &str) -> bool {
        let guarded = |rule: &&super::plan::RulePlan| rule.grant.iter().any(|own| own == role);
        self.is_privileged(role)
            || self.rules.iter().filter(guarded).any(|rule| rule.assurance >= Level::PhishingResistant)
    }

    fn new_values(&self, new: &Self, now: OffsetDateTime) -> Vec<NewValue> {
        let mut values = BTreeSet::new();
        for role in new.roles() {
            let (before, after) = (self.yields(role, now), new.yields(role, now));
            let privileged = self.guards(role) || new.guards(role);
            let mut add = |field: &str, value: &str, why: &'static str| {
                values.insert(NewValue {
                    role: role.to_owned(),
                    privileged,
                    field: field.to_owned(),
                    value: value.to_owned(),
                    why,
                });
            };
            if after.default && !before.default {
                add("", "", "everybody has the role by default");
            }
            for ((field, value), level) in &after.values {
                match before.values.get(&(field.clone(), value.clone())) {
                    None => add(field, value, "the value did not yield the role before"),
                    Some(old) if level < old => add(field, value, "less assurance is enough than before"),
                    Some(_) => {}
                }
            }
            for (field, value) in before.excluded.difference(&after.excluded) {
                add(field, value, "the value no longer excludes from the role");
            }
        }
        values.into_iter().collect()
    }

    fn yields(&self, role: &str, now: OffsetDateTime) -> Yields {
        let who = self.who(role, now);
        let mut yields = Yields { default: who.by_default, ..Yields::default() };
        for (index, rule) in who.rules.iter().enumerate() {
            for value in rule.any.iter().chain(&rule.all).filter(|value| value.reach != Reach::No) {
                let key = (value.field.clone(), value.value.clone());
                let least = yields.values.entry(key).or_insert(rule.assurance);
                *least = (*least).min(rule.assurance);
            }
            let excluded = rule.none.iter().filter(|value| value.reach != Reach::No);
            let excluded: BTreeSet<_> =
                excluded.map(|value| (value.field.clone(), value.value.clone())).collect();
            // Excluded from the role is what every rule for it excludes.
            yields.excluded = if index == 0 {
                excluded
            } else {
                yields.excluded.intersection(&excluded).cloned().collect()
            };
        }
        yields
    }
}

#[derive(Default)]
struct Yields {
    default: bool,
    values: BTreeMap<(String, String), Level>,
    excluded: BTreeSet<(String, String)>,
}

impl Diff {
    /// True when nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
            && self.new_values.is_empty()
            && self.new_notes.is_empty()
            && self.newly_unused.is_empty()
    }

    /// Privileged roles that somebody gains, in a sample or by a value: each wants to be accepted by name.
    #[must_use]
    pub fn privileged_gains(&self) -> Vec<&str> {
        let sampled = self.roles.iter().filter(|change| change.privileged && !change.gained.is_empty());
        let valued = self.new_values.iter().filter(|value| value.privileged).map(|value| &*value.role);
        let mut roles: Vec<&str> = sampled.map(|change| &*change.role).chain(valued).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// As JSON. `show` decides how personal text appears.
    #[must_use]
    pub fn to_json(&self, show: &dyn Fn(&Quoted) -> String) -> Value {
        let person = |text: &str| show(&Quoted::person(text));
        json!({
            "samples": self.samples.iter().map(|change| without_nulls(json!({
                "sample": change.sample,
                "gained": change.gained,
                "lost": change.lost,
                "key": change.key.as_ref().map(|(before, after)| json!({
                    "before": person(before), "after": person(after),
                })),
                "refused_before": change.refused_before,
                "refused_after": change.refused_after,
            }))).collect::<Vec<_>>(),
            "roles": self.roles.iter().map(|change| json!({
                "role": change.role,
                "privileged": change.privileged,
                "gained": change.gained.iter().map(|(sample, rule)| json!({ "sample": sample, "rule": rule }))
                    .collect::<Vec<_>>(),
                "lost": change.lost,
            })).collect::<Vec<_>>(),
            "new_values": self.new_values.iter().map(|value| json!({
                "role": value.role,
                "privileged": value.privileged,
                "field": value.field,
                "value": value.value,
                "why": value.why,
            })).collect::<Vec<_>>(),
            "privileged_gains": self.privileged_gains(),
            "lint": self.new_notes.iter().map(|note| note.to_json(show)).collect::<Vec<_>>(),
            "newly_unused": self.newly_unused,
        })
    }
}

fn known(note: &Note, old: &[Note]) -> bool {
    old.iter().any(|other| other.code == note.code && other.why == note.why && other.reason == note.reason)
}
