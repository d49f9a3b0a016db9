//! Applying a mapping: accept, key, fields, assurance, roles, in this order.

use super::claims::Origin;
use super::field::Context;
use super::identity::{FieldValue, Identity, Outcome};
use super::input::Input;
use super::note::Note;
use super::plan::Mapping;
use super::resolve::{State, Views};
use super::walk::{Walk, kept};
use crate::check::Check;
use crate::error::{Code, Failure, Protocol, Quoted, Reason, Rejection};
use crate::instant::Instant;
use crate::report::Provenance;
use std::collections::BTreeMap;
use time::OffsetDateTime;

impl Mapping {
    /// The identity that a validated login has under this mapping.
    ///
    /// Total: no claims can make it fail in any other way than by a rejection. Deny by default: no rule, no role, no login.
    ///
    /// # Errors
    /// The first rule that does not hold, in this order: `SubMismatch` (UserInfo or a list of somebody else),
    /// `TenantRefused`, the subject key, the fields by name, the roles. What had been proven before: the login itself.
    pub fn apply<'a>(&self, input: impl Into<Input<'a>>, now: OffsetDateTime) -> Result<Identity, Rejection> {
        let input = input.into();
        match self.evaluate(&input, Instant::from(now), &mut Walk::deciding()) {
            Ok(outcome) => Ok(Identity(outcome)),
            Err(failure) => Err(Rejection::new(Protocol::Mapping, failure)),
        }
    }

    /// The walk. Returns the first failure when deciding; when explaining, failures are in the walk.
    pub(super) fn evaluate(
        &self,
        input: &Input<'_>,
        now: Instant,
        walk: &mut Walk,
    ) -> Result<Outcome, Failure> {
        let context = Context {
            mapping: self,
            views: Views {
                claims: &input.claims,
                userinfo: self.document.accept.userinfo,
                access_token_subject: self
                    .preset
                    .and_then(|preset| preset.access_token_subject.as_deref())
                    .filter(|name| *name != "sub"),
            },
            resolved: &input.resolved,
            scopes: self
                .document
                .accept
                .scopes
                .iter()
                .map(|scope| &**scope)
                .chain(input.scopes.iter().map(|scope| &**scope))
                .collect(),
        };
        context.same_subject(walk)?;
        context.accepted(walk)?;
        let key = context.subject_key(walk)?;
        let mut fields = Vec::with_capacity(self.fields.len());
        for plan in &self.fields {
            let field = context.field(plan, walk)?;
            if field.maybe_truncated {
                walk.notes.push(
                    Note::new(
                        Code::CM105,
                        format!("/field/{}", plan.name),
                        "as many values came as the provider ever sends: the list may be cut",
                        "send fewer groups: filter them at the identity provider",
                    )
                    .found("values", Quoted::protocol(&format!("{} values", field.state.values().len()))),
                );
            }
            if field.display_only {
                walk.notes.push(
                    Note::new(
                        Code::CM109,
                        format!("/field/{}", plan.name),
                        "nobody vouches for this address: it is for display, and no rule reads it",
                        "verified_by = \"claim\", \"domain\" or \"idp\"",
                    )
                    .with_severity(crate::error::Severity::Risk),
                );
            }
            fields.push(field);
        }
        let assurance = context.views.login().map(|login| self.ladder.judge(login)).unwrap_or_default();
        let (roles, withheld) = context.roles(&fields, assurance.level, now, walk)?;
        let issuer = context.views.login().map(|login| login.issuer.clone().into_owned()).unwrap_or_default();
        let mut values: BTreeMap<String, FieldValue> = self
            .fields
            .iter()
            .zip(fields)
            .map(|(plan, field)| {
                let value = FieldValue {
                    state: into_owned(field.state),
                    claim: field.claim.into_owned(),
                    origin: field.origin,
                    provenance: field.provenance,
                };
                (plan.name.clone(), value)
            })
            .collect();
        for (name, text) in self.document.constants.iter() {
            let value = FieldValue {
                state: State::Present(vec![text.clone()]),
                claim: String::new(),
                origin: Origin::Mapping,
                provenance: Provenance::Config,
            };
            values.insert(name.clone(), value);
        }
        Ok(Outcome {
            key,
            issuer,
            fields: values,
            roles,
            withheld,
            assurance,
            notes: core::mem::take(&mut walk.notes),
        })
    }
}

fn into_owned(state: super::resolve::Raw<'_>) -> State<String> {
    match state {
        State::Present(values) => {
            State::Present(values.into_iter().map(std::borrow::Cow::into_owned).collect())
        }
        other => kept(&other),
    }
}

impl Context<'_> {
    /// What stands beside the login is about the same user of the same issuer, and each kind comes once.
    fn same_subject(&self, walk: &mut Walk) -> Result<(), Failure> {
        let Some((login, beside)) = self.views.claims.split_first() else {
            return walk.refuse(Failure::at(
                Check::ConfigurationInvalid,
                "",
                Reason::Stated("there is no login"),
            ));
        };
        if login.origin == Origin::UserInfo {
            let why = "a UserInfo response is not a login";
            walk.refuse(Failure::at(Check::TokenTypeMismatch, "", Reason::Stated(why)))?;
        }
        for (index, source) in beside.iter().enumerate() {
            let fits = matches!(source.origin, Origin::UserInfo | Origin::AccessToken)
                && login.origin == Origin::IdToken
                && beside.iter().take(index).all(|other| other.origin != source.origin);
            if !fits {
                let why = "beside an ID token stand one UserInfo response and one access token at most";
                walk.refuse(Failure::at(Check::ConfigurationInvalid, "", Reason::Stated(why)))?;
            }
            let login_sub = login.subject.as_ref().map(|subject| &*subject.value);
            let other_name = self.views.access_token_subject.filter(|_| source.origin == Origin::AccessToken);
            let sub = match other_name {
                Some(name) => single(source.texts(name)),
                None => source.subject.as_ref().map(|subject| &*subject.value),
            };
            // A plain UserInfo response names no issuer: it came over the connection to that of the login, or it lies.
            let plain = source.origin == Origin::UserInfo && source.provenance == Provenance::Unsigned;
            let same_issuer = source.issuer == login.issuer || (plain && source.issuer.is_empty());
            let same = sub.is_some() && sub == login_sub && same_issuer;
            if !same {
                let quoted = |sub: Option<&str>| sub.map(Quoted::replayable).into_iter().collect();
                walk.refuse(Failure::at(
                    Check::SubMismatch,
                    "/sub",
                    Reason::Mismatch { what: "sub", expected: quoted(login_sub), found: quoted(sub) },
                ))?;
            }
        }
        for list in self.resolved {
            let (name, value) = &list.owner;
            let same = self.owner_is(name, value);
            if !same {
                walk.refuse(Failure::at(
                    Check::SubMismatch,
                    "/resolved",
                    Reason::Mismatch {
                        what: "owner of the resolved list",
                        expected: vec![Quoted::person(value)],
                        found: Vec::new(),
                    },
                ))?;
            }
        }
        Ok(())
    }

    fn owner_is(&self, name: &str, value: &str) -> bool {
        let Ok(name) = super::names::Name::new(name, self.mapping.preset) else { return false };
        if value.is_empty() || name.is_shared() || name.is_mutable() {
            return false;
        }
        let Some(login) = self.views.login() else { return false };
        let claims = core::slice::from_ref(login);
        let views = Views {
            claims,
            userinfo: self.views.userinfo,
            access_token_subject: self.views.access_token_subject,
        };
        let state = views.find_in_login(&name).state;
        matches!(state.values(), [only] if only == value)
    }

    fn accepted(&self, walk: &mut Walk) -> Result<(), Failure> {
        let accept = self.accept();
        let Some(login) = self.views.login() else { return Ok(()) };
        let refused = |what: &'static str, expected: &[String], found: Vec<Quoted>| {
            let expected = expected.iter().map(|text| Quoted::tenant(text)).collect();
            Failure::at(Check::TenantRefused, "/accept", Reason::Mismatch { what, expected, found })
        };
        if !accept.issuers.is_empty() && !accept.issuers.iter().any(|issuer| *issuer == login.issuer) {
            walk.refuse(refused("issuer", &accept.issuers, vec![Quoted::tenant(&login.issuer)]))?;
        }
        if accept.tenants.is_empty() {
            return Ok(());
        }
        let mut found = State::Absent;
        for name in &self.mapping.tenant {
            let hit = self.views.find_in_login(name);
            if hit.state != State::Absent {
                found = hit.state;
                break;
            }
        }
        let known = |tenant: &str| accept.tenants.iter().any(|known| known == tenant);
        match &found {
            State::Present(values) if values.iter().all(|value| known(value)) => Ok(()),
            other => {
                let found = other.values().iter().map(|value| Quoted::tenant(value)).collect();
                walk.refuse(refused("tenant", &accept.tenants, found))
            }
        }
    }
}

fn single<'t>(mut texts: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let first = texts.next()?;
    texts.next().is_none().then_some(first)
}
