//! The subject key: the first alternative whose every part the login itself has, once and proven.

use super::claims::{Origin, Subject};
use super::document::{Case, VerifiedBy};
use super::field::{Context, Vouched, email_plan_for, unseen};
use super::names::{EMAIL_FORMAT, Name, Selector, TRANSIENT};
use super::note::Note;
use super::ops::is_scope_of;
use super::resolve::{Hit, State, Unproven};
use super::walk::{KeyTrace, Walk, kept};
use crate::characters::is_hidden;
use crate::check::Check;
use crate::error::{Code, Failure, Quoted, Reason, Severity};
use core::fmt::Write as _;
use std::borrow::Cow;

impl<'c> Context<'c> {
    pub(super) fn subject_key(&self, walk: &mut Walk) -> Result<String, Failure> {
        let mut weakest = None;
        let mut key = None;
        for (index, parts) in self.mapping.key.iter().enumerate() {
            let mut hits = Vec::with_capacity(parts.len());
            let mut complete = true;
            for part in parts {
                let hit = self.part(parts, part, walk)?;
                if !matches!(hit.state, State::Present(_)) {
                    complete = false;
                    remember(&mut weakest, &hit.state);
                }
                hits.push((part, hit));
            }
            if let Some(trace) = &mut walk.trace {
                let parts = hits.iter().map(|(part, hit)| (part.text.clone(), kept(&hit.state))).collect();
                trace.keys.push(KeyTrace { parts, used: complete && key.is_none() });
            }
            if complete && key.is_none() {
                self.remarks(index, &hits, walk);
                key = Some(self.encode(&hits));
                if walk.trace.is_none() {
                    break;
                }
            }
        }
        if let Some(key) = key {
            return Ok(key);
        }
        let names = self.mapping.key.iter().flatten().map(|name| Quoted::tenant(&name.text)).collect();
        let check = match weakest {
            Some(Weak::Unverified) => Check::EmailUnverified,
            Some(Weak::Scope) => Check::ScopeMismatch,
            Some(Weak::Several) => Check::FieldCardinality,
            Some(Weak::Unproven) => Check::SourceUnproven,
            Some(Weak::Empty) => Check::FieldEmpty,
            None => Check::FieldMissing,
        };
        let reason =
            Reason::Mismatch { what: "parts of the subject key", expected: names, found: Vec::new() };
        walk.refuse(Failure::at(check, AT, reason))?;
        Ok(String::new())
    }

    /// One part: exactly one proven value of the login.
    fn part(&self, parts: &'c [Name], part: &'c Name, walk: &mut Walk) -> Result<Hit<'c>, Failure> {
        let mut hit = self.views.find_in_login(part);
        let State::Present(values) = &hit.state else {
            return Ok(hit);
        };
        let [value] = values.as_slice() else {
            hit.state = State::Unproven(Unproven::Ambiguous);
            return Ok(hit);
        };
        if value.chars().any(is_hidden) {
            walk.refuse(Failure::at(Check::ValueForbidden, AT, unseen(value)))?;
        }
        if let Some(prefix) = self.reserved_prefix(value) {
            walk.refuse(Failure::at(
                Check::ValueForbidden,
                AT,
                Reason::Mismatch {
                    what: "value without reserved prefix",
                    expected: vec![Quoted::tenant(prefix)],
                    found: vec![Quoted::person(value)],
                },
            ))?;
        }
        let email_format = hit.subject.is_some_and(|subject| subject.format.as_deref() == Some(EMAIL_FORMAT));
        let mut next = None;
        if part.is_email() || email_format {
            let plan = email_plan_for(self.mapping, part);
            if self.vouched(plan, 0, hit.name, values, values) != Vouched::Yes {
                next = Some(State::Unproven(Unproven::Email));
            }
        }
        if part.is_scoped() {
            next = next.or(self.scoped(parts, value, walk)?);
        }
        if let Some(state) = next {
            hit.state = state;
        }
        Ok(hit)
    }

    fn scoped(
        &self,
        parts: &[Name],
        value: &str,
        walk: &mut Walk,
    ) -> Result<Option<State<Cow<'c, str>>>, Failure> {
        if self.scopes.is_empty() {
            let bound = self.accept().issuers.len() == 1 || parts.iter().any(Name::qualifies);
            return Ok((!bound).then_some(State::Unproven(Unproven::Scope)));
        }
        let scope = value.split_once('@').map_or("", |(_, scope)| scope);
        if !is_scope_of(scope, &self.scopes) {
            let expected = self.scopes.iter().map(|scope| Quoted::tenant(scope)).collect();
            let reason = Reason::Mismatch { what: "scope", expected, found: vec![Quoted::tenant(scope)] };
            walk.refuse(Failure::at(Check::ScopeMismatch, AT, reason))?;
            return Ok(Some(State::Unproven(Unproven::Scope)));
        }
        Ok(None)
    }

    /// `k1;` and, per part, its name and its value, each with its length in bytes.
    fn encode(&self, hits: &[(&Name, Hit<'c>)]) -> String {
        let mut key = String::with_capacity(128);
        key.push_str("k1;");
        for (part, hit) in hits {
            let value = hit.state.values().first().map_or("", |value| value);
            let exact = self.mapping.case == Case::Exact || part.selector == Selector::Issuer;
            if exact {
                write_part(&mut key, &part.text, value);
            } else {
                write_part(&mut key, &part.text, &value.to_ascii_lowercase());
            }
            if let Some(subject) = hit.subject {
                self.qualify(&mut key, subject);
            }
        }
        key
    }

    /// A NameID is unique within its qualifiers only (SAML core 8.3.7). The issuer as NameQualifier is the default, as is this
    /// service as SPNameQualifier, which a login leaves out.
    fn qualify(&self, key: &mut String, subject: &Subject<'_>) {
        let issuer = self.views.login().map_or("", |login| &login.issuer);
        if let Some(qualifier) =
            subject.name_qualifier.as_deref().filter(|text| *text != issuer && !text.is_empty())
        {
            write_part(key, "NameQualifier", qualifier);
        }
        if let Some(qualifier) = subject.sp_name_qualifier.as_deref().filter(|text| !text.is_empty()) {
            write_part(key, "SPNameQualifier", qualifier);
        }
    }

    fn remarks(&self, index: usize, hits: &[(&Name, Hit<'c>)], walk: &mut Walk) {
        let at = || format!("/subject/key/{index}");
        if index > 0 {
            walk.notes.push(Note::new(
                Code::CM116,
                at(),
                "a later alternative made the key: the same user may have another account",
                "make the first alternative complete at the identity provider, or remove it",
            ));
        }
        for (part, hit) in hits {
            let transient = hit.subject.is_some_and(|subject| subject.format.as_deref() == Some(TRANSIENT));
            if transient {
                walk.notes.push(Note::new(
                    Code::SA503,
                    at(),
                    "a transient NameID is new at every login",
                    "key = [[\"nameid.persistent\", \"issuer\"]]",
                ));
            }
            let value = hit.state.values().first().map_or("", |value| value);
            let address = hit.origin == Origin::Assertion && hit.subject.is_some() && value.contains('@');
            if part.is_mutable() || address {
                walk.notes.push(
                    Note::new(
                        Code::CM108,
                        at(),
                        "the key is a name that can change hands",
                        "key = [[\"oid\", \"tid\"]], [[\"sub\", \"issuer\"]] or [[\"nameid.persistent\", \"issuer\"]]",
                    )
                    .found("claim", Quoted::tenant(hit.name)),
                );
            }
            if part.is_scoped() && self.scopes.is_empty() {
                walk.notes.push(
                    Note::new(
                        Code::CM111,
                        at(),
                        "no scopes are known: the issuer may name users of another organisation",
                        "scopes = [\"example.edu\"] in [accept], or the scopes of the issuer's metadata",
                    )
                    .with_severity(Severity::Risk),
                );
            }
            if part.is_email() && email_plan_for(self.mapping, part).by == VerifiedBy::Idp {
                walk.notes.push(
                    Note::new(
                        Code::CM109,
                        at(),
                        "the key is an address that nobody but the issuer vouches for",
                        "verified_by = \"claim\"",
                    )
                    .with_severity(Severity::Risk),
                );
            }
        }
    }
}

/// Why no alternative was complete, the most telling last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weak {
    Empty,
    Unproven,
    Several,
    Scope,
    Unverified,
}

fn remember(weakest: &mut Option<Weak>, state: &State<Cow<'_, str>>) {
    let weak = match state {
        State::Empty => Some(Weak::Empty),
        State::Unproven(Unproven::Email) => Some(Weak::Unverified),
        State::Unproven(Unproven::Scope) => Some(Weak::Scope),
        State::Unproven(Unproven::Ambiguous) => Some(Weak::Several),
        State::Unproven(_) => Some(Weak::Unproven),
        _ => None,
    };
    *weakest = (*weakest).max(weak);
}

fn write_part(key: &mut String, name: &str, value: &str) {
    let _ = write!(key, "{}:{name}={}:{value};", name.len(), value.len());
}

/// The place of the key in a mapping, also where the preset gave it.
pub(super) const AT: &str = "/subject/key";
