//! Introspection responses as signed tokens (RFC 9701), as a resource server sees them.

use super::checks::{self, Presence};
use super::claims::{Claims, missing, pointer, wrong_type};
use super::explain::{self, Expectations};
use super::policy::{Expected, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::diagnosis::Diagnosis;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Kind, Value};
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::{Duration, OffsetDateTime};

/// What the resource server expects of an introspection response.
#[derive(Clone, Debug)]
pub struct Policy {
    audience: Option<Box<str>>,
    leeway: Leeway,
    max_age: Duration,
}

impl Policy {
    /// Expects a response for this resource server, made at most 5 min ago. Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the audience is empty.
    pub fn new(audience: &str) -> Result<Self, Failure> {
        let audience = Some(not_empty("audience", audience)?);
        Ok(Self { audience, leeway: Leeway::default(), max_age: MAX_AGE })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// Another age that a response may have: the token may have been revoked since.
    #[must_use]
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        let max_age = known.max_response_age.unwrap_or(MAX_AGE);
        Self { audience: known.client_id.clone(), leeway: known.leeway, max_age }
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        let expected = Expected {
            client_id: policy.audience.clone(),
            leeway: policy.leeway,
            max_response_age: Some(policy.max_age),
            ..Expected::default()
        };
        Self { expected, ..Self::new().with_provider(provider) }
    }
}

/// How old a response may be unless policy says otherwise: the token may have been revoked since.
const MAX_AGE: Duration = Duration::minutes(5);

/// What the authorization server says about a token.
pub struct Introspection(Claims);

/// Decides about a response. That it is genuine does not mean that the token is active: see [`Introspection::active`].
///
/// # Errors
/// As [`crate::oidc::verify`].
pub fn verify(
    response: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<Introspection>, Error> {
    let rules = IntrospectionRules { issuer: Some(&provider.issuer), policy };
    token::decide(response, &provider.keys, &rules, now.into())
}

/// Explains a response: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(response: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = IntrospectionRules { issuer: known.issuer.as_ref(), policy: &policy };
    explain::diagnose(response, known, &rules, now)
}

pub(super) struct IntrospectionRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) policy: &'p Policy,
}

impl Rules for IntrospectionRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        let typ = TypRule { accepted: &["token-introspection+jwt"], may_be_absent: false };
        HeaderRules { typ, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[Rule::NoNul, Rule::Iss, Rule::Aud, Rule::Kind, Rule::Iat, Rule::IatAge, Rule::Active])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Rule::Iss, issuer, explain::ISSUER)?;
        let audience = self.policy.audience.as_deref().map(|id| checks::audience_holds(claims, id));
        walk.rule_if(Rule::Aud, audience, explain::CLIENT_ID)?;
        walk.rule(Rule::Kind, has_no_claim_of_a_token(claims))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Required))?;
        walk.rule(Rule::IatAge, checks::issued_recently(claims, now, leeway, self.policy.max_age))?;
        walk.rule(Rule::Active, says_whether_active(claims))
    }
}

/// RFC 9701 section 5: `sub` and `exp` stand inside `token_introspection`, so that the response is no token itself.
fn has_no_claim_of_a_token(claims: &Claims) -> Result<(), Failure> {
    for what in ["sub", "exp", "nonce", "events"] {
        if claims.get(what).is_some() {
            let reason = Reason::Found { what, found: Quoted::protocol("not an introspection response") };
            return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
        }
    }
    Ok(())
}

/// RFC 7662 section 2.2: `active` is there and a boolean.
fn says_whether_active(claims: &Claims) -> Result<(), Failure> {
    let members = checks::required_object(claims, "token_introspection")?;
    let active = members.get("active").ok_or_else(|| missing("active"))?;
    if active.kind() == Kind::Boolean { Ok(()) } else { Err(wrong_type("active", "boolean", active)) }
}

impl From<Claims> for Introspection {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for Introspection {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl Introspection {
    /// True when the token is active. Whatever else stands here counts only then.
    #[must_use]
    pub fn active(&self) -> bool {
        self.member("active").and_then(Value::as_bool) == Some(true)
    }

    /// A member of the introspection response, such as `sub` or `scope`.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<Value<'_>> {
        self.0.get("token_introspection")?.get(name).filter(|value| !value.is_null())
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Introspection")
    }
}
