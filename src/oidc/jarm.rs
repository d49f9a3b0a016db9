//! Authorization responses as signed tokens (JARM, section 2).

use super::checks::{self, Presence};
use super::claims::{Claims, pointer};
use super::explain::{self, Expectations};
use super::policy::{Expected, HashRule, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::diagnosis::Diagnosis;
use crate::error::{Class, Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::Value;
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// What the application expects of a response.
#[derive(Clone)]
pub struct Policy {
    client_id: Option<Box<str>>,
    state: Option<Box<str>>,
    leeway: Leeway,
}

impl Policy {
    /// Expects a response for this client to the request with this state. Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: one of them is empty.
    pub fn new(client_id: &str, state: &str) -> Result<Self, Failure> {
        let client_id = Some(not_empty("client id", client_id)?);
        Ok(Self { client_id, state: Some(not_empty("state", state)?), leeway: Leeway::default() })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        let state = known.state.as_ref().map(|(state, _)| state.clone());
        Self { client_id: known.client_id.clone(), state, leeway: known.leeway }
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        let expected = Expected {
            client_id: policy.client_id.clone(),
            state: policy.state.clone().map(|state| (state, HashRule::IfPresent)),
            leeway: policy.leeway,
            ..Expected::default()
        };
        Self { expected, ..Self::new().with_provider(provider) }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({:?})", self.leeway)
    }
}

/// The parameters of an authorization response.
pub struct AuthorizationResponse(Claims);

/// Decides about a response.
///
/// # Errors
/// As [`crate::oidc::verify`]; `StateMismatch`: it answers another request.
pub fn verify(
    response: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<AuthorizationResponse>, Error> {
    let rules = ResponseRules { issuer: Some(&provider.issuer), policy };
    token::decide(response, &provider.keys, &rules, now.into())
}

/// Explains a response: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(response: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = ResponseRules { issuer: known.issuer.as_ref(), policy: &policy };
    explain::diagnose(response, known, &rules, now)
}

pub(super) struct ResponseRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) policy: &'p Policy,
}

impl Rules for ResponseRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        HeaderRules { typ: TypRule::JWT, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[
            Rule::NoNul,
            Rule::Iss,
            Rule::Aud,
            Rule::Kind,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
            Rule::StateSent,
        ])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Rule::Iss, issuer, explain::ISSUER)?;
        let audience = self.policy.client_id.as_deref().map(|id| checks::audience_holds(claims, id));
        walk.rule_if(Rule::Aud, audience, explain::CLIENT_ID)?;
        walk.rule(Rule::Kind, is_a_response(claims))?;
        walk.rule(Rule::Exp, checks::not_expired(claims, now, leeway))?;
        walk.rule(Rule::Nbf, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Optional))?;
        let state = self.policy.state.as_deref().map(|state| state_is(claims, state));
        walk.rule_if(Rule::StateSent, state, explain::STATE)
    }
}

/// RFC 8725 section 3.12: a response has a code, a token or an error; other tokens have a subject.
fn is_a_response(claims: &Claims) -> Result<(), Failure> {
    for what in ["sub", "nonce", "at_hash", "events", "token_introspection"] {
        if claims.get(what).is_some() {
            let reason = Reason::Found { what, found: Quoted::protocol("not an authorization response") };
            return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
        }
    }
    let carried = ["code", "error", "id_token", "access_token"];
    for name in carried {
        claims.string(name)?;
    }
    if carried.iter().any(|name| claims.get(name).is_some()) {
        return Ok(());
    }
    Err(Failure::at(Check::TokenTypeMismatch, "/code", Reason::Missing { what: "code" }))
}

/// RFC 6749 section 10.12.
fn state_is(claims: &Claims, state: &str) -> Result<(), Failure> {
    let found = claims.string("state")?;
    if found.is_some_and(|found| constant_time_eq(found.as_bytes(), state.as_bytes())) {
        return Ok(());
    }
    let found: Vec<_> = found.into_iter().collect();
    Err(checks::mismatch(Check::StateMismatch, "state", Class::Replayable, &[state], &found))
}

impl From<Claims> for AuthorizationResponse {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for AuthorizationResponse {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl AuthorizationResponse {
    /// The code, to be exchanged for tokens.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.text("code")
    }

    /// The error that the provider reports instead.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.0.text("error")
    }

    /// Any parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name)
    }
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuthorizationResponse")
    }
}
