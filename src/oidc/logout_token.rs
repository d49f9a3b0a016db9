//! Logout tokens (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6).

use super::checks::{self, Presence};
use super::claims::{Claims, missing, wrong_type};
use super::explain::{self, Expectations};
use super::id_token::replay_key;
use super::policy::{Expected, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::diagnosis::Diagnosis;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Kind, Value};
use crate::limits::IDENTIFIER_BYTES;
use crate::replay::ReplayKey;
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// What the application expects of a logout token.
#[derive(Clone, Debug)]
pub struct Policy {
    client_id: Option<Box<str>>,
    leeway: Leeway,
}

impl Policy {
    /// Expects a token for this client. Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the client id is empty.
    pub fn new(client_id: &str) -> Result<Self, Failure> {
        Ok(Self { client_id: Some(not_empty("client id", client_id)?), leeway: Leeway::default() })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        Self { client_id: known.client_id.clone(), leeway: known.leeway }
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        let expected =
            Expected { client_id: policy.client_id.clone(), leeway: policy.leeway, ..Expected::default() };
        Self { expected, ..Self::new().with_provider(provider) }
    }
}

/// Whom to log out.
pub struct LogoutToken(Claims);

/// Decides about a logout token. Then keep its replay key: a token counts once (section 2.6, step 8).
///
/// # Errors
/// As [`crate::oidc::verify`].
pub fn verify(
    token: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<LogoutToken>, Error> {
    let rules = LogoutTokenRules { issuer: Some(&provider.issuer), policy };
    token::decide(token, &provider.keys, &rules, now.into())
}

/// Explains a logout token: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(token: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = LogoutTokenRules { issuer: known.issuer.as_ref(), policy: &policy };
    explain::diagnose(token, known, &rules, now)
}

pub(super) struct LogoutTokenRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) policy: &'p Policy,
}

impl Rules for LogoutTokenRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        // `logout+jwt` is recommended, not required (section 2.4): the events claim tells the kind.
        HeaderRules {
            typ: TypRule { accepted: &["logout+jwt", "jwt"], may_be_absent: true },
            key: HeaderKey::Forbidden,
        }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[
            Rule::NoNul,
            Rule::Kind,
            Rule::NoNonce,
            Rule::Iss,
            Rule::Aud,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
            Rule::LogoutSubject,
        ])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        walk.rule(Rule::Kind, is_a_logout(claims))?;
        walk.rule(Rule::NoNonce, has_no_nonce(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Rule::Iss, issuer, explain::ISSUER)?;
        let audience = self.policy.client_id.as_deref().map(|id| checks::audience_holds(claims, id));
        walk.rule_if(Rule::Aud, audience, explain::CLIENT_ID)?;
        walk.rule(Rule::Exp, checks::not_expired(claims, now, leeway))?;
        walk.rule(Rule::Nbf, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Required))?;
        walk.rule(Rule::LogoutSubject, names_somebody(claims))
    }
}

/// Section 2.4: `events` holds the logout event, an object.
fn is_a_logout(claims: &Claims) -> Result<(), Failure> {
    let events = checks::required_object(claims, "events")?;
    match events.get(LOGOUT_EVENT) {
        Some(event) if event.kind() == Kind::Object => Ok(()),
        Some(event) => Err(wrong_type("events", "object", event)),
        None => {
            let reason = Reason::Missing { what: LOGOUT_EVENT };
            Err(Failure::at(Check::TokenTypeMismatch, "/events", reason))
        }
    }
}

/// Section 2.4: a nonce is prohibited, so that no logout token is taken for an ID token.
fn has_no_nonce(claims: &Claims) -> Result<(), Failure> {
    match claims.get("nonce") {
        None => Ok(()),
        Some(nonce) => {
            let found = Quoted::replayable(nonce.as_str().unwrap_or_default());
            Err(Failure::at(Check::NonceUnexpected, "/nonce", Reason::Found { what: "nonce", found }))
        }
    }
}

/// Section 2.4: `jti`, and `sub` or `sid` or both.
fn names_somebody(claims: &Claims) -> Result<(), Failure> {
    checks::bounded("jti", claims.required_string("jti")?, crate::limits::DPOP_JTI_BYTES)?;
    let (subject, session) = (claims.string("sub")?, claims.string("sid")?);
    if let Some(subject) = subject {
        checks::bounded("sub", subject, IDENTIFIER_BYTES)?;
    }
    if subject.is_none() && session.is_none_or(str::is_empty) {
        return Err(missing("sub"));
    }
    Ok(())
}

impl From<Claims> for LogoutToken {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for LogoutToken {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl LogoutToken {
    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.text("iss").unwrap_or_default()
    }

    /// The subject whose sessions end; all of them when no session is named.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.0.text("sub")
    }

    /// The session that ends.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.text("sid")
    }

    /// Any claim that is there and not null.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name)
    }

    /// What to remember so that the token counts once.
    pub fn replay_key(&self) -> ReplayKey {
        replay_key("logout", &self.0)
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogoutToken")
    }
}

const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
