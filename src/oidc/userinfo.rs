//! UserInfo responses (OIDC Core 5.3): signed ones as tokens, plain ones as what they are, unsigned.

use super::checks::{self, Presence};
use super::claims::{Claims, pointer};
use super::explain::Explanation;
use super::policy::not_empty;
use super::provider::{Issuer, TrustedProvider};
use super::token::{self, Rules, Walk, to_error};
use crate::check::{Check, CheckSet};
use crate::error::{Class, Error, Failure, Quoted, Reason};
use crate::instant::Leeway;
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Bounds, Document, Kind, Members, Value};
use crate::limits::TOKEN_BYTES;
use crate::report::Report;
use crate::trust::Validated;
use core::fmt;
use time::OffsetDateTime;

/// What the application expects of a UserInfo response.
#[derive(Clone)]
pub struct Policy {
    client_id: Box<str>,
    subject: Option<Box<str>>,
    leeway: Leeway,
}

impl Policy {
    /// Expects claims about this subject, who was named by the ID token, for this client. Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: one of them is empty.
    pub fn new(client_id: &str, subject: &str) -> Result<Self, Failure> {
        let client_id = not_empty("client id", client_id)?;
        Ok(Self { client_id, subject: Some(not_empty("subject", subject)?), leeway: Leeway::default() })
    }

    /// Another leeway between the two clocks.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Leeway) -> Self {
        self.leeway = leeway;
        self
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

/// Explains a signed UserInfo response. Without provider or subject, what depends on them is skipped.
#[must_use]
pub fn explain(
    token: &str,
    provider: Option<&TrustedProvider>,
    client_id: &str,
    subject: Option<&str>,
    now: OffsetDateTime,
) -> Explanation {
    let policy =
        Policy { client_id: client_id.into(), subject: subject.map(Into::into), leeway: Leeway::default() };
    let rules = UserInfoRules { issuer: provider.map(|provider| &provider.issuer), policy: &policy };
    token::explain(token, provider.map(|provider| &provider.keys), &rules, now.into()).into()
}

/// Reads a plain UserInfo response and compares its subject (OIDC Core 5.3.2).
///
/// # Errors
/// `LimitInputSize`, `InvalidUtf8`, `JsonMalformed`, `DuplicateMember`, `ClaimsNotObject`: not such a response.
/// `ClaimForbiddenChar`: policy P13. `SubMismatch`: about somebody else, or does not say about whom.
pub fn read_plain(json: &[u8], policy: &Policy) -> Result<PlainUserInfo, Error> {
    let read = || {
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
        let found = document.root().get("sub").and_then(Value::as_str);
        if found.is_none() || found != policy.subject.as_deref() {
            let expected: Vec<_> = policy.subject.as_deref().into_iter().collect();
            let found: Vec<_> = found.into_iter().collect();
            return Err(checks::mismatch(Check::SubMismatch, "sub", Class::Person, &expected, &found));
        }
        Ok(PlainUserInfo(document))
    };
    read().map_err(to_error)
}

struct UserInfoRules<'p> {
    issuer: Option<&'p Issuer>,
    policy: &'p Policy,
}

impl Rules for UserInfoRules<'_> {
    fn header(&self) -> HeaderRules {
        HeaderRules { typ: TypRule::JWT, key: HeaderKey::Forbidden }
    }

    fn plan(&self) -> CheckSet {
        CheckSet::of(&[
            Check::ClaimForbiddenChar,
            Check::IssuerMismatch,
            Check::AudienceMismatch,
            Check::TokenTypeMismatch,
            Check::SubMismatch,
            Check::Expired,
            Check::NotYetValid,
            Check::IssuedInFuture,
        ])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, leeway) = (walk.claims, walk.now, self.policy.leeway);
        walk.rule(Check::ClaimForbiddenChar, checks::no_nul(claims))?;
        let issuer = self.issuer.map(|issuer| checks::issuer_matches(claims, issuer));
        walk.rule_if(Check::IssuerMismatch, issuer, "issuer")?;
        walk.rule(Check::AudienceMismatch, checks::audience_holds(claims, &self.policy.client_id))?;
        walk.rule(Check::TokenTypeMismatch, has_no_mark_of_another_kind(claims))?;
        let subject = self.policy.subject.as_deref().map(|subject| checks::subject_is(claims, subject));
        walk.rule_if(Check::SubMismatch, subject, "subject")?;
        // Times are optional in UserInfo; if there, they hold.
        let expired =
            if claims.get("exp").is_some() { checks::not_expired(claims, now, leeway) } else { Ok(()) };
        walk.rule(Check::Expired, expired)?;
        walk.rule(Check::NotYetValid, checks::has_become_valid(claims, now, leeway))?;
        walk.rule(Check::IssuedInFuture, checks::issued_before_now(claims, now, leeway, Presence::Optional))
    }
}

/// RFC 8725 section 3.12: claims that ID tokens, access tokens and logout tokens have and UserInfo has not.
fn has_no_mark_of_another_kind(claims: &Claims) -> Result<(), Failure> {
    for what in ["nonce", "at_hash", "c_hash", "s_hash", "events", "scope", "scp", "token_introspection"] {
        if claims.get(what).is_some() {
            let reason = Reason::Found { what, found: Quoted::protocol("not UserInfo") };
            return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
        }
    }
    Ok(())
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
