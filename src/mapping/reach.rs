//! What a mapping can do, decided without any login: which values a field can have, which rules can ever grant.

use super::assurance::Level;
use super::document::{Operation, Values};
use super::plan::{Clause, FieldPlan, Mapping, RulePlan};
use super::roles::Match;
use crate::characters::looks_like_another;
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
        let reserved = prefixes
            .iter()
            .any(|prefix| value.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
        if reserved || value.chars().any(char::is_control) || looks_like_another(value) {
            return false;
        }
        if plan.keep.as_ref().is_some_and(|keep| !keep.matches(value)) {
            return false;
        }
        let written = self.document.field.get(&plan.name);
        plan.default.as_deref() == Some(value) || written.is_none_or(|field| reaches(plan, &field.ops, value))
    }

    /// Whether rule `index` can ever decide that `role` is granted, while the login has the value that is asked about.
    pub(super) fn reach<'m>(
        &'m self,
        index: usize,
        role: &str,
        wanted: Option<(usize, &'m str)>,
        now: Instant,
    ) -> (Reach, Option<Assignment<'m>>) {
        let Some(rule) = self.rules.get(index).filter(|rule| rule.expires.is_none_or(|end| now < end)) else {
            return (Reach::No, None);
        };
        let mut search =
            Search { mapping: self, rule, index, role, now, extras: self.extras(), steps: self.steps() };
        let mut chosen = Assignment::new();
        if let Some(wanted) = wanted {
            if !self.can_have(wanted.0, wanted.1) || !search.may_add(&chosen, wanted) {
                return (Reach::No, None);
            }
            chosen.insert(wanted);
        }
        match search.satisfy(0, &mut chosen) {
            Some(true) => {
                (Reach::Yes, Some(chosen.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
            }
            Some(false) => (Reach::No, None),
            None => (Reach::Undecided, None),
        }
    }

    /// Values that can keep other rules from interfering, where other rules can interfere at all.
    fn extras(&self) -> Vec<(usize, &str)> {
        let roles = &self.document.roles;
        let defaults = self.fields.iter().enumerate().filter(|(_, plan)| plan.default.is_some());
        let mut extras: Vec<(usize, &str)> = defaults.map(|(field, _)| (field, OTHER)).collect();
        if roles.combine != super::document::Combine::Union || !roles.conflicts.is_empty() {
            for clause in
                self.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.all).chain(&rule.none))
            {
                let can = |value: &&String| self.can_have(clause.field, value);
                extras.extend(clause.values.iter().filter(can).map(|value| (clause.field, &**value)));
            }
        }
        extras.sort_unstable();
        extras.dedup();
        extras
    }

    fn steps(&self) -> usize {
        WORK.checked_div(self.rules.len()).unwrap_or(WORK).clamp(200, STEPS)
    }

    /// The rules that match an imagined login with exactly these listed values.
    pub(super) fn matches(&self, chosen: &Assignment<'_>, level: Level, now: Instant) -> Vec<Match> {
        let has = |clause: &Clause| {
            let empty = !chosen.iter().any(|(field, _)| *field == clause.field);
            let default =
                self.fields.get(clause.field).filter(|_| empty).and_then(|plan| plan.default.as_deref());
            clause
                .values
                .iter()
                .any(|value| default == Some(&**value) || chosen.contains(&(clause.field, &**value)))
        };
        let found = |rule: &RulePlan| Match {
            clauses: (rule.any.is_empty() || rule.any.iter().any(has))
                && rule.all.iter().all(has)
                && !rule.none.iter().any(has),
            active: rule.expires.is_none_or(|end| now < end),
            assured: level >= rule.assurance,
        };
        self.rules.iter().map(found).collect()
    }

    /// How many values the field can have.
    fn room(&self, field: usize) -> usize {
        self.fields.get(field).map_or(0, |plan| if plan.values == Values::Many { plan.max } else { 1 })
    }
}

struct Search<'m, 'r> {
    mapping: &'m Mapping,
    rule: &'m RulePlan,
    index: usize,
    role: &'r str,
    now: Instant,
    extras: Vec<(usize, &'m str)>,
    steps: usize,
}

impl<'m> Search<'m, '_> {
    /// Satisfies the positive clauses one after the other, then asks what follows. `None`: too many ways to try.
    ///
    /// Every login that satisfies the rule holds one that this finds, so that nothing is missed.
    fn satisfy(&mut self, clause: usize, chosen: &mut Assignment<'m>) -> Option<bool> {
        let rule = self.rule;
        let alternatives: Vec<&Clause> = match rule.all.get(clause) {
            Some(one) => vec![one],
            None if clause == rule.all.len() => rule.any.iter().collect(),
            None => return self.settle(chosen),
        };
        let next = clause.saturating_add(1);
        if next > DEPTH {
            return None;
        }
        if alternatives.is_empty() {
            return self.satisfy(next, chosen);
        }
        let held = |one: &&Clause| one.values.iter().any(|value| chosen.contains(&(one.field, &**value)));
        if alternatives.iter().any(held) {
            return self.satisfy(next, chosen);
        }
        for one in alternatives {
            let empty = !chosen.iter().any(|(field, _)| *field == one.field);
            let default = self.mapping.fields.get(one.field).and_then(|plan| plan.default.as_deref());
            if empty && default.is_some_and(|default| one.values.iter().any(|value| value == default)) {
                match self.satisfy(next, chosen) {
                    Some(false) => {}
                    other => return other,
                }
            }
            for value in &one.values {
                let variable = (one.field, &**value);
                if !self.mapping.can_have(one.field, value) || !self.may_add(chosen, variable) {
                    continue;
                }
                chosen.insert(variable);
                match self.satisfy(next, chosen) {
                    Some(false) => {
                        chosen.remove(&variable);
                    }
                    other => return other,
                }
            }
        }
        Some(false)
    }

    /// The rule holds; asks whether it decides, with ever more values beside it.
    fn settle(&mut self, chosen: &mut Assignment<'m>) -> Option<bool> {
        for more in 0..=self.extras.len() {
            match self.choose(0, more, chosen) {
                Some(false) => {}
                other => return other,
            }
        }
        Some(false)
    }

    fn choose(&mut self, from: usize, more: usize, chosen: &mut Assignment<'m>) -> Option<bool> {
        if more == 0 {
            self.steps = self.steps.checked_sub(1)?;
            return Some(self.grants(chosen));
        }
        if more > DEPTH {
            return None;
        }
        for position in from..self.extras.len() {
            let Some(variable) = self.extras.get(position).copied() else { continue };
            if chosen.contains(&variable) || !self.may_add(chosen, variable) {
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

    /// The field has room for one more value, and the rule does not exclude it.
    fn may_add(&self, chosen: &Assignment<'m>, variable: (usize, &str)) -> bool {
        let excludes = |clause: &Clause| {
            clause.field == variable.0 && clause.values.iter().any(|value| value == variable.1)
        };
        let count = chosen.iter().filter(|(field, _)| *field == variable.0).count();
        !self.rule.none.iter().any(excludes) && count < self.mapping.room(variable.0)
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
        let mut list = false;
        for (_, op) in &plan.ops {
            values = op.run(values, list, &[]).unwrap_or_default();
            list |= values.len() > 1;
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
        Operation::Trim => value.trim_ascii() == value,
        _ => true,
    };
    !exact && written.last().is_none_or(makes) && written.len() > 1
}

const CANDIDATES: usize = 64;
/// Imagined logins that one question may try, fewer in mappings with many rules.
const STEPS: usize = 20_000;
const WORK: usize = 4_000_000;
const DEPTH: usize = 64;
/// A value that no rule lists: it keeps the default of a field away.
const OTHER: &str = "";
