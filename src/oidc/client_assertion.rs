//! Client assertions (RFC 7523 section 3, OIDC Core 9), as the authorization server sees them.

use super::checks::{self, Presence};
use super::claims::{Claims, missing, pointer};
use super::explain::{self, Expectations};
use super::id_token::replay_key;
use super::policy::not_empty;
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::diagnosis::Diagnosis;
use crate::error::{Class, Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::limits::DPOP_JTI_BYTES;
use crate::replay::ReplayKey;
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// What the authorization server expects of an assertion.
#[derive(Clone, Debug)]
pub struct Policy {
    server: Box<str>,
    leeway: Leeway,
}

impl Policy {
    /// Expects an assertion for the server with this issuer identifier. It must be the one audience, as a string: other
    /// forms have let assertions for one server pass at another (CVE-2025-27370). Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the issuer is empty.
    pub fn new(server_issuer: &str) -> Result<Self, Failure> {
        Ok(Self { server: not_empty("issuer", server_issuer)?, leeway: Leeway::default() })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }
}

/// A client that proved to be itself.
pub struct ClientAssertion(Claims);

/// Decides about an assertion. `client` is a provider whose issuer is the client id and whose keys are those the client
/// registered. Then keep the replay key: an assertion counts once.
///
/// # Errors
/// As [`crate::oidc::verify`].
pub fn verify(
    assertion: &str,
    client: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<ClientAssertion>, Error> {
    let rules = AssertionRules { client: &client.issuer, policy };
    token::decide(assertion, &client.keys, &rules, now.into())
}

/// Explains an assertion: the rules of [`verify`], all of them. The verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(assertion: &str, client: &TrustedProvider, policy: &Policy, now: OffsetDateTime) -> Diagnosis {
    let rules = AssertionRules { client: &client.issuer, policy };
    explain::diagnose(assertion, &Expectations::new().with_provider(client), &rules, now)
}

pub(super) struct AssertionRules<'p> {
    pub(super) client: &'p Issuer,
    pub(super) policy: &'p Policy,
}

impl Rules for AssertionRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        let typ = TypRule { accepted: &["jwt", "client-authentication+jwt"], may_be_absent: true };
        HeaderRules { typ, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[
            Rule::NoNul,
            Rule::Iss,
            Rule::ClientIsSubject,
            Rule::Aud,
            Rule::Kind,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
            Rule::ClientJti,
        ])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        walk.rule(Rule::Iss, checks::issuer_matches(claims, self.client))?;
        walk.rule(Rule::ClientIsSubject, subject_is_issuer(claims))?;
        walk.rule(Rule::Aud, self.audience(claims))?;
        walk.rule(Rule::Kind, has_no_mark_of_another_kind(claims))?;
        walk.rule(Rule::Exp, checks::not_expired(claims, now, leeway))?;
        walk.rule(Rule::Nbf, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Optional))?;
        walk.rule(Rule::ClientJti, has_jti(claims))
    }
}

impl AssertionRules<'_> {
    fn audience(&self, claims: &Claims) -> Result<(), Failure> {
        let audiences = claims.strings("aud")?.ok_or_else(|| missing("aud"))?;
        let wanted = &*self.policy.server;
        if claims.text("aud") == Some(wanted) {
            return Ok(());
        }
        let found: Vec<_> = audiences.take(8).collect();
        Err(checks::mismatch(Check::AudienceMismatch, "aud", Class::Tenant, &[wanted], &found))
    }
}

/// RFC 7523 section 3: `iss` and `sub` are both the client id.
fn subject_is_issuer(claims: &Claims) -> Result<(), Failure> {
    let (issuer, subject) = (claims.required_string("iss")?, claims.required_string("sub")?);
    if issuer == subject {
        return Ok(());
    }
    Err(checks::mismatch(Check::SubMismatch, "sub", Class::Tenant, &[issuer], &[subject]))
}

fn has_no_mark_of_another_kind(claims: &Claims) -> Result<(), Failure> {
    for what in ["nonce", "at_hash", "events", "scope", "token_introspection"] {
        if claims.get(what).is_some() {
            let reason = Reason::Found { what, found: Quoted::protocol("not a client assertion") };
            return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
        }
    }
    Ok(())
}

/// OIDC Core 9: `jti` is there, so that the assertion counts once.
fn has_jti(claims: &Claims) -> Result<(), Failure> {
    checks::bounded("jti", claims.required_string("jti")?, DPOP_JTI_BYTES)
}

impl From<Claims> for ClientAssertion {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for ClientAssertion {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl ClientAssertion {
    /// The client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// What to remember so that the assertion counts once.
    pub fn replay_key(&self) -> ReplayKey {
        replay_key("client", &self.0)
    }
}

impl fmt::Debug for ClientAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAssertion")
    }
}
