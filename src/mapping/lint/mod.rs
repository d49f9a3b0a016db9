//! What is dangerous or without effect in a mapping, found without any login.

mod fields;
mod rules;

use super::assurance::Level;
use super::document::{Case, OnNone, UserInfo};
use super::names::{Name, Selector};
use super::note::Note;
use super::plan::{Mapping, RulePlan};
use super::reach::{Assignment, Reach};
use crate::error::{Code, Quoted, Reason, Severity};
use crate::instant::Instant;
use time::OffsetDateTime;

impl Mapping {
    /// What is dangerous or without effect, worst first. Nothing worse than a note: nothing to do.
    #[must_use]
    pub fn lint(&self, now: OffsetDateTime) -> Vec<Note> {
        let now = Instant::from(now);
        let mut notes = Vec::new();
        self.lint_accept(&mut notes);
        self.lint_key(&mut notes);
        for plan in &self.fields {
            if let Some(written) = self.document.field.get(&plan.name) {
                self.lint_field(plan, written, &mut notes);
            }
        }
        self.lint_roles(now, &mut notes);
        for (index, rule) in self.rules.iter().enumerate() {
            self.lint_rule(index, rule, now, &mut notes);
        }
        self.lint_conflicts(now, &mut notes);
        notes.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.code.cmp(&b.code)));
        notes
    }

    /// Roles that do harm in wrong hands: those that the mapping lists, or else those that are named like it.
    #[must_use]
    pub fn is_privileged(&self, role: &str) -> bool {
        let listed = &self.document.roles.privileged;
        if !listed.is_empty() {
            return listed.iter().any(|own| own == role);
        }
        let lower = role.to_ascii_lowercase();
        let word =
            |word: &str| matches!(word, "root" | "owner" | "superuser" | "sudo" | "su" | "break-glass");
        lower.contains("admin") || lower.split(|c: char| !c.is_alphanumeric()).any(word)
    }

    fn lint_accept(&self, notes: &mut Vec<Note>) {
        let accept = &self.document.accept;
        if accept.issuers.is_empty() {
            notes.push(
                Note::new(
                    Code::CM110,
                    "/accept/issuers".to_owned(),
                    "every issuer that a login can have uses this mapping",
                    "issuers = [\"https://idp.example/...\"]",
                )
                .with_severity(Severity::Note),
            );
        }
        let multi = accept.issuers.iter().any(|issuer| {
            issuer.contains("/common/") || issuer.contains("/organizations/") || issuer.contains("{tenantid}")
        });
        if multi {
            notes.push(Note::new(
                Code::CM110,
                "/accept/issuers".to_owned(),
                "no token has this issuer: it is the address of all tenants",
                "issuers = [\"https://login.microsoftonline.com/<tenant id>/v2.0\"] and tenants = [\"<tenant id>\"]",
            ));
        }
        if accept.userinfo == UserInfo::Fetched && self.fields.iter().any(|plan| plan.decides) {
            notes.push(
                Note::new(
                    Code::CM118,
                    "/accept/userinfo".to_owned(),
                    "rules read UserInfo without a signature: the connection that fetched it is all that vouches for it",
                    "userinfo = \"signed\", or groups in the ID token",
                )
                .with_severity(Severity::Note),
            );
        }
    }

    fn lint_key(&self, notes: &mut Vec<Note>) {
        const BETTER: &str =
            "key = [[\"oid\", \"tid\"]], [[\"sub\", \"issuer\"]] or [[\"nameid.persistent\", \"issuer\"]]";
        for (index, parts) in self.key.iter().enumerate() {
            let at = format!("/subject/key/{index}");
            for part in parts {
                if part.is_mutable() || part.text == "nameid.unspecified" {
                    notes.push(
                        Note::new(Code::CM108, at.clone(), "the key is a name that can change hands", BETTER)
                            .found("claim", Quoted::tenant(&part.text)),
                    );
                }
                if part.text == "nameid.transient" {
                    notes.push(Note::new(
                        Code::SA503,
                        at.clone(),
                        "a transient NameID is new at every login",
                        BETTER,
                    ));
                }
                if part.selector == Selector::NameId(None) {
                    notes.push(Note::new(
                        Code::CM108,
                        at.clone(),
                        "the identity provider chooses the format of the NameID, and with it what the key is",
                        "key = [[\"nameid.persistent\", \"issuer\"]]",
                    ));
                }
            }
            let scoped = parts.iter().any(Name::is_scoped);
            let pinned = self.document.accept.issuers.len() == 1;
            if !pinned && !scoped && !parts.iter().any(Name::qualifies) {
                notes.push(Note::new(
                    Code::CM108,
                    at.clone(),
                    "two issuers can have a user with this key",
                    "add \"issuer\" (or \"tid\") to the alternative, or accept one issuer only",
                ));
            }
            if scoped && self.document.accept.scopes.is_empty() {
                notes.push(
                    Note::new(
                        Code::CM111,
                        at.clone(),
                        "the mapping names no scopes: the caller must hand in those of the issuer's metadata",
                        "scopes = [\"example.edu\"] in [accept]",
                    )
                    .with_severity(Severity::Note),
                );
            }
            let opaque = |part: &Name| !part.qualifies() && !part.is_mutable() && !part.is_scoped();
            if self.case == Case::AsciiLower && parts.iter().any(opaque) {
                notes.push(Note::new(
                    Code::CM108,
                    "/subject/case".to_owned(),
                    "opaque identifiers that differ in case only are different users",
                    "case = \"exact\"",
                ));
            }
        }
    }

    fn lint_roles(&self, now: Instant, notes: &mut Vec<Note>) {
        let roles = &self.document.roles;
        for role in &roles.default {
            let severity = if self.is_privileged(role) { Severity::Deny } else { Severity::Risk };
            notes.push(
                Note::new(
                    Code::CM112,
                    "/roles/default".to_owned(),
                    "everybody who can log in has this role",
                    "default = []",
                )
                .with_severity(severity)
                .found("role", Quoted::tenant(role)),
            );
        }
        if roles.on_none == OnNone::Allow {
            notes.push(Note::new(
                Code::CM112,
                "/roles/on_none".to_owned(),
                "everybody logs in, also without any role",
                "on_none = \"deny\"",
            ));
        }
        let nobody = roles.default.is_empty() && roles.on_none == OnNone::Deny;
        let reachable = |(index, rule): (usize, &RulePlan)| {
            rule.grant.iter().any(|role| self.reach(index, role, None, now).0 != Reach::No)
        };
        if nobody && !self.rules.iter().enumerate().any(reachable) {
            notes.push(
                Note::new(
                    Code::CM107,
                    "/role".to_owned(),
                    "no rule can ever grant a role: nobody logs in",
                    "[[role]] with grant and any",
                )
                .with_severity(Severity::Warn),
            );
        }
        for role in roles.privileged.iter().chain(&roles.order) {
            if !self.roles().contains(&&**role) {
                notes.push(
                    Note::new(
                        Code::CM117,
                        "/roles".to_owned(),
                        "no rule grants this role",
                        "remove it, or write the rule",
                    )
                    .with_severity(Severity::Note)
                    .found("role", Quoted::tenant(role)),
                );
            }
        }
    }

    /// Conflict sets that one single value satisfies.
    fn lint_conflicts(&self, now: Instant, notes: &mut Vec<Note>) {
        if self.document.roles.conflicts.is_empty() {
            return;
        }
        let clauses = self.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.all));
        let mut values: Vec<(usize, &str)> =
            clauses.flat_map(|clause| clause.values.iter().map(|value| (clause.field, &**value))).collect();
        values.sort_unstable();
        values.dedup();
        for (field, value) in values {
            let one: Assignment<'_> = core::iter::once((field, value)).collect();
            let decision = self.decide(&self.matches(&one, Level::Hardware, now));
            if let Some((first, second)) = decision.conflict {
                notes.push(
                    Note::new(
                        Code::CM114,
                        format!("/field/{}", self.field_name(field)),
                        "one single value gives two roles that exclude each other: its holders cannot log in",
                        "grant the two roles by different values",
                    )
                    .with_severity(Severity::Risk)
                    .with_reason(Reason::Mismatch {
                        what: "roles that exclude each other",
                        expected: vec![Quoted::tenant(value)],
                        found: vec![Quoted::tenant(first), Quoted::tenant(second)],
                    }),
                );
            }
        }
    }
}
