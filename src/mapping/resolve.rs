//! From a name to the values that a login has for it, in one of five states.

use super::claims::{Claims, Datum, Entry, GROUPS_LINK, Origin, Subject};
use super::document::UserInfo;
use super::names::{Name, Selector, TRANSIENT, UNSPECIFIED, last_segment};
use super::path::{self, Reading, Values};
use crate::error::Quoted;
use crate::report::Provenance;
use std::borrow::Cow;

/// What a login has for a name, or a mapping for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State<V> {
    /// Nothing with this name.
    Absent,
    /// The name without a value.
    Empty,
    /// One value or more.
    Present(Vec<V>),
    /// The values are not in the login but behind a link.
    Overage(Overage),
    /// A value that must not decide anything.
    Unproven(Unproven),
}

/// Groups that the identity provider left out because there are too many.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overage {
    /// The marker that says so.
    pub marker: &'static str,
    /// Where the provider says they are. Never fetched by this crate; do not fetch it unchecked either.
    pub link: Option<Quoted>,
}

/// Why a value must not decide anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unproven {
    /// It stands in content without a verified signature.
    Unsigned,
    /// Nobody vouches for the e-mail address.
    Email,
    /// It is not text (an object, XML, a fraction).
    NotText,
    /// The name can be read in two ways, and both are there.
    Ambiguous,
    /// The `sub` of an access token that is a login name at this provider.
    LoginName,
    /// Nothing says which scopes the issuer has.
    Scope,
}

impl Unproven {
    /// The clause for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "it stands in content without a verified signature",
            Self::Email => "nobody vouches for the e-mail address",
            Self::NotText => "it is not text",
            Self::Ambiguous => "the name can be read in two ways, and both are there",
            Self::LoginName => "it is a login name, not an identifier, at this provider",
            Self::Scope => "nothing says which scopes the issuer has",
        }
    }
}

impl<V> State<V> {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Empty => "empty",
            Self::Present(_) => "present",
            Self::Overage(_) => "overage",
            Self::Unproven(_) => "unproven",
        }
    }

    /// The values, when there are any.
    #[must_use]
    pub fn values(&self) -> &[V] {
        match self {
            Self::Present(values) => values,
            _ => &[],
        }
    }
}

pub(super) type Raw<'c> = State<Cow<'c, str>>;

/// Where a value was found.
#[derive(Clone)]
pub(super) struct Hit<'c> {
    pub(super) state: Raw<'c>,
    /// The exact name that hit.
    pub(super) name: &'c str,
    pub(super) origin: Origin,
    pub(super) provenance: Provenance,
    /// Which of the documents: 0 is the login.
    pub(super) view: usize,
    /// The subject, when the NameID hit.
    pub(super) subject: Option<&'c Subject<'c>>,
    /// The values came as a JSON list, even where it is a list of one.
    pub(super) list: bool,
}

impl<'c> Hit<'c> {
    pub(super) const fn nothing(state: Raw<'c>) -> Self {
        Self {
            state,
            name: "",
            origin: Origin::Mapping,
            provenance: Provenance::Config,
            view: 0,
            subject: None,
            list: false,
        }
    }
}

/// The documents that a mapping reads: the login first, then what stands beside it.
pub(super) struct Views<'c> {
    pub(super) claims: &'c [Claims<'c>],
    pub(super) userinfo: UserInfo,
    /// The claim that is `sub` in access tokens of this provider, if that is another one.
    pub(super) access_token_subject: Option<&'c str>,
}

impl<'c> Views<'c> {
    pub(super) fn login(&self) -> Option<&'c Claims<'c>> {
        self.claims.first()
    }

    /// Looks the names up in order; per name in the login, then beside it. The first that is there counts.
    pub(super) fn find(&self, names: &'c [Name], tried: &mut dyn FnMut(&Hit<'c>)) -> Hit<'c> {
        let mut weaker = Hit::nothing(State::Absent);
        for name in names {
            for (view, claims) in self.claims.iter().enumerate() {
                for candidate in name.candidates(claims.is_saml()) {
                    let mut hit = self.look_up(claims, &name.selector, candidate);
                    hit.view = view;
                    tried(&hit);
                    match hit.state {
                        State::Absent => {}
                        State::Empty | State::Unproven(Unproven::Unsigned) => {
                            if weaker.state != State::Unproven(Unproven::Unsigned) {
                                weaker = hit;
                            }
                        }
                        _ => return hit,
                    }
                }
            }
        }
        weaker
    }

    /// The same in the login alone: what identifies the user.
    pub(super) fn find_in_login(&self, name: &'c Name) -> Hit<'c> {
        let Some(claims) = self.login() else {
            return Hit::nothing(State::Absent);
        };
        let mut weaker = Hit::nothing(State::Absent);
        for candidate in name.candidates(claims.is_saml()) {
            let hit = self.look_up(claims, &name.selector, candidate);
            match hit.state {
                State::Absent => {}
                State::Empty => weaker = hit,
                _ => return hit,
            }
        }
        weaker
    }

    fn look_up(&self, claims: &'c Claims<'c>, selector: &Selector, name: &'c str) -> Hit<'c> {
        let mut hit = Hit {
            state: State::Absent,
            name,
            origin: claims.origin,
            provenance: claims.provenance,
            view: 0,
            subject: None,
            list: false,
        };
        hit.state = match selector {
            Selector::Issuer => text_state(&claims.issuer),
            Selector::NameId(formats) => match name_id(claims, *formats) {
                Some(subject) => {
                    hit.subject = Some(subject);
                    text_state(&subject.value)
                }
                None => State::Absent,
            },
            Selector::Claim => {
                let found = claim(claims, name);
                hit.list = found.list;
                found.state
            }
        };
        if name == "sub" && claims.origin == Origin::AccessToken && self.access_token_subject.is_some() {
            hit.state = State::Unproven(Unproven::LoginName);
        }
        let trusted = claims.provenance == Provenance::Signed
            || (claims.origin == Origin::UserInfo && self.userinfo == UserInfo::Fetched);
        if !trusted && hit.state != State::Absent {
            hit.state = State::Unproven(Unproven::Unsigned);
        }
        hit
    }
}

fn text_state(text: &str) -> Raw<'_> {
    if text.is_empty() { State::Empty } else { State::Present(vec![Cow::Borrowed(text)]) }
}

fn name_id<'c>(claims: &'c Claims<'c>, formats: Option<&[&str]>) -> Option<&'c Subject<'c>> {
    let subject = claims.subject.as_ref().filter(|_| claims.is_saml())?;
    let format = subject.format.as_deref().unwrap_or(UNSPECIFIED);
    let wanted = formats.map_or(format != TRANSIENT, |formats| formats.contains(&format));
    wanted.then_some(subject)
}

fn claim<'c>(claims: &'c Claims<'c>, name: &'c str) -> Values<'c> {
    let one = |state| Values { state, list: false };
    if let Some(overage) = overage_of(claims, name) {
        return one(State::Overage(overage));
    }
    let mut entries = claims.named(name);
    let first = entries.next();
    let nested =
        if claims.is_saml() || !path::is_path(name) { Reading::None } else { path::read(claims, name) };
    match (first, nested) {
        (None, Reading::None) => one(match (name, &claims.subject) {
            ("sub", Some(subject)) if !claims.is_saml() => text_state(&subject.value),
            ("iss", _) if !claims.is_saml() => text_state(&claims.issuer),
            _ => State::Absent,
        }),
        (None, Reading::One(values)) => values,
        (Some(_), Reading::One(_)) | (_, Reading::Several) => one(State::Unproven(Unproven::Ambiguous)),
        (Some(first), Reading::None) if claims.is_saml() => {
            let Some(second) = entries.next() else { return one(attribute_state(&[first])) };
            // Several attributes of one name have no order among them.
            let mut all: Vec<&'c Entry<'c>> = [first, second].into_iter().chain(entries).collect();
            all.sort_by_cached_key(|entry| attribute_texts(entry).unwrap_or_default());
            one(attribute_state(&all))
        }
        (Some(first), Reading::None) => match entries.next() {
            Some(_) => one(State::Unproven(Unproven::Ambiguous)),
            None => Values { state: token_state(&first.datum), list: matches!(first.datum, Datum::List(_)) },
        },
    }
}

pub(super) fn token_state<'c>(datum: &'c Datum<'c>) -> Raw<'c> {
    if matches!(datum, Datum::Nil) {
        return State::Absent;
    }
    collect(datum.items().len(), datum.items().iter())
}

fn attribute_state<'c>(entries: &[&'c Entry<'c>]) -> Raw<'c> {
    let count = entries.iter().map(|entry| entry.datum.items().len()).sum();
    collect(count, entries.iter().flat_map(|entry| entry.datum.items()))
}

fn collect<'c>(count: usize, data: impl Iterator<Item = &'c Datum<'c>>) -> Raw<'c> {
    let mut values = Vec::with_capacity(count);
    for datum in data {
        match scalar(datum) {
            Ok(Some(text)) => values.push(text),
            Ok(None) => {}
            Err(unproven) => return State::Unproven(unproven),
        }
    }
    if values.iter().all(|value| value.is_empty()) { State::Empty } else { State::Present(values) }
}

fn attribute_texts<'c>(entry: &'c Entry<'c>) -> Option<Vec<Cow<'c, str>>> {
    entry.datum.items().iter().map(|datum| scalar(datum).ok().map(Option::unwrap_or_default)).collect()
}

fn scalar<'c>(datum: &'c Datum<'c>) -> Result<Option<Cow<'c, str>>, Unproven> {
    Ok(Some(match datum {
        Datum::Nil => return Ok(None),
        Datum::Text(text) => Cow::Borrowed(&**text),
        Datum::Bool(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        // A fraction or exponent has several spellings of one value.
        Datum::Number(text) if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') => {
            Cow::Borrowed(&**text)
        }
        Datum::NameId(subject) => Cow::Owned(format!(
            "{}!{}!{}",
            subject.name_qualifier.as_deref().unwrap_or_default(),
            subject.sp_name_qualifier.as_deref().unwrap_or_default(),
            subject.value
        )),
        Datum::Number(_) | Datum::Xml | Datum::List(_) | Datum::Object(_) => return Err(Unproven::NotText),
    }))
}

/// The marker that says that the values of this claim are elsewhere. It wins over values that are there: the list is not whole.
fn overage_of(claims: &Claims<'_>, name: &str) -> Option<Overage> {
    if !claims.marked {
        return None;
    }
    let name = path::head(name);
    if claims.is_saml() {
        return if last_segment(name).eq_ignore_ascii_case("groups") { groups_marker(claims) } else { None };
    }
    let source = claims.named("_claim_names").find_map(|entry| match &entry.datum {
        Datum::Object(members) => members.iter().find(|(member, _)| member == name).map(|(_, source)| source),
        _ => None,
    });
    if let Some(source) = source {
        return Some(Overage { marker: "_claim_names", link: source_link(claims, source) });
    }
    if last_segment(name).eq_ignore_ascii_case("groups") { has_groups(claims) } else { None }
}

/// The marker for groups, whatever the claim is called here.
pub(super) fn groups_marker(claims: &Claims<'_>) -> Option<Overage> {
    if !claims.marked {
        return None;
    }
    if claims.is_saml() {
        let link = claims.named(GROUPS_LINK).next()?;
        let text = link.datum.items().iter().find_map(|datum| match datum {
            Datum::Text(text) => Some(Quoted::tenant(text)),
            _ => None,
        });
        return Some(Overage { marker: GROUPS_LINK, link: text });
    }
    overage_of(claims, "groups").or_else(|| has_groups(claims))
}

fn has_groups(claims: &Claims<'_>) -> Option<Overage> {
    let marked = claims.named("hasgroups").any(|entry| match &entry.datum {
        Datum::Bool(flag) => *flag,
        Datum::Text(text) => text.eq_ignore_ascii_case("true"),
        _ => false,
    });
    marked.then_some(Overage { marker: "hasgroups", link: None })
}

fn source_link(claims: &Claims<'_>, source: &Datum<'_>) -> Option<Quoted> {
    let Datum::Text(source) = source else { return None };
    let sources = claims.named("_claim_sources").next()?;
    let Datum::Object(members) = &sources.datum else { return None };
    let (_, found) = members.iter().find(|(name, _)| name == source)?;
    let Datum::Object(members) = found else { return None };
    members.iter().find_map(|(name, datum)| match datum {
        Datum::Text(text) if name == "endpoint" => Some(Quoted::tenant(text)),
        _ => None,
    })
}
