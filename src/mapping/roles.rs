//! Which roles a login has: clause tables, deny by default.

use super::assurance::Level;
use super::document::{Combine, OnAbsent, OnNone};
use super::field::{Context, Evaluated, REPORTED};
use super::identity::{Granted, Withheld};
use super::note::Note;
use super::plan::{Clause, Mapping, RulePlan};
use super::resolve::{State, groups_marker};
use super::walk::{ClauseTrace, RuleTrace, Walk};
use crate::check::Check;
use crate::error::{Code, Failure, Location, Quoted, Reason, Severity};
use crate::instant::Instant;
use std::borrow::Cow;
use std::collections::BTreeSet;
use time::Duration;

/// What one rule says of one login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Every clause holds.
    pub(super) clauses: bool,
    /// The rule has not expired.
    pub(super) active: bool,
    /// The login proves what the rule wants.
    pub(super) assured: bool,
}

impl Match {
    pub(super) const fn effective(self) -> bool {
        self.clauses && self.active && self.assured
    }
}

/// What follows from the rules.
pub(super) struct Decision<'m> {
    /// Roles with the index of the first rule that grants each.
    pub(super) granted: Vec<(&'m str, Option<usize>)>,
    /// Two granted roles of one conflict set.
    pub(super) conflict: Option<(&'m str, &'m str)>,
}

/// A field as clauses see it.
pub(super) struct Seen<'e> {
    values: &'e [Cow<'e, str>],
    /// The values in order, where the rules ask often.
    sorted: Vec<&'e str>,
    /// The list is whole: `none` may believe it.
    whole: bool,
}

impl Mapping {
    /// From the rules that match to roles. The same for a login and for `who`.
    pub(super) fn decide(&self, matches: &[Match]) -> Decision<'_> {
        let roles = &self.document.roles;
        let mut granted: Vec<(&str, Option<usize>)> = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let Some(found) = matches.get(index).filter(|found| found.clauses && found.active) else {
                continue;
            };
            if !found.assured {
                // A login that proves less must not fall through to a rule that it would not reach with more.
                if roles.combine == Combine::First {
                    break;
                }
                continue;
            }
            for role in &rule.grant {
                if !granted.iter().any(|(known, _)| known == role) {
                    granted.push((role, Some(index)));
                }
            }
            if roles.combine == Combine::First {
                break;
            }
        }
        if granted.is_empty() {
            granted = roles.default.iter().map(|role| (&**role, None)).collect();
        }
        granted.sort_by_key(|(role, _)| (self.rank(role), *role));
        granted.dedup_by_key(|(role, _)| *role);
        if roles.combine == Combine::Highest {
            granted.truncate(1);
        }
        let has = |role: &&String| granted.iter().any(|(known, _)| *known == **role);
        let conflict = roles.conflicts.iter().find_map(|set| {
            let mut both = set.iter().filter(has);
            let first = both.next()?;
            let second = both.find(|role| *role != first)?;
            Some((&**first, &**second))
        });
        Decision { granted, conflict }
    }
}

impl<'c> Context<'c> {
    pub(super) fn roles(
        &self,
        fields: &[Evaluated<'c>],
        level: Level,
        now: Instant,
        walk: &mut Walk,
    ) -> Result<(Vec<Granted>, Vec<Withheld>), Failure> {
        let mapping = self.mapping;
        let overage = self.views.claims.iter().any(|claims| groups_marker(claims).is_some());
        let seen: Vec<Seen<'_>> = mapping
            .fields
            .iter()
            .zip(fields)
            .map(|(plan, field)| {
                let usable = plan.listed > 0 && !field.display_only;
                let values = if usable { field.state.values() } else { &[] };
                let mut sorted = Vec::new();
                if plan.listed > FEW {
                    sorted.extend(values.iter().map(|value| &**value));
                    sorted.sort_unstable();
                }
                Seen {
                    values,
                    sorted,
                    whole: !field.display_only
                        && !field.maybe_truncated
                        && match field.state {
                            State::Overage(_) | State::Unproven(_) => false,
                            // Also where a default stands for the list that did not come.
                            _ if field.was_absent => plan.on_absent == Some(OnAbsent::Empty) && !overage,
                            _ => true,
                        },
                }
            })
            .collect();
        let mut matches = Vec::with_capacity(mapping.rules.len());
        for rule in &mapping.rules {
            let found = Match {
                clauses: holds(rule, &seen),
                active: rule.expires.is_none_or(|end| now < end),
                assured: level >= rule.assurance,
            };
            if let Some(trace) = &mut walk.trace {
                trace.rules.push(self.traced(rule, &seen, found));
            }
            matches.push(found);
        }
        let decision = mapping.decide(&matches);
        let withheld = self.withheld(&matches, &decision);
        self.remarks_on_roles(&matches, &decision, now, walk);
        if let Some((first, second)) = decision.conflict {
            walk.refuse(Failure::at(
                Check::RoleConflict,
                "/roles/conflicts",
                Reason::Mismatch {
                    what: "roles that exclude each other",
                    expected: Vec::new(),
                    found: vec![Quoted::person(first), Quoted::person(second)],
                },
            ))?;
        }
        if decision.granted.is_empty() && mapping.document.roles.on_none == OnNone::Deny {
            walk.refuse(self.nothing_granted(&matches, &seen, level, now))?;
        }
        Ok((self.grants(&matches, &decision), withheld))
    }

    fn grants(&self, matches: &[Match], decision: &Decision<'c>) -> Vec<Granted> {
        let combine = self.mapping.document.roles.combine;
        let grant = |(role, first): &(&str, Option<usize>)| {
            let granting =
                self.mapping.rules.iter().zip(matches).enumerate().filter(|(index, (rule, found))| {
                    let counts = found.effective() && rule.grant.iter().any(|granted| granted == role);
                    counts && (combine != Combine::First || Some(*index) == *first)
                });
            // The role lasts as long as one of the rules that grant it.
            let mut until = None;
            for (_, (rule, _)) in granting {
                match (rule.expires, until) {
                    (None, _) => {
                        until = Some(None);
                        break;
                    }
                    (Some(end), None) => until = Some(Some(end)),
                    (Some(end), Some(known)) => until = Some(known.map(|known: Instant| known.max(end))),
                }
            }
            let rule = first.and_then(|index| self.mapping.rules.get(index));
            Granted {
                role: (*role).to_owned(),
                rule: *first,
                expires: until.flatten(),
                owner: rule.and_then(|rule| rule.owner.clone()),
                ticket: rule.and_then(|rule| rule.ticket.clone()),
            }
        };
        decision.granted.iter().map(grant).collect()
    }

    fn withheld(&self, matches: &[Match], decision: &Decision<'c>) -> Vec<Withheld> {
        let mut withheld = Vec::new();
        for (index, (rule, found)) in self.mapping.rules.iter().zip(matches).enumerate() {
            if !found.clauses || !found.active || found.assured {
                continue;
            }
            for role in &rule.grant {
                if !decision.granted.iter().any(|(granted, _)| granted == role) {
                    withheld.push(Withheld { role: role.clone(), rule: index, needs: rule.assurance });
                }
            }
        }
        withheld
    }

    fn remarks_on_roles(&self, matches: &[Match], decision: &Decision<'c>, now: Instant, walk: &mut Walk) {
        if decision.granted.iter().any(|(_, rule)| rule.is_none()) {
            walk.notes.push(Note::new(
                Code::CM112,
                "/roles/default".to_owned(),
                "a role was granted though no rule matched",
                "default = []",
            ));
        }
        for (index, (rule, found)) in self.mapping.rules.iter().zip(matches).enumerate() {
            let Some(expires) = rule.expires.filter(|_| found.clauses) else { continue };
            let at = format!("/role/{index}/expires");
            let reason = Reason::ExceptionEnded {
                relaxation: "role grant",
                owner: Quoted::tenant(rule.owner.as_deref().unwrap_or_default()),
                expires,
                refused: Check::GrantExpired,
            };
            if !found.active {
                let fix = "renew the grant with its owner, or remove the rule";
                let why = "a grant that matched has expired";
                let note = Note::new(Code::AS106, at, why, fix).with_severity(Severity::Warn);
                walk.notes.push(note.with_reason(reason));
            } else if decision.granted.iter().any(|(_, by)| *by == Some(index)) {
                let soon = now >= expires.minus(SOON);
                let severity = if soon { Severity::Warn } else { Severity::Note };
                let why = "a role of this login is granted until a day";
                let fix = "renew the grant before that day, or let it end";
                walk.notes
                    .push(Note::new(Code::AS105, at, why, fix).with_severity(severity).with_reason(reason));
            }
        }
    }

    fn traced(&self, rule: &RulePlan, seen: &[Seen<'_>], found: Match) -> RuleTrace {
        let clause = |kind: &'static str, clause: &Clause| {
            let field = seen.get(clause.field);
            let present = |value: &&String| field.is_some_and(|field| field.holds(value));
            ClauseTrace {
                kind,
                field: self.mapping.field_name(clause.field),
                listed: clause.values.clone(),
                present: clause.values.iter().filter(present).cloned().collect(),
                holds: if kind == "none" { excludes(clause, seen) } else { has(clause, seen) },
            }
        };
        let any = rule.any.iter().map(|own| clause("any", own));
        let all = rule.all.iter().map(|own| clause("all", own));
        let none = rule.none.iter().map(|own| clause("none", own));
        RuleTrace {
            clauses: any.chain(all).chain(none).collect(),
            matched: found.clauses,
            active: found.active,
            assured: found.assured,
        }
    }

    /// Why there is no role: the nearest miss decides the code.
    fn nothing_granted(&self, matches: &[Match], seen: &[Seen<'_>], level: Level, now: Instant) -> Failure {
        let rules =
            || self.mapping.rules.iter().zip(matches).enumerate().filter(|(_, (_, found))| found.clauses);
        if let Some((index, (rule, _))) = rules().find(|(_, (_, found))| found.active) {
            return Failure::new(
                Check::AssuranceTooLow,
                Reason::Mismatch {
                    what: "assurance",
                    expected: vec![Quoted::protocol(rule.assurance.as_str())],
                    found: vec![Quoted::protocol(level.as_str())],
                },
                Location::built(format!("/role/{index}/assurance")),
            );
        }
        if let Some((index, (rule, _))) = rules().next() {
            let expires = rule.expires.unwrap_or(now);
            let owner = Quoted::tenant(rule.owner.as_deref().unwrap_or_default());
            return Failure::new(
                Check::GrantExpired,
                Reason::ExceptionEnded {
                    relaxation: "role grant",
                    owner,
                    expires,
                    refused: Check::GrantExpired,
                },
                Location::built(format!("/role/{index}/expires")),
            );
        }
        let listed = |rule: &'c RulePlan| rule.any.iter().chain(&rule.all).flat_map(|clause| &clause.values);
        let expected: BTreeSet<&String> = self.mapping.rules.iter().flat_map(listed).collect();
        let found: BTreeSet<&str> =
            seen.iter().flat_map(|field| field.values.iter().map(|value| &**value)).collect();
        Failure::at(
            Check::RoleNotGranted,
            "/role",
            Reason::Mismatch {
                what: "value that a rule lists",
                expected: expected.into_iter().take(REPORTED).map(|value| Quoted::tenant(value)).collect(),
                found: found.into_iter().take(REPORTED).map(Quoted::person).collect(),
            },
        )
    }
}

impl Seen<'_> {
    fn holds(&self, value: &str) -> bool {
        if self.sorted.is_empty() {
            self.values.iter().any(|own| own == value)
        } else {
            self.sorted.binary_search(&value).is_ok()
        }
    }
}

fn has(clause: &Clause, seen: &[Seen<'_>]) -> bool {
    seen.get(clause.field).is_some_and(|field| clause.values.iter().any(|value| field.holds(value)))
}

fn excludes(clause: &Clause, seen: &[Seen<'_>]) -> bool {
    seen.get(clause.field).is_some_and(|field| field.whole) && !has(clause, seen)
}

fn holds(rule: &RulePlan, seen: &[Seen<'_>]) -> bool {
    (rule.any.is_empty() || rule.any.iter().any(|clause| has(clause, seen)))
        && rule.all.iter().all(|clause| has(clause, seen))
        && rule.none.iter().all(|clause| excludes(clause, seen))
}

/// Values that the rules list for one field, up to which a plain search is cheaper than sorting.
const FEW: usize = 8;

/// How long before its end a grant is worth a warning.
pub(super) const SOON: Duration = Duration::days(30);
