//! Remarks on fields: addresses, patterns, names, operations.

use super::super::document::{Field, Operation, Values, VerifiedBy};
use super::super::names::{Name, Selector};
use super::super::note::Note;
use super::super::plan::{FieldPlan, Mapping, Part};
use crate::error::{Code, Quoted, Severity};

impl Mapping {
    pub(super) fn lint_field(&self, plan: &FieldPlan, written: &Field, notes: &mut Vec<Note>) {
        let at = format!("/field/{}", plan.name);
        self.lint_email(plan, written, &at, notes);
        let patterns =
            written.keep.iter().chain(written.ops.iter().filter_map(|operation| match operation {
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
        }
        let in_concat = plan.concat.iter().filter_map(|part| match part {
            Part::Claim(name) => Some(name),
            Part::Text(_) => None,
        });
        for name in plan.from.iter().chain(in_concat).filter(|_| plan.decides) {
            let chosen = matches!(name.selector, Selector::NameId(_)) && name.text != "nameid.persistent";
            if chosen || (name.is_mutable() && !name.is_email()) {
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
        if several && matches!(email.by, VerifiedBy::Domain | VerifiedBy::Idp) && email.per_issuer.is_empty()
        {
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
        let known = preset
            .aliases
            .iter()
            .flat_map(|(short, alias)| core::iter::once(short).chain(&alias.saml).chain(&alias.oidc));
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
}

/// Operations that make one value of two, in a field that decides.
fn lint_merging(plan: &FieldPlan, written: &Field, at: &str, notes: &mut Vec<Note>) {
    let checked = written.ops.iter().take_while(|operation| {
        !matches!(operation, Operation::Before(_) | Operation::After(_) | Operation::DnRdn(_))
    });
    let guarded =
        checked.into_iter().any(|operation| matches!(operation, Operation::Keep(_) | Operation::ScopeCheck));
    if written.ops.iter().any(|operation| matches!(operation, Operation::Split(_))) {
        notes.push(
            Note::new(
                Code::CM115,
                at.to_owned(),
                "a value with the separator in its name counts as two, and a rule reads them",
                "let the identity provider send a list, or forbid the separator in names there",
            )
            .with_severity(Severity::Note),
        );
    }
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
            Note::new(
                Code::CM115,
                at.to_owned(),
                why,
                "compare whole values, or put a `keep` before the operation",
            )
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
