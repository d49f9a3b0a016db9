//! Remarks on rules: privilege, expiry, reach, exclusions.

use super::super::assurance::Level;
use super::super::document::{OnAbsent, Operation};
use super::super::names::{Name, last_segment};
use super::super::note::Note;
use super::super::ops::guid;
use super::super::plan::{Mapping, RulePlan};
use super::super::preset::GroupForm;
use super::super::reach::Reach;
use super::super::roles::SOON;
use crate::check::Check;
use crate::error::{Code, Quoted, Reason, Severity};
use crate::instant::Instant;

impl Mapping {
    pub(super) fn lint_rule(&self, index: usize, rule: &RulePlan, now: Instant, notes: &mut Vec<Note>) {
        let at = |part: &str| format!("/role/{index}{part}");
        if rule.assurance < Level::Mfa {
            for role in rule.grant.iter().filter(|role| self.is_privileged(role)) {
                notes.push(
                    Note::new(
                        Code::AS107,
                        at("/assurance"),
                        "a privileged role wants no proof of a second factor",
                        "assurance = \"phishing_resistant\"",
                    )
                    .found("role", Quoted::tenant(role)),
                );
            }
        }
        if let Some(expires) = rule.expires {
            self.lint_expiry(index, rule, expires, now, notes);
        }
        let expired = rule.expires.is_some_and(|end| now >= end);
        for role in rule.grant.iter().filter(|_| !expired) {
            if self.reach(index, role, None, now).0 == Reach::No {
                notes.push(
                    Note::new(
                        Code::CM117,
                        at(""),
                        "no login can have this role by this rule",
                        "see `map who`: a value cannot occur, or an earlier rule or a conflict is always in the way",
                    )
                    .found("role", Quoted::tenant(role)),
                );
            }
        }
        for (kind, clauses) in [("any", &rule.any), ("all", &rule.all), ("none", &rule.none)] {
            for clause in clauses {
                let place = at(&format!("/{kind}/{}", self.field_name(clause.field)));
                if clause.values.is_empty() {
                    notes.push(Note::new(
                        Code::CM117,
                        place.clone(),
                        "the list is empty",
                        "list a value, or remove the clause",
                    ));
                }
                for value in clause.values.iter().filter(|value| !self.can_have(clause.field, value)) {
                    let none = kind == "none";
                    let why = if none {
                        "the operations and `keep` of the field never leave this value: it excludes nobody"
                    } else {
                        "the operations and `keep` of the field never leave this value"
                    };
                    let severity = if none { Severity::Deny } else { Severity::Warn };
                    notes.push(
                        Note::new(
                            Code::CM117,
                            place.clone(),
                            why,
                            "let `keep` name the value, or write it as the field has it",
                        )
                        .with_severity(severity)
                        .found("value", Quoted::tenant(value)),
                    );
                }
                self.lint_form(clause, &place, notes);
                self.lint_default(clause, kind, &place, notes);
            }
        }
        self.lint_exclusions(index, rule, notes);
    }

    fn lint_expiry(
        &self,
        index: usize,
        rule: &RulePlan,
        expires: Instant,
        now: Instant,
        notes: &mut Vec<Note>,
    ) {
        let at = format!("/role/{index}/expires");
        let reason = Reason::ExceptionEnded {
            relaxation: "role grant",
            owner: Quoted::tenant(rule.owner.as_deref().unwrap_or_default()),
            expires,
            refused: Check::GrantExpired,
        };
        if rule.owner.is_none() || rule.ticket.is_none() {
            notes.push(Note::new(
                Code::AS106,
                format!("/role/{index}"),
                "a grant for a time has no owner or no ticket: nobody will end it, nobody can renew it",
                "owner = \"...\" and ticket = \"...\"",
            ));
        }
        if now >= expires {
            let note = Note::new(
                Code::AS106,
                at,
                "the grant has expired",
                "remove the rule, or renew it with its owner",
            );
            notes.push(note.with_severity(Severity::Warn).with_reason(reason));
        } else if now >= expires.minus(SOON) {
            let note = Note::new(
                Code::AS105,
                at,
                "the grant ends within 30 days",
                "renew it with its owner, or let it end",
            );
            notes.push(note.with_severity(Severity::Warn).with_reason(reason));
        }
    }

    fn lint_form(&self, clause: &super::super::plan::Clause, at: &str, notes: &mut Vec<Note>) {
        let Some((plan, preset)) = self.fields.get(clause.field).zip(self.preset) else { return };
        let groups = |name: &Name| {
            name.saml.iter().chain(&name.oidc).any(|name| last_segment(name).eq_ignore_ascii_case("groups"))
        };
        let translated =
            self.document.field.get(&plan.name).is_some_and(|field| {
                field.ops.iter().any(|operation| matches!(operation, Operation::Table(_)))
            });
        if !plan.from.iter().any(groups) || translated {
            return;
        }
        for value in &clause.values {
            let is_guid = guid(value).as_deref() == Some(value);
            let why = match preset.group_form {
                GroupForm::Guid if !is_guid => {
                    "the preset's provider sends object ids, and a name anybody may give to a group of their own"
                }
                GroupForm::Name | GroupForm::Path if is_guid => {
                    "the preset's provider sends names, not object ids"
                }
                _ => continue,
            };
            notes.push(
                Note::new(
                    Code::CM106,
                    at.to_owned(),
                    why,
                    "write the group as the provider sends it; a label makes it readable",
                )
                .with_severity(Severity::Warn)
                .found("value", Quoted::tenant(value)),
            );
        }
    }

    fn lint_default(&self, clause: &super::super::plan::Clause, kind: &str, at: &str, notes: &mut Vec<Note>) {
        let default = self.fields.get(clause.field).and_then(|plan| plan.default.as_ref());
        if let Some(default) = default.filter(|default| kind != "none" && clause.values.contains(default)) {
            notes.push(
                Note::new(
                    Code::CM112,
                    at.to_owned(),
                    "the default of the field satisfies the rule: whoever lacks the claim has the role",
                    "another default, or none",
                )
                .found("value", Quoted::tenant(default)),
            );
        }
    }

    /// An exclusion that a login without the claim escapes.
    fn lint_exclusions(&self, index: usize, rule: &RulePlan, notes: &mut Vec<Note>) {
        for clause in &rule.none {
            let Some(plan) = self.fields.get(clause.field) else { continue };
            let needed = rule.all.iter().any(|own| own.field == clause.field)
                || (!rule.any.is_empty() && rule.any.iter().all(|own| own.field == clause.field));
            if plan.on_absent == Some(OnAbsent::Empty) && !needed {
                notes.push(
                    Note::new(
                        Code::CM117,
                        format!("/role/{index}/none/{}", plan.name),
                        "a login without the claim escapes the exclusion, and the user may be able to ask for such a login",
                        "on_absent = \"deny\" for the field",
                    )
                    .with_severity(Severity::Risk),
                );
            }
            if plan.default.is_some() && !needed {
                notes.push(
                    Note::new(
                        Code::CM117,
                        format!("/role/{index}/none/{}", plan.name),
                        "the default of the field stands for a list that did not come: the exclusion is escaped",
                        "no default for a field that excludes",
                    )
                    .with_severity(Severity::Risk),
                );
            }
        }
    }
}
