//! UserInfo responses (OIDC Core 5.3): signed ones as tokens, plain ones as what they are, unsigned.

use super::checks::{self, Presence};
use super::claims::{Claims, pointer};
use super::explain::{self, Expectations};
use super::id_token::{Email, EmailVerified, IdToken};
use super::policy::{Expected, not_empty};
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk, to_error};
use crate::check::Check;
use crate::diagnosis::Diagnosis;
use crate::error::{Code, Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Bounds, Document, Kind, Members, Value};
use crate::limits::TOKEN_BYTES;
use crate::report::{CollectAll, Observation, Provenance, Report, Ruling};
use crate::rule::{Rule, RuleSet};
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// What the application expects of a UserInfo response.
#[derive(Clone)]
pub struct Policy {
    client_id: Option<Box<str>>,
    subject: Option<Box<str>>,
    issuer: Option<Box<str>>,
    leeway: Leeway,
}

impl Policy {
    /// Expects claims about this subject, who was named by the ID token, for this client. Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: one of them is empty.
    pub fn new(client_id: &str, subject: &str) -> Result<Self, Failure> {
        let client_id = Some(not_empty("client id", client_id)?);
        let subject = Some(not_empty("subject", subject)?);
        Ok(Self { client_id, subject, issuer: None, leeway: Leeway::default() })
    }

    /// Expects claims about the user of this login, from its issuer: a provider with tenants or aliases trusts several, and
    /// a subject is somebody else in each. Plain JSON names no issuer.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the client id is empty.
    pub fn for_login(client_id: &str, login: &IdToken) -> Result<Self, Failure> {
        Ok(Self { issuer: Some(login.issuer().into()), ..Self::new(client_id, login.subject())? })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
    }

    /// What of it is known, for explaining.
    fn of(known: &Expected) -> Self {
        Self {
            client_id: known.client_id.clone(),
            subject: known.subject.clone(),
            issuer: known.issuer.clone(),
            leeway: known.leeway,
        }
    }
}

impl From<(&TrustedProvider, &Policy)> for Expectations {
    fn from((provider, policy): (&TrustedProvider, &Policy)) -> Self {
        let expected = Expected {
            client_id: policy.client_id.clone(),
            subject: policy.subject.clone(),
            issuer: policy.issuer.clone(),
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

/// Claims about the user who logged in, signed.
pub struct UserInfo(Claims);

/// Claims about the user who logged in, as plain JSON: as good as the connection that they came over, and no better.
pub struct PlainUserInfo(Document<String>);

/// Decides about a signed UserInfo response.
///
/// # Errors
/// As [`crate::oidc::verify`]; `SubMismatch`: it is about somebody else, or does not say about whom.
pub fn verify(
    token: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<UserInfo>, Error> {
    let rules = UserInfoRules { issuer: Some(&provider.issuer), policy };
    token::decide(token, &provider.keys, &rules, now.into())
}

/// Explains a signed UserInfo response: the rules of [`verify`], all of them, with whatever is known. Never a proof. With complete expectations
/// the verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(token: &str, known: &Expectations, now: OffsetDateTime) -> Diagnosis {
    let policy = Policy::of(&known.expected);
    let rules = UserInfoRules { issuer: known.issuer.as_ref(), policy: &policy };
    explain::diagnose(token, known, &rules, now)
}

/// Reads a plain UserInfo response and compares its subject (OIDC Core 5.3.2).
///
/// # Errors
/// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed`, `DuplicateMember`, `ClaimsNotObject`: not such a response.
/// `ClaimForbiddenChar`: policy P13. `SubMismatch`: about somebody else, or does not say about whom.
pub fn read_plain(json: &[u8], policy: &Policy) -> Result<PlainUserInfo, Error> {
    let read = || {
        let document = plain(json)?;
        is_about(&document, policy.subject.as_deref())?;
        Ok(PlainUserInfo(document))
    };
    read().map_err(to_error)
}

/// Explains a plain UserInfo response: [`read_plain`], with whatever is known. Nothing in it is signed, so it is never
/// accepted; what reading it refuses is denied.
#[must_use]
pub fn explain_plain(json: &[u8], known: &Expectations) -> Diagnosis {
    let mut report = CollectAll::default();
    match (plain(json), known.expected.subject.as_deref()) {
        (Err(failure), _) => report.observations.push(Observation::new(failure, Provenance::Unsigned)),
        // `CollectAll` never stops.
        (Ok(document), Some(subject)) => {
            let _ = report.rule(Rule::KnownSub, Provenance::Unsigned, is_about(&document, Some(subject)));
        }
        (Ok(_), None) => {
            let _ = report.skip(Rule::KnownSub, explain::SUBJECT);
        }
    }
    let draft = explain::draft(known).planned(RuleSet::default(), &[Check::SignatureInvalid]).walk(report);
    draft.missing(Code::OI103, "a signature: plain JSON is as good as the connection it came over").finish()
}

fn plain(json: &[u8]) -> Result<Document<String>, Failure> {
    if json.len() > TOKEN_BYTES {
        let reason = Reason::Limit { limit: TOKEN_BYTES, unit: "bytes", found: Some(json.len()) };
        return Err(Failure::at(Check::LimitInputSize, "", reason));
    }
    let text = core::str::from_utf8(json)
        .map_err(|_| Failure::at(Check::InvalidUtf8, "", Reason::Stated("octets that are not UTF-8")))?;
    let document = Document::parse(text.to_owned(), Bounds::TEXT)?;
    if document.root().kind() != Kind::Object {
        let reason = Reason::Stated("claims that are not a JSON object");
        return Err(Failure::at(Check::ClaimsNotObject, "", reason));
    }
    if document.holds_nul() {
        let reason = Reason::Stated("a string with U+0000");
        return Err(Failure::at(Check::ClaimForbiddenChar, "", reason));
    }
    Ok(document)
}

/// OIDC Core 5.3.2: `sub` is there and that of the ID token.
fn is_about(document: &Document<String>, subject: Option<&str>) -> Result<(), Failure> {
    checks::is_subject(document.root().get("sub").filter(|sub| !sub.is_null()), subject)
}

pub(super) struct UserInfoRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) policy: &'p Policy,
}

impl Rules for UserInfoRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        HeaderRules { typ: TypRule::JWT, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[
            Rule::NoNul,
            Rule::Iss,
            Rule::Aud,
            Rule::Kind,
            Rule::KnownSub,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
        ])
        .with_if(self.policy.issuer.is_some(), Rule::LoginIss)
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Rule::NoNul, checks::no_nul(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Rule::Iss, issuer, explain::ISSUER)?;
        if let Some(issuer) = &self.policy.issuer {
            walk.rule(Rule::LoginIss, checks::issuer_is(claims, issuer))?;
        }
        let audience = self.policy.client_id.as_deref().map(|id| checks::audience_holds(claims, id));
        walk.rule_if(Rule::Aud, audience, explain::CLIENT_ID)?;
        walk.rule(Rule::Kind, has_no_mark_of_another_kind(claims))?;
        let subject = self.policy.subject.as_deref().map(|subject| checks::subject_is(claims, subject));
        walk.rule_if(Rule::KnownSub, subject, explain::SUBJECT)?;
        // Times are optional in UserInfo; if there, they hold.
        let expired = match claims.get("exp") {
            Some(_) => checks::not_expired(claims, now, leeway).map(Ruling::from),
            None => Ok(Ruling::NotApplicable("the token has no exp")),
        };
        walk.rule(Rule::Exp, expired)?;
        walk.rule(Rule::Nbf, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, checks::issued_before_now(claims, now, leeway, Presence::Optional))
    }
}

/// RFC 8725 section 3.12: claims that ID tokens, access tokens and logout tokens have and UserInfo has not.
fn has_no_mark_of_another_kind(claims: &Claims) -> Result<(), Failure> {
    let marked = |what, found: &str| {
        let reason = Reason::Found { what, found: Quoted::protocol(found) };
        Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)))
    };
    let marks = [
        "nonce",
        "at_hash",
        "c_hash",
        "s_hash",
        "events",
        "scope",
        "scp",
        "token_introspection",
        "token_use",
    ];
    for what in marks.into_iter().chain(checks::ONLY_IN_ACCESS_TOKENS) {
        if claims.get(what).is_some() {
            return marked(what, "not UserInfo");
        }
    }
    let id = claims.string("typ")?.filter(|found| found.eq_ignore_ascii_case("ID"));
    match id.or(checks::typ_of_another_kind(claims)?) {
        Some(found) => marked("typ", found),
        None => Ok(()),
    }
}

impl From<Claims> for UserInfo {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for UserInfo {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

impl UserInfo {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// The e-mail address, with its verification and its issuer.
    #[must_use]
    pub fn email(&self) -> Option<Email<'_>> {
        Email::of(&self.0)
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
}

impl PlainUserInfo {
    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.claim("sub").and_then(Value::as_str).unwrap_or_default()
    }

    /// What the response says about its `email`.
    #[must_use]
    pub fn email_verified(&self) -> EmailVerified {
        EmailVerified::of(self.claim("email_verified"))
    }

    /// Any claim that is there and not null.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        self.0.root().get(name).filter(|value| !value.is_null())
    }

    /// All claims in their order.
    #[must_use]
    pub fn claims(&self) -> Option<Members<'_>> {
        self.0.root().members()
    }
}

impl fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserInfo")
    }
}

impl fmt::Debug for PlainUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainUserInfo")
    }
}
