//! Access tokens that are JWTs, as a resource server sees them: RFC 9068, and named profiles of providers that came before it.

use super::binding::{self, Proof};
use super::checks::{self, Presence};
use super::claims::{Claims, Strings, missing, pointer};
use super::explain::{self, Expectations};
use super::id_token::{Groups, Identity, groups, replay_key};
use super::policy::{Expected, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::diagnosis::Diagnosis;
use crate::error::{Class, Error, Failure, Quoted, Reason};
use crate::instant::{Instant, Leeway};
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Members, Value};
use crate::replay::ReplayKey;
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// Which shape access tokens of the provider have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// RFC 9068: `typ` is `at+jwt`. The default.
    #[default]
    Rfc9068,
    /// Amazon Cognito: no `aud`; `client_id` is compared instead, `token_use` is `access`.
    Cognito,
    /// Microsoft Entra: `typ` is `JWT`; `scp`, `azp` or `appid` tell it from an ID token.
    Entra,
    /// Okta: `cid` and `scp` tell it from an ID token.
    Okta,
    /// Keycloak: the `typ` claim is `Bearer`.
    Keycloak,
    /// Auth0 without the RFC 9068 setting: `azp` tells it from an ID token.
    Auth0,
}

/// What the resource server expects of an access token.
#[derive(Clone)]
pub struct Policy {
    audience: Option<Box<str>>,
    profile: Profile,
    leeway: Leeway,
    scopes: Vec<Box<str>>,
    proof: Option<Proof>,
}

impl Policy {
    /// Expects a token for this resource server, of the shape of RFC 9068. Leeway 60 s; a token bound by `cnf` is refused
    /// without its proof.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the audience is empty.
    pub fn new(audience: &str) -> Result<Self, Failure> {
        Ok(Self {
            audience: Some(not_empty("audience", audience)?),
            profile: Profile::Rfc9068,
            leeway: Leeway::default(),
            scopes: Vec::new(),
            proof: None,
        })
    }

    /// Expects the shape of a provider that does not follow RFC 9068.
    #[must_use]
    pub const fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// The token must have this scope, and each other that is so named.
    #[must_use]
    pub fn with_scope(mut self, scope: &str) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// The keys that the presenter has proven to hold: then the token must be bound to them.
    #[must_use]
    pub fn with_proof(mut self, proof: Proof) -> Self {
        self.proof = Some(proof);
        self
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        Self {
            audience: known.client_id.clone(),
            profile: known.profile,
            leeway: known.leeway,
            scopes: known.scopes.clone(),
            proof: known.proof.clone(),
        }
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        let expected = Expected {
            client_id: policy.audience.clone(),
            profile: policy.profile,
            leeway: policy.leeway,
            scopes: policy.scopes.clone(),
            proof: policy.proof.clone(),
            ..Expected::default()
        };
        Self { expected, ..Self::new().with_provider(provider) }
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy({:?}, {:?})", self.profile, self.leeway)
    }
}

/// The claims of an access token.
pub struct AccessToken(Claims);

/// Decides about an access token.
///
/// # Errors
/// As [`crate::oidc::verify`].
pub fn verify(
    token: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<AccessToken>, Error> {
    let rules = AccessTokenRules { issuer: Some(&provider.issuer), policy };
    token::decide(token, &provider.keys, &rules, now.into())
}

/// Explains an access token: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(token: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = AccessTokenRules { issuer: known.issuer.as_ref(), policy: &policy };
    explain::diagnose(token, known, &rules, now)
}

pub(super) struct AccessTokenRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) policy: &'p Policy,
}

impl Rules for AccessTokenRules<'_> {
    fn header(&self) -> HeaderRules {
        let typ = match self.policy.profile {
            Profile::Rfc9068 => TypRule { accepted: &["at+jwt"], may_be_absent: false },
            Profile::Auth0 | Profile::Okta => TypRule { accepted: &["jwt", "at+jwt"], may_be_absent: true },
            Profile::Cognito | Profile::Entra | Profile::Keycloak => TypRule::JWT,
        };
        HeaderRules { typ, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> RuleSet {
        let plan = RuleSet::of(&[
            Rule::NoNul,
            Rule::Iss,
            Rule::Aud,
            Rule::Kind,
            Rule::AccessClaims,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
        ]);
        binding::plan(plan, self.policy.proof.as_ref()).with_if(!self.policy.scopes.is_empty(), Rule::Scopes)
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Rule::Iss, issuer, explain::ISSUER)?;
        let audience = self.policy.audience.as_deref().map(|wanted| self.audience(claims, wanted));
        walk.rule_if(Rule::Aud, audience, explain::CLIENT_ID)?;
        walk.rule(Rule::Kind, self.is_an_access_token(claims))?;
        walk.rule(Rule::AccessClaims, self.required_claims(claims))?;
        walk.rule(Rule::Exp, checks::not_expired(claims, now, leeway))?;
        walk.rule(Rule::Nbf, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Required))?;
        if !self.policy.scopes.is_empty() {
            walk.rule(Rule::Scopes, self.scopes(claims))?;
        }
        binding::judge(walk, self.policy.proof.as_ref())
    }
}

impl AccessTokenRules<'_> {
    /// RFC 9068 section 4: `aud` holds this resource server. Other entries are other resource servers.
    fn audience(&self, claims: &Claims, wanted: &str) -> Result<(), Failure> {
        let (name, found) = if self.policy.profile == Profile::Cognito && claims.get("aud").is_none() {
            ("client_id", vec![claims.required_string("client_id")?])
        } else {
            ("aud", claims.strings("aud")?.ok_or_else(|| missing("aud"))?.collect())
        };
        if found.contains(&wanted) {
            return Ok(());
        }
        let shown: Vec<_> = found.iter().take(8).copied().collect();
        Err(checks::mismatch(Check::AudienceMismatch, name, Class::Tenant, &[wanted], &shown))
    }

    /// RFC 8725 section 3.12: what an access token of this profile has and an ID token has not, and the reverse.
    fn is_an_access_token(&self, claims: &Claims) -> Result<(), Failure> {
        for what in ["nonce", "at_hash", "c_hash", "events"] {
            if claims.get(what).is_some() {
                let reason = Reason::Found { what, found: Quoted::protocol("not an access token") };
                return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
            }
        }
        let expected = match self.policy.profile {
            Profile::Rfc9068 => return Ok(()),
            Profile::Cognito => ("token_use", claims.string("token_use")? == Some("access")),
            Profile::Entra => ("scp", ["scp", "azp", "appid"].iter().any(|name| claims.get(name).is_some())),
            Profile::Okta => ("cid", claims.get("cid").is_some() && claims.get("scp").is_some()),
            Profile::Keycloak => {
                ("typ", claims.text("typ").is_some_and(|typ| matches!(typ, "Bearer" | "DPoP")))
            }
            Profile::Auth0 => ("azp", claims.get("azp").is_some()),
        };
        match expected {
            (_, true) => Ok(()),
            (what, false) => {
                Err(Failure::new(Check::TokenTypeMismatch, Reason::Missing { what }, pointer(what)))
            }
        }
    }

    /// RFC 9068 section 2.2.
    fn required_claims(&self, claims: &Claims) -> Result<(), Failure> {
        checks::subject_is_well_formed(claims)?;
        if self.policy.profile == Profile::Rfc9068 {
            claims.required_string("client_id")?;
            claims.required_string("jti")?;
        }
        for name in ["client_id", "jti", "scope", "acr"] {
            claims.string(name)?;
        }
        Ok(())
    }

    fn scopes(&self, claims: &Claims) -> Result<(), Failure> {
        let found: Vec<_> = scopes(claims).collect();
        if self.policy.scopes.iter().all(|scope| found.contains(&&**scope)) {
            return Ok(());
        }
        let wanted: Vec<_> = self.policy.scopes.iter().map(|scope| &**scope).collect();
        Err(checks::mismatch(Check::ScopeMissing, "scope", Class::Tenant, &wanted, &found))
    }
}

impl From<Claims> for AccessToken {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for AccessToken {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl AccessToken {
    /// Issuer and subject.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            issuer: self.0.text("iss").unwrap_or_default(),
            subject: self.0.text("sub").unwrap_or_default(),
        }
    }

    /// The client that the token was issued to.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        ["client_id", "cid", "azp", "appid"].iter().find_map(|name| self.0.text(name))
    }

    /// The audiences.
    #[must_use]
    pub fn audiences(&self) -> Strings<'_> {
        self.0.get("aud").map_or_else(Strings::none, Strings::of)
    }

    /// The scopes, from `scope` (space-separated) or `scp` (text or list).
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        scopes(&self.0)
    }

    /// When the token ends.
    #[must_use]
    pub fn expires(&self) -> Option<Instant> {
        self.0.instant("exp")
    }

    /// The groups in a claim; overage is told from none.
    #[must_use]
    pub fn groups(&self, claim: &str) -> Groups<'_> {
        groups(&self.0, claim)
    }

    /// Any claim that is there and not null.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name)
    }

    /// All claims in their order.
    #[must_use]
    pub fn claims(&self) -> Option<Members<'_>> {
        self.0.root().members()
    }

    /// Identifies the token, for one-time use where that is wanted.
    pub fn replay_key(&self) -> ReplayKey {
        replay_key("at", &self.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken")
    }
}

fn scopes(claims: &Claims) -> impl Iterator<Item = &str> {
    let listed = |name| claims.get(name).map_or_else(Strings::none, Strings::of);
    listed("scope").chain(listed("scp")).flat_map(|text| text.split(' ')).filter(|scope| !scope.is_empty())
}
