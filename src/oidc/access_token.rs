//! Access tokens that are JWTs, as a resource server sees them: RFC 9068, and the shapes of products that differ ([`Profile`]).

use super::binding::{self, Proof};
use super::checks::{self, Presence};
use super::claims::{Claims, Strings, missing};
use super::explain::{self, Expectations};
use super::id_token::{Groups, Identity, groups, replay_key};
use super::policy::{Expected, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::quirks::facts_of_issuer;
use super::token::{self, Rules, Walk};
use crate::check::Check;
use crate::diagnosis::{Diagnosis, Fact, Finding};
use crate::error::{Class, Code, Error, Failure, Severity};
use crate::instant::{Instant, Leeway};
use crate::jose::{HeaderKey, HeaderRules};
use crate::json::{Members, Value};
use crate::replay::ReplayKey;
use crate::report::Report;
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

pub use super::profile::Profile;

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
            profile: Profile::rfc9068(),
            leeway: Leeway::default(),
            scopes: Vec::new(),
            proof: None,
        })
    }

    /// Expects the shape of a provider that does not follow RFC 9068.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
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

    /// What the profile has to do with a refusal.
    fn advice(&self, token: &str, diagnosis: &Diagnosis) -> Option<Fact> {
        let claims = token::unverified(token).ok()?;
        let note = |code, why: &str| Some(Fact::new(code, why).with_severity(Severity::Note));
        let is =
            |finding: &Finding, code, at: &str| finding.code() == code && finding.location().as_path() == at;
        if diagnosis.findings().iter().any(|finding| is(finding, Code::OI118, "/sub")) {
            return note(Code::OI118, self.profile.without_subject()?);
        }
        if !diagnosis.findings().iter().any(|finding| finding.code() == Code::OI113) {
            return None;
        }
        let fitting: Vec<_> =
            Profile::fitting(&claims).map(|profile| format!("`{}`", profile.name())).collect();
        let judged = self.profile.name();
        match fitting.as_slice() {
            [] => note(
                Code::OI113,
                &format!("judged by the profile `{judged}`; the token has the shape of no other"),
            ),
            names => {
                let names = names.join(", ");
                let why = format!(
                    "judged by the profile `{judged}`; the token has the shape of {names}: if that is the server, name its profile"
                );
                note(Code::OI113, &why)
            }
        }
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        Self {
            audience: known.client_id.clone(),
            profile: known.profile.clone(),
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
            profile: policy.profile.clone(),
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
    let rules = AccessTokenRules::new(Some(&provider.issuer), policy);
    token::decide(token, &provider.keys, &rules, now.into())
}

/// Explains an access token: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(token: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = AccessTokenRules::new(known.issuer.as_ref(), &policy);
    let diagnosis = explain::diagnose(token, known, &rules, now);
    match policy.advice(token, &diagnosis) {
        Some(fact) => diagnosis.with_fact(fact),
        None => diagnosis,
    }
}

/// The profile that a token looks like, for a tool that explains a token of a server it was not told about. An application
/// names the profile of its server. Whatever is suspected: what tells an access token from an ID token must be there.
#[must_use]
pub fn suspected_profile(token: &str, issuer: Option<&str>) -> Profile {
    let typ = token::peek(token).ok().and_then(|peeked| peeked.typ);
    if typ.is_some_and(|typ| typ.as_str().to_ascii_lowercase().ends_with("at+jwt")) {
        return Profile::rfc9068();
    }
    let of_issuer = issuer.and_then(facts_of_issuer).and_then(|facts| Profile::named(facts.name));
    let given_away = || Profile::given_away(&token::unverified(token).ok()?);
    of_issuer.or_else(given_away).unwrap_or_default()
}

pub(super) struct AccessTokenRules<'p> {
    issuer: Option<&'p Issuer>,
    policy: &'p Policy,
    typ: Vec<&'p str>,
}

impl Rules for AccessTokenRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        HeaderRules { typ: self.policy.profile.typ(&self.typ), key: HeaderKey::Forbidden }
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
        walk.rule(Rule::Kind, self.policy.profile.judge(claims))?;
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

impl<'p> AccessTokenRules<'p> {
    pub(super) fn new(issuer: Option<&'p Issuer>, policy: &'p Policy) -> Self {
        Self { issuer, policy, typ: policy.profile.own_typ().into_iter().collect() }
    }

    /// RFC 9068 section 4: `aud` holds this resource server. Other entries are other resource servers.
    fn audience(&self, claims: &Claims, wanted: &str) -> Result<(), Failure> {
        let (name, found) = if self.policy.profile.has_client_as_audience() && claims.get("aud").is_none() {
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

    /// RFC 9068 section 2.2.
    fn required_claims(&self, claims: &Claims) -> Result<(), Failure> {
        checks::subject_is_well_formed(claims)?;
        for name in self.policy.profile.required() {
            claims.required_string(name)?;
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
