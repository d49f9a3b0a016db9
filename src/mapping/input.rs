//! What a mapping is applied to: the login and, optionally, what stands beside it.

use super::claims::{ClaimSource, Claims};
use std::borrow::Cow;

/// The login, and optionally UserInfo, an access token, lists that the caller resolved, and the scopes of the issuer.
///
/// Order does not matter. Everything beside the login must be about the same subject, or the login is refused.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    pub(super) claims: Vec<Claims<'a>>,
    pub(super) resolved: Vec<Resolved<'a>>,
    pub(super) scopes: Vec<Cow<'a, str>>,
    pub(super) hints: Hints,
}

impl<'a> Input<'a> {
    /// A validated login: an assertion, an ID token, or the access token of a call.
    #[must_use]
    pub fn new(login: &'a impl ClaimSource) -> Self {
        Self::of(login.claims())
    }

    pub(super) fn of(login: Claims<'a>) -> Self {
        Self { claims: vec![login], resolved: Vec::new(), scopes: Vec::new(), hints: Hints::default() }
    }

    /// A validated UserInfo response or access token of the same login. Looked at after the login, name by name.
    #[must_use]
    pub fn with(self, source: &'a impl ClaimSource) -> Self {
        self.with_claims(source.claims())
    }

    pub(super) fn with_claims(mut self, claims: Claims<'a>) -> Self {
        self.claims.push(claims);
        self
    }

    /// A list that the caller resolved. Read only by fields with `on_overage = "host"` or `on_absent = "host"`, and
    /// only when the login lacks it.
    #[must_use]
    pub fn with_resolved(mut self, list: Resolved<'a>) -> Self {
        self.resolved.push(list);
        self
    }

    /// The scopes that the issuer is registered for (`shibmd:Scope` of its metadata), beside those of the mapping.
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Cow::Borrowed));
        self
    }

    /// What the caller knows about claims that did not come. Read by [`explain`](super::Mapping::explain) alone.
    #[must_use]
    pub fn with_hints(mut self, hints: Hints) -> Self {
        self.hints = hints;
        self
    }
}

impl<'a, S: ClaimSource> From<&'a S> for Input<'a> {
    fn from(login: &'a S) -> Self {
        Self::new(login)
    }
}

impl<'a> From<&Input<'a>> for Input<'a> {
    fn from(input: &Input<'a>) -> Self {
        input.clone()
    }
}

/// A list that the caller resolved, with where it comes from and whose it is.
#[derive(Clone)]
pub struct Resolved<'a> {
    pub(super) claim: Cow<'a, str>,
    pub(super) owner: (Cow<'a, str>, Cow<'a, str>),
    pub(super) source: Cow<'a, str>,
    pub(super) values: Vec<Cow<'a, str>>,
}

impl<'a> Resolved<'a> {
    /// The values of `claim` for the user whose login has this `owner` claim with this value, as told by `source`.
    ///
    /// The login is refused when its own claim says somebody else: a list never reaches the wrong user. It is refused as
    /// well when the claim is no identifier: an address or a name that can change hands, or one that all users share.
    ///
    /// ```
    /// use bonafide::mapping::Resolved;
    /// let list = Resolved::new("groups", ("oid", "0f1e…"), "graph transitiveMemberOf", ["g1", "g2"]);
    /// ```
    #[must_use]
    pub fn new(
        claim: &'a str,
        owner: (&'a str, &'a str),
        source: &'a str,
        values: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        Self {
            claim: Cow::Borrowed(claim),
            owner: (Cow::Borrowed(owner.0), Cow::Borrowed(owner.1)),
            source: Cow::Borrowed(source),
            values: values.into_iter().map(Cow::Borrowed).collect(),
        }
    }
}

impl core::fmt::Debug for Resolved<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Resolved({}, {} values)", self.claim, self.values.len())
    }
}

/// What the caller knows about claims that did not come. For diagnosis only: nothing here decides.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    pub(super) encrypted: bool,
    pub(super) unsigned: Vec<String>,
    pub(super) scopes: Option<Vec<String>>,
}

impl Hints {
    /// Nothing is known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The message holds an encrypted part that could not be read.
    #[must_use]
    pub const fn with_encrypted_part(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// Names of attributes in an assertion that is not signed.
    #[must_use]
    pub fn with_unsigned_names<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        self.unsigned.extend(names.into_iter().map(str::to_owned));
        self
    }

    /// The scopes of the authorization request.
    #[must_use]
    pub fn with_requested_scopes<'n>(mut self, scopes: impl IntoIterator<Item = &'n str>) -> Self {
        self.scopes = Some(scopes.into_iter().map(str::to_owned).collect());
        self
    }
}
