//! What a mapping reads: one view of the claims of a login, whichever protocol it came by.

use crate::instant::Instant;
use crate::report::Provenance;
use core::fmt;
use std::borrow::Cow;

/// A validated login, or a validated source beside it, whose claims can be mapped.
///
/// Implemented for what this crate has validated, and for nothing else:
///
/// ```compile_fail
/// struct Mine;
/// impl bonafide::mapping::ClaimSource for Mine {}
/// ```
pub trait ClaimSource: sealed::Sealed {
    /// The claims in the form that mappings read.
    #[doc(hidden)]
    fn claims(&self) -> Claims<'_>;
}

pub(super) mod sealed {
    /// Nobody outside `mapping` can implement it.
    pub trait Sealed {}
}

/// Which document a value was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Origin {
    /// A SAML assertion.
    Assertion,
    /// An ID token.
    IdToken,
    /// A UserInfo response.
    UserInfo,
    /// A JWT access token.
    AccessToken,
    /// A list that the caller resolved and handed in.
    Host,
    /// The mapping itself: a constant or a default.
    Mapping,
}

impl Origin {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::IdToken => "id-token",
            Self::UserInfo => "userinfo",
            Self::AccessToken => "access-token",
            Self::Host => "host",
            Self::Mapping => "mapping",
        }
    }
}

/// The claims of one document. Made by this crate from validated content only.
#[derive(Clone)]
pub struct Claims<'a> {
    pub(super) origin: Origin,
    pub(super) provenance: Provenance,
    pub(super) issuer: Cow<'a, str>,
    pub(super) subject: Option<Subject<'a>>,
    pub(super) entries: Vec<Entry<'a>>,
    /// Some entry may say that values are elsewhere.
    pub(super) marked: bool,
    pub(super) contexts: Vec<Cow<'a, str>>,
    pub(super) authenticated_at: Option<Instant>,
}

/// NameID with its qualifiers, or `sub`.
#[derive(Clone, Default)]
pub(crate) struct Subject<'a> {
    pub(crate) value: Cow<'a, str>,
    pub(crate) format: Option<Cow<'a, str>>,
    pub(crate) name_qualifier: Option<Cow<'a, str>>,
    pub(crate) sp_name_qualifier: Option<Cow<'a, str>>,
}

/// One claim, or one attribute.
#[derive(Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) friendly: Option<Cow<'a, str>>,
    pub(crate) datum: Datum<'a>,
}

/// A value of any shape that a claim or an attribute can have.
#[derive(Clone)]
pub(crate) enum Datum<'a> {
    /// JSON null; an attribute value with `xsi:nil`.
    Nil,
    Bool(bool),
    /// The number as it was written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    NameId(Box<Subject<'a>>),
    /// XML elements inside an attribute value.
    Xml,
    List(Vec<Datum<'a>>),
    Object(Vec<(Cow<'a, str>, Datum<'a>)>),
}

impl<'a> Claims<'a> {
    /// Claims of one document, without any entry yet.
    pub(crate) fn new(origin: Origin, provenance: Provenance, issuer: impl Into<Cow<'a, str>>) -> Self {
        Self {
            origin,
            provenance,
            issuer: issuer.into(),
            subject: None,
            entries: Vec::new(),
            marked: false,
            contexts: Vec::new(),
            authenticated_at: None,
        }
    }

    /// The NameID, or `sub`.
    pub(crate) fn with_subject(mut self, subject: Subject<'a>) -> Self {
        self.subject = Some(subject);
        self
    }

    /// One SAML attribute with its values in document order. A name may come several times.
    pub(crate) fn with_attribute(
        mut self,
        name: impl Into<Cow<'a, str>>,
        friendly: Option<Cow<'a, str>>,
        values: Vec<Datum<'a>>,
    ) -> Self {
        let name = name.into();
        self.marked |= MARKERS.contains(&&*name);
        self.entries.push(Entry { name, friendly, datum: Datum::List(values) });
        self
    }

    /// One claim of a token.
    pub(crate) fn with_claim(mut self, name: impl Into<Cow<'a, str>>, datum: Datum<'a>) -> Self {
        let name = name.into();
        self.marked |= MARKERS.contains(&&*name);
        self.entries.push(Entry { name, friendly: None, datum });
        self
    }

    /// An AuthnContextClassRef.
    pub(crate) fn with_context(mut self, class_ref: impl Into<Cow<'a, str>>) -> Self {
        self.contexts.push(class_ref.into());
        self
    }

    /// `AuthnInstant` or `auth_time`.
    pub(crate) const fn with_authenticated_at(mut self, at: Option<Instant>) -> Self {
        self.authenticated_at = at;
        self
    }

    /// True for a SAML assertion.
    pub(super) const fn is_saml(&self) -> bool {
        matches!(self.origin, Origin::Assertion)
    }

    /// The entries with this exact name.
    pub(super) fn named<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c Entry<'a>> {
        self.entries.iter().filter(move |entry| entry.name == name)
    }

    /// The values of an entry that are texts or arrays of texts, for evidence and flags. Other shapes give nothing.
    pub(super) fn texts<'c>(&'c self, name: &'c str) -> impl Iterator<Item = &'c str> {
        self.named(name).flat_map(|entry| entry.datum.items()).filter_map(|datum| match datum {
            Datum::Text(text) | Datum::Number(text) => Some(&**text),
            _ => None,
        })
    }
}

impl<'a> Datum<'a> {
    /// The elements of a list, or the value itself.
    pub(super) fn items(&self) -> &[Datum<'a>] {
        match self {
            Self::List(items) => items,
            other => core::slice::from_ref(other),
        }
    }
}

impl<'a> From<&'a serde_json::Value> for Datum<'a> {
    fn from(value: &'a serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::Nil,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Number(number) => Self::Number(Cow::Owned(number.to_string())),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(members) => Self::Object(
                members.iter().map(|(name, value)| (Cow::Borrowed(&**name), Self::from(value))).collect(),
            ),
        }
    }
}

/// Microsoft: SAML assertions of users in more than 150 groups carry this attribute in place of the groups.
pub(super) const GROUPS_LINK: &str = "http://schemas.microsoft.com/claims/groups.link";
const MARKERS: &[&str] = &[GROUPS_LINK, "_claim_names", "hasgroups"];

impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claims({}, {} entries)", self.origin.as_str(), self.entries.len())
    }
}
