//! What the application expects of a token. Everything required is an argument of `new`; what is not wanted is a named
//! variant, never an absent argument.

use super::binding::Proof;
use super::profile::Profile;
use crate::check::Check;
use crate::error::{Failure, Reason};
use crate::instant::Leeway;
use core::fmt;
use time::Duration;

/// The nonce of the authentication request (OIDC Core 3.1.2.1).
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Nonce {
    /// This value was sent; the token must carry it.
    Expected(String),
    /// None was sent; a token that carries one is refused (policy P15).
    NotUsed,
    /// Whatever the token carries is ignored: replay of a token for another login is not noticed.
    Ignored,
}

/// Whether a token must be bound to a value that came beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HashRule {
    /// If the token carries the hash, it must match. Right for a token from the token endpoint (OIDC Core 3.1.3.6).
    IfPresent,
    /// The token must carry the hash, and it must match. Right for a token from the front channel (OIDC Core 3.2.2.9).
    Required,
}

/// What the application expects of an ID token.
///
/// Defaults of [`Policy::new`]: leeway 60 s; one audience; `azp` is this client if it is there; no limit on the age of the token
/// or of the authentication; no hash, acr or amr wanted; a token bound by `cnf` is refused without its proof.
#[derive(Clone)]
pub struct Policy(pub(super) Expected);

/// As a policy, where each part may be unknown: for explaining only.
#[derive(Clone, Default)]
pub(super) struct Expected {
    pub(super) client_id: Option<Box<str>>,
    pub(super) nonce: Option<Nonce>,
    pub(super) leeway: Leeway,
    pub(super) other_audiences: Vec<Box<str>>,
    pub(super) other_parties: Vec<Box<str>>,
    pub(super) max_token_age: Option<Duration>,
    pub(super) max_auth_age: Option<Duration>,
    pub(super) acr: Vec<Box<str>>,
    pub(super) amr: Vec<Box<str>>,
    pub(super) access_token: Option<(Box<str>, HashRule)>,
    pub(super) code: Option<(Box<str>, HashRule)>,
    pub(super) state: Option<(Box<str>, HashRule)>,
    pub(super) subject: Option<Box<str>>,
    /// The one issuer of this login, where something named it before.
    pub(super) issuer: Option<Box<str>>,
    pub(super) renews: Option<Renewed>,
    pub(super) proof: Option<Proof>,
    pub(super) scopes: Vec<Box<str>>,
    pub(super) profile: Profile,
    pub(super) max_response_age: Option<Duration>,
}

/// What a refreshed ID token has to agree with (OIDC Core 12.2).
#[derive(Clone)]
pub(super) struct Renewed {
    pub(super) nonce: Option<Box<str>>,
    pub(super) auth_time: Option<crate::instant::Instant>,
}

impl Policy {
    /// Expects a token for this client, in answer to a request with this nonce.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the client id or the expected nonce is empty. Two empty values would be equal.
    pub fn new(client_id: &str, nonce: Nonce) -> Result<Self, Failure> {
        nonce.judge()?;
        Ok(Self(Expected {
            client_id: Some(not_empty("client id", client_id)?),
            nonce: Some(nonce),
            ..Expected::default()
        }))
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.0.leeway = leeway;
        self
    }

    /// Another audience that may stand beside this client (OIDC Core 3.1.3.7, step 3).
    #[must_use]
    pub fn with_other_audience(mut self, audience: &str) -> Self {
        self.0.other_audiences.push(audience.into());
        self
    }

    /// Another client that may be the authorized party, such as the mobile app of the same vendor.
    #[must_use]
    pub fn with_other_party(mut self, client_id: &str) -> Self {
        self.0.other_parties.push(client_id.into());
        self
    }

    /// Refuses tokens that were issued longer ago (OIDC Core 3.1.3.7, step 10).
    #[must_use]
    pub const fn with_max_token_age(mut self, age: Duration) -> Self {
        self.0.max_token_age = Some(age);
        self
    }

    /// `max_age` was requested: refuses tokens without `auth_time` or with one that is longer ago (step 13).
    #[must_use]
    pub const fn with_max_auth_age(mut self, age: Duration) -> Self {
        self.0.max_auth_age = Some(age);
        self
    }

    /// `acr` must be one of the values so named (step 12). Call once per acceptable value.
    #[must_use]
    pub fn with_acr(mut self, acr: &str) -> Self {
        self.0.acr.push(acr.into());
        self
    }

    /// `amr` must hold this method, and each other that is so named (RFC 8176).
    #[must_use]
    pub fn with_amr(mut self, method: &str) -> Self {
        self.0.amr.push(method.into());
        self
    }

    /// The access token that came with the ID token, for `at_hash` (OIDC Core 3.1.3.8 and 3.2.2.9).
    #[must_use]
    pub fn with_access_token(mut self, access_token: &str, rule: HashRule) -> Self {
        self.0.access_token = Some((access_token.into(), rule));
        self
    }

    /// The code that came with the ID token, for `c_hash` (OIDC Core 3.3.2.10).
    #[must_use]
    pub fn with_code(mut self, code: &str, rule: HashRule) -> Self {
        self.0.code = Some((code.into(), rule));
        self
    }

    /// The state of the request, for `s_hash` (FAPI 1.0 part 2, section 5.1.1).
    #[must_use]
    pub fn with_state(mut self, state: &str, rule: HashRule) -> Self {
        self.0.state = Some((state.into(), rule));
        self
    }

    /// The subject that must have logged in, where it is known before.
    #[must_use]
    pub fn with_subject(mut self, subject: &str) -> Self {
        self.0.subject = Some(subject.into());
        self
    }

    /// The issuer that this login has named already: in the `iss` parameter of its response (RFC 9207), in a JARM response or in
    /// its first ID token (OIDC Core 3.3.3.6). A provider with tenants or aliases trusts several issuers; a login has one.
    #[must_use]
    pub fn with_login_issuer(mut self, issuer: &str) -> Self {
        self.0.issuer = Some(issuer.into());
        self
    }

    /// The key that the presenter of the token has proven to hold, for a token bound by `cnf`.
    #[must_use]
    pub fn with_proof(mut self, proof: Proof) -> Self {
        self.0.proof = Some(proof);
        self
    }

    /// Expects a token from a refresh: same issuer, same subject, same nonce if any, no earlier authentication than in the
    /// token of the login (OIDC Core 12.2).
    #[must_use]
    pub fn for_refresh_of(mut self, login: &super::IdToken) -> Self {
        self = self.with_login_issuer(login.issuer()).with_subject(login.subject());
        self.0.nonce = Some(Nonce::Ignored);
        self.0.renews = Some(Renewed { nonce: login.nonce().map(Into::into), auth_time: login.auth_time() });
        self
    }
}

impl Nonce {
    fn judge(&self) -> Result<(), Failure> {
        match self {
            Self::Expected(nonce) => not_empty("nonce", nonce).map(|_| ()),
            Self::NotUsed | Self::Ignored => Ok(()),
        }
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expected(nonce) => write!(f, "Expected({} bytes)", nonce.len()),
            Self::NotUsed => f.write_str("NotUsed"),
            Self::Ignored => f.write_str("Ignored"),
        }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({:?}, {:?})", self.0.nonce, self.0.leeway)
    }
}

/// A configured value that must say something.
pub(super) fn not_empty(what: &'static str, value: &str) -> Result<Box<str>, Failure> {
    if value.trim().is_empty() {
        return Err(Failure::at(Check::ConfigurationInvalid, "", Reason::Missing { what }));
    }
    Ok(value.into())
}
