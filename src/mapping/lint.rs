//! What is dangerous or without effect in a mapping, found without any login.

use super::assurance::Level;
use super::document::{Case, Field, OnAbsent, OnNone, Operation, UserInfo, Values, VerifiedBy};
use super::names::{Name, Selector, last_segment};
use super::note::Note;
use super::ops::guid;
use super::plan::{FieldPlan, Mapping, Part, RulePlan};
use super::preset::GroupForm;
use super::reach::{Assignment, Reach};
use super::roles::SOON;
use crate::check::Check;
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
        let word = |word: &str| matches!(word, "root" | "owner" | "superuser" | "sudo" | "su" | "break-glass");
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

    fn lint_field(&self, plan: &FieldPlan, written: &Field, notes: &mut Vec<Note>) {
        let at = format!("/field/{}", plan.name);
        self.lint_email(plan, written, &at, notes);
        let patterns = written.keep.iter().chain(written.ops.iter().filter_map(|operation| match operation {
            Operation::Keep(pattern) | Operation::Drop(pattern) => Some(pattern),
            _ => None,
        }));
        for pattern in patterns {
            let inside = pattern.starts_with(".*") || pattern.starts_with("^.*") || pattern.contains("|.*");
            let anchored = pattern.starts_with('^') || (pattern.ends_with('$') && !pattern.ends_with("\\$"));
            let why = if pattern.len() > LONG_PATTERN {
                "the pattern is longer than 200 bytes: nobody can review it"
            } else if inside && pattern.trim_start_matches('^') != ".*" {
                "the pattern starts with anything: `.*admin` also holds for `non-admin`"
            } else if anchored {
                "patterns are always the whole value: `^` and `$` add nothing"
            } else {
                continue;
            };
            let harmless = anchored && !inside && pattern.len() <= LONG_PATTERN;
            let severity = if harmless { Severity::Note } else { Severity::Warn };
            notes.push(
                Note::new(Code::CF101, at.clone(), why, "write the whole value, or a prefix and `.*`")
                    .with_severity(severity)
                    .found("pattern", Quoted::tenant(pattern)),
            );
        }
        for name in &plan.from {
            self.lint_name(name, &at, notes);
            if plan.decides && name.is_mutable() && !name.is_email() {
                notes.push(
                    Note::new(
                        Code::CM108,
                        at.clone(),
                        "a rule reads a name that can change hands",
                        "grant roles by groups or app roles",
                    )
                    .found("claim", Quoted::tenant(&name.text)),
                );
            }
        }
        if plan.decides {
            lint_merging(plan, written, &at, notes);
        }
    }

    fn lint_email(&self, plan: &FieldPlan, written: &Field, at: &str, notes: &mut Vec<Note>) {
        let Some(email) = &plan.email else { return };
        let decisions = || core::iter::once(email.by).chain(email.per_issuer.iter().map(|own| own.by));
        if decisions().any(|by| by == VerifiedBy::None) {
            notes.push(
                Note::new(
                    Code::CM109,
                    at.to_owned(),
                    "nobody vouches for this address",
                    "verified_by = \"claim\", \"domain\" or \"idp\"",
                )
                .with_severity(Severity::Risk),
            );
        }
        let several = self.document.accept.issuers.len() != 1;
        if several && matches!(email.by, VerifiedBy::Domain | VerifiedBy::Idp) && email.per_issuer.is_empty() {
            let severity =
                if self.document.accept.issuers.is_empty() { Severity::Warn } else { Severity::Risk };
            notes.push(
                Note::new(
                    Code::CM109,
                    at.to_owned(),
                    "every accepted issuer may vouch for the addresses of every other",
                    "verified_for = [{ issuer = \"...\", by = \"domain\", domains = [\"...\"] }]",
                )
                .with_severity(severity),
            );
        }
        if written.verified_by.is_none() && written.verified_for.is_empty() {
            notes.push(
                Note::new(
                    Code::CM109,
                    at.to_owned(),
                    "the mapping does not say who vouches for the address: only `email_verified` does",
                    "verified_by = \"claim\", or \"domain\" with domains = [...] where the issuer sends no such claim",
                )
                .with_severity(Severity::Note),
            );
        }
    }

    fn lint_name(&self, name: &Name, at: &str, notes: &mut Vec<Note>) {
        let Some(preset) = self.preset else { return };
        let known = preset.aliases.iter().flat_map(|(short, alias)| {
            core::iter::once(short).chain(&alias.saml).chain(&alias.oidc)
        });
        let mut known = known.filter(|other| other.eq_ignore_ascii_case(&name.text)).peekable();
        if known.peek().is_some() && !known.any(|other| *other == name.text) {
            notes.push(
                Note::new(
                    Code::CM101,
                    at.to_owned(),
                    "the name differs from one of the preset in case only, and names are compared exactly",
                    "write the name as `map preset` shows it",
                )
                .with_severity(Severity::Warn)
                .found("claim", Quoted::tenant(&name.text)),
            );
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

    fn lint_rule(&self, index: usize, rule: &RulePlan, now: Instant, notes: &mut Vec<Note>) {
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
                        Note::new(Code::CM117, place.clone(), why, "let `keep` name the value, or write it as the field has it")
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
            let note = Note::new(Code::AS106, at, "the grant has expired", "remove the rule, or renew it with its owner");
            notes.push(note.with_severity(Severity::Warn).with_reason(reason));
        } else if now >= expires.minus(SOON) {
            let note = Note::new(Code::AS105, at, "the grant ends within 30 days", "renew it with its owner, or let it end");
            notes.push(note.with_severity(Severity::Warn).with_reason(reason));
        }
    }

    fn lint_form(&self, clause: &super::plan::Clause, at: &str, notes: &mut Vec<Note>) {
        let Some((plan, preset)) = self.fields.get(clause.field).zip(self.preset) else { return };
        let groups = |name: &Name| {
            name.saml.iter().chain(&name.oidc).any(|name| last_segment(name).eq_ignore_ascii_case("groups"))
        };
        let translated = self.document.field.get(&plan.name).is_some_and(|field| {
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
                GroupForm::Name | GroupForm::Path if is_guid => "the preset's provider sends names, not object ids",
                _ => continue,
            };
            notes.push(
                Note::new(Code::CM106, at.to_owned(), why, "write the group as the provider sends it; a label makes it readable")
                    .with_severity(Severity::Warn)
                    .found("value", Quoted::tenant(value)),
            );
        }
    }

    fn lint_default(&self, clause: &super::plan::Clause, kind: &str, at: &str, notes: &mut Vec<Note>) {
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

/// Operations that make one value of two, in a field that decides.
fn lint_merging(plan: &FieldPlan, written: &Field, at: &str, notes: &mut Vec<Note>) {
    let checked = written.ops.iter().take_while(|operation| {
        !matches!(operation, Operation::Before(_) | Operation::After(_) | Operation::DnRdn(_))
    });
    let guarded = checked.into_iter().any(|operation| {
        matches!(operation, Operation::Keep(_) | Operation::ScopeCheck)
    });
    for operation in &written.ops {
        let why = match operation {
            Operation::Before(_) | Operation::After(_) if !guarded => {
                "what is cut off no longer counts: `admin@other` becomes `admin`"
            }
            Operation::DnRdn(_) if !guarded => {
                "where in the directory the group stands no longer counts: anybody's group of this name will do"
            }
            _ => continue,
        };
        notes.push(
            Note::new(Code::CM115, at.to_owned(), why, "compare whole values, or put a `keep` before the operation")
                .with_severity(Severity::Risk),
        );
    }
    let mut adjacent = plan.concat.windows(2);
    if adjacent.any(|pair| matches!(pair, [Part::Claim(_), Part::Claim(_)])) {
        notes.push(
            Note::new(
                Code::CM115,
                at.to_owned(),
                "two claims run into each other: `ad` and `min` make `admin`",
                "a separator between the claims",
            )
            .with_severity(Severity::Risk),
        );
    }
    if plan.values == Values::First {
        notes.push(
            Note::new(
                Code::CM103,
                at.to_owned(),
                "which value comes first is not for the application to say, and a rule reads it",
                "values = \"many\"",
            )
            .with_severity(Severity::Warn),
        );
    }
}

const LONG_PATTERN: usize = 200;
