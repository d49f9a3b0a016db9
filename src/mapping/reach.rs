//! What a mapping can do, decided without any login: which values a field can have, which rules can ever grant.

use super::assurance::Level;
use super::document::{Operation, Values};
use super::field::is_invisible;
use super::plan::{Clause, FieldPlan, Mapping};
use super::roles::Match;
use crate::instant::Instant;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Whether something can happen at any login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reach {
    /// There is a login for which it happens.
    Yes,
    /// There is none.
    No,
    /// Too many rules exclude each other to tell: take it for a yes.
    Undecided,
}

impl Reach {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Undecided => "undecided",
        }
    }
}

/// The listed values that one imagined login has, as (field, value).
pub(super) type Assignment<'m> = BTreeSet<(usize, &'m str)>;

impl Mapping {
    /// True unless no raw value whatsoever becomes this value of the field.
    pub(super) fn can_have(&self, field: usize, value: &str) -> bool {
        let Some(plan) = self.fields.get(field) else { return false };
        let prefixes = &self.document.accept.reserved_prefixes;
        let reserved = prefixes.iter().any(|prefix| {
            value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        });
        if reserved || value.chars().any(|c| c.is_control() || is_invisible(c)) {
            return false;
        }
        if plan.keep.as_ref().is_some_and(|keep| !keep.matches(value)) {
            return false;
        }
        let written = self.document.field.get(&plan.name);
        plan.default.as_deref() == Some(value) || written.is_none_or(|field| reaches(plan, &field.ops, value))
    }

    /// Whether rule `index` can ever decide that `role` is granted, while the login has the value that is asked about.
    pub(super) fn reach(
        &self,
        index: usize,
        role: &str,
        wanted: Option<(usize, &str)>,
        now: Instant,
    ) -> (Reach, Option<Assignment<'_>>) {
        let Some(rule) = self.rules.get(index).filter(|rule| rule.expires.is_none_or(|end| now < end)) else {
            return (Reach::No, None);
        };
        let mut variables: Vec<(usize, &str)> = Vec::new();
        for clause in self.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.all).chain(&rule.none)) {
            for value in &clause.values {
                if self.can_have(clause.field, value) {
                    variables.push((clause.field, value));
                }
            }
        }
        // What the rule itself names comes first, so that a small login is tried before a large one.
        let own = |variable: &(usize, &str)| {
            let named = |clause: &Clause| {
                clause.field == variable.0 && clause.values.iter().any(|value| value == variable.1)
            };
            !rule.any.iter().chain(&rule.all).any(named)
        };
        variables.sort_unstable_by_key(|variable| (Some(*variable) != wanted, own(variable), *variable));
        variables.dedup();
        if let Some(wanted) = wanted {
            if variables.first() != Some(&wanted) {
                return (Reach::No, None);
            }
        }
        let mut search = Search { mapping: self, index, role, now, variables, steps: 0 };
        let mut chosen = Assignment::new();
        let start = match wanted.and_then(|_| search.variables.first().copied()) {
            Some(first) => {
                chosen.insert(first);
                1
            }
            None => 0,
        };
        match search.try_sizes(start, &mut chosen) {
            Some(true) => (Reach::Yes, Some(chosen)),
            Some(false) => (Reach::No, None),
            None => (Reach::Undecided, None),
        }
    }

    /// The rules that match an imagined login with exactly these listed values.
    pub(super) fn matches(&self, chosen: &Assignment<'_>, level: Level, now: Instant) -> Vec<Match> {
        let has = |clause: &Clause| {
            let empty = !chosen.iter().any(|(field, _)| *field == clause.field);
            let default = self.fields.get(clause.field).filter(|_| empty).and_then(|plan| plan.default.as_deref());
            clause.values.iter().any(|value| {
                default == Some(&**value) || chosen.contains(&(clause.field, &**value))
            })
        };
        let found = |rule: &super::plan::RulePlan| Match {
            clauses: (rule.any.is_empty() || rule.any.iter().any(has))
                && rule.all.iter().all(has)
                && !rule.none.iter().any(has),
            active: rule.expires.is_none_or(|end| now < end),
            assured: level >= rule.assurance,
        };
        self.rules.iter().map(found).collect()
    }

    /// At most one value, whatever comes.
    pub(super) fn is_single(&self, field: usize) -> bool {
        self.fields.get(field).is_none_or(|plan| plan.values != Values::Many || plan.max == 1)
    }
}

struct Search<'m, 'r> {
    mapping: &'m Mapping,
    index: usize,
    role: &'r str,
    now: Instant,
    variables: Vec<(usize, &'m str)>,
    steps: usize,
}

impl<'m> Search<'m, '_> {
    /// Tries logins with few values first. `None`: too many to try.
    fn try_sizes(&mut self, start: usize, chosen: &mut Assignment<'m>) -> Option<bool> {
        let most = self.variables.len().saturating_sub(start);
        for size in 0..=most {
            match self.choose(start, size, chosen) {
                Some(false) => {}
                other => return other,
            }
        }
        Some(false)
    }

    /// Every way to add `more` of the variables from `from` on. Recursion is as deep as [`DEPTH`] at most.
    fn choose(&mut self, from: usize, more: usize, chosen: &mut Assignment<'m>) -> Option<bool> {
        if more == 0 {
            self.steps = self.steps.saturating_add(1);
            return if self.steps > STEPS { None } else { Some(self.grants(chosen)) };
        }
        if more > DEPTH {
            return None;
        }
        for position in from..self.variables.len() {
            let Some(variable) = self.variables.get(position).copied() else { continue };
            if self.mapping.is_single(variable.0) && chosen.iter().any(|(field, _)| *field == variable.0) {
                continue;
            }
            let max = self.mapping.fields.get(variable.0).map_or(0, |plan| plan.max);
            if chosen.iter().filter(|(field, _)| *field == variable.0).count() >= max {
                continue;
            }
            chosen.insert(variable);
            match self.choose(position.saturating_add(1), more.saturating_sub(1), chosen) {
                Some(false) => {
                    chosen.remove(&variable);
                }
                other => return other,
            }
        }
        Some(false)
    }

    fn grants(&self, chosen: &Assignment<'m>) -> bool {
        // The lowest level that is enough for this rule: more would only wake other rules.
        let level = self.mapping.rules.get(self.index).map_or(Level::None, |rule| rule.assurance);
        let matches = self.mapping.matches(chosen, level, self.now);
        if !matches.get(self.index).is_some_and(|found| found.effective()) {
            return false;
        }
        let decision = self.mapping.decide(&matches);
        let first_only = self.mapping.document.roles.combine == super::document::Combine::First;
        decision.conflict.is_none()
            && decision
                .granted
                .iter()
                .any(|(role, by)| *role == self.role && (!first_only || *by == Some(self.index)))
    }
}

/// Whether the operations make this value of something. Walks back from the value, then forth again to be sure.
fn reaches(plan: &FieldPlan, written: &[Operation], value: &str) -> bool {
    let mut candidates: Vec<String> = vec![value.to_owned()];
    let mut exact = true;
    for operation in written.iter().rev() {
        let mut earlier: Vec<String> = Vec::new();
        for candidate in candidates {
            match operation {
                Operation::StripPrefix(prefix) => {
                    earlier.push(format!("{prefix}{candidate}"));
                    earlier.push(candidate);
                }
                Operation::StripSuffix(suffix) => {
                    earlier.push(format!("{candidate}{suffix}"));
                    earlier.push(candidate);
                }
                Operation::Prefix(prefix) => {
                    earlier.extend(candidate.strip_prefix(&**prefix).map(str::to_owned));
                }
                Operation::Suffix(suffix) => {
                    earlier.extend(candidate.strip_suffix(&**suffix).map(str::to_owned));
                }
                Operation::Table(table) => {
                    earlier.extend(
                        table.iter().filter(|(_, to)| **to == candidate).map(|(from, _)| from.clone()),
                    );
                }
                Operation::Before(_)
                | Operation::After(_)
                | Operation::DnRdn(_)
                | Operation::Join(_)
                | Operation::ScopeCheck => return true,
                Operation::AsciiLower | Operation::AsciiUpper | Operation::Nfc | Operation::Trim => {
                    exact = false;
                    earlier.push(candidate);
                }
                _ => earlier.push(candidate),
            }
        }
        earlier.truncate(CANDIDATES);
        candidates = earlier;
    }
    let forth = |raw: &String| {
        let mut values = vec![Cow::Borrowed(&**raw)];
        for (_, op) in &plan.ops {
            values = op.run(values, &[]).unwrap_or_default();
        }
        values.iter().any(|last| last == value)
    };
    if candidates.iter().any(forth) {
        return true;
    }
    // A change of case has several origins; only a value that such an operation never makes is out of reach.
    let makes = |operation: &Operation| match operation {
        Operation::AsciiLower => !value.bytes().any(|byte| byte.is_ascii_uppercase()),
        Operation::AsciiUpper => !value.bytes().any(|byte| byte.is_ascii_lowercase()),
        Operation::Trim => value.trim() == value,
        _ => true,
    };
    !exact && written.last().is_none_or(makes) && written.len() > 1
}

const CANDIDATES: usize = 64;
/// Imagined logins that one question may try.
const STEPS: usize = 20_000;
const DEPTH: usize = 64;
