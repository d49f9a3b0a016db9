//! The rules. This is the file to review: every rule that a token must pass, with its section, and the one walk over those
//! of an ID token ([`IdTokenRules::run`]). The other tokens walk the same rules in their own modules.
//!
//! A rule takes claims and expectations and returns what is wrong. It never decides what follows: the listener does.

use super::binding;
use super::claims::{Claims, Strings, missing, pointer, wrong_type};
use super::explain;
use super::policy::{Expected, HashRule, Nonce, Renewed};
use super::provider::Issuer;
use super::token::{Rules, Walk};
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::encoding::base64;
use crate::error::{Class, Failure, Quoted, Reason};
use crate::instant::{Instant, Leeway, has_begun, has_ended};
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Kind, NumericDate, Value};
use crate::limits::IDENTIFIER_BYTES;
use crate::report::{Report, Ruling};
use crate::rule::{Rule, RuleSet};
use time::Duration;

/// Rules of an ID token: OIDC Core 3.1.3.7, 3.2.2.11 and 3.3.2.12, with policies P9 to P15.
pub(super) struct IdTokenRules<'p> {
    pub(super) issuer: Option<&'p Issuer>,
    pub(super) expected: &'p Expected,
}

impl Rules for IdTokenRules<'_> {
    fn header(&self) -> HeaderRules<'_> {
        HeaderRules { typ: TypRule::JWT, key: HeaderKey::Forbidden }
    }

    /// What has to be judged before a token is accepted. The walk below and this list are written apart on purpose.
    fn plan(&self) -> RuleSet {
        let expected = self.expected;
        let renews = expected.renews.as_ref();
        let plan = RuleSet::of(&[
            Rule::NoNul,
            Rule::Iss,
            Rule::Aud,
            Rule::Azp,
            Rule::Kind,
            Rule::Sub,
            Rule::Exp,
            Rule::Nbf,
            Rule::Iat,
            Rule::NonceSent,
            Rule::AuthTime,
            Rule::AtHash,
            Rule::CHash,
            Rule::SHash,
            Rule::NoAccessToken,
        ]);
        binding::plan(plan, expected.proof.as_ref())
            .with_if(expected.issuer.is_some(), Rule::LoginIss)
            .with_if(renews.is_some(), Rule::RenewedNonce)
            .with_if(renews.is_some_and(|renewed| renewed.auth_time.is_some()), Rule::RenewedAuthTime)
            .with_if(expected.max_token_age.is_some(), Rule::IatAge)
            .with_if(expected.max_auth_age.is_some(), Rule::AuthAge)
            .with_if(!expected.acr.is_empty(), Rule::Acr)
            .with_if(!expected.amr.is_empty(), Rule::Amr)
            .with_if(expected.subject.is_some(), Rule::KnownSub)
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, expected) = (walk.claims, walk.now, self.expected);
        let leeway = expected.leeway;
        walk.rule(Rule::NoNul, no_nul(claims))?;
        walk.rule_if(Rule::Iss, self.issuer.map(|issuer| issuer_matches(claims, issuer)), explain::ISSUER)?;
        if let Some(issuer) = &expected.issuer {
            walk.rule(Rule::LoginIss, issuer_is(claims, issuer))?;
        }
        let client_id = expected.client_id.as_deref();
        walk.rule_if(
            Rule::Aud,
            client_id.map(|client_id| audience_is(claims, client_id, &expected.other_audiences)),
            explain::CLIENT_ID,
        )?;
        walk.rule_if(
            Rule::Azp,
            client_id.map(|client_id| azp_is(claims, client_id, expected)),
            explain::CLIENT_ID,
        )?;
        walk.rule(Rule::Kind, no_mark_of_another_kind(claims))?;
        walk.rule(Rule::Sub, subject_is_well_formed(claims))?;
        walk.rule(Rule::Exp, not_expired(claims, now, leeway))?;
        walk.rule(Rule::Nbf, has_become_valid(claims, now, leeway))?;
        walk.rule(Rule::Iat, issued_before_now(claims, now, leeway, Presence::Required))?;
        if let Some(age) = expected.max_token_age {
            walk.rule(Rule::IatAge, issued_recently(claims, now, leeway, age))?;
        }
        let nonce = expected.nonce.as_ref().map(|nonce| nonce_is(claims, nonce));
        walk.rule_if(Rule::NonceSent, nonce, explain::NONCE)?;
        walk.rule(Rule::AuthTime, auth_time_is_past(claims, now, leeway))?;
        if let Some(age) = expected.max_auth_age {
            walk.rule(Rule::AuthAge, authenticated_recently(claims, now, leeway, age))?;
        }
        if let Some(renewed) = &expected.renews {
            walk.rule(Rule::RenewedNonce, renewed_nonce_is(claims, renewed))?;
            if let Some(first) = renewed.auth_time {
                walk.rule(Rule::RenewedAuthTime, renewed_auth_time_is(claims, first))?;
            }
        }
        if !expected.acr.is_empty() {
            walk.rule(Rule::Acr, acr_is(claims, &expected.acr))?;
        }
        if !expected.amr.is_empty() {
            walk.rule(Rule::Amr, amr_holds(claims, &expected.amr))?;
        }
        walk.rule(Rule::AtHash, hash_matches(claims, "at_hash", expected.access_token.as_ref()))?;
        walk.rule(Rule::CHash, hash_matches(claims, "c_hash", expected.code.as_ref()))?;
        walk.rule(Rule::SHash, hash_matches(claims, "s_hash", expected.state.as_ref()))?;
        walk.rule(Rule::NoAccessToken, no_mark_of_an_access_token(claims))?;
        if let Some(subject) = expected.subject.as_deref() {
            walk.rule(Rule::KnownSub, subject_is(claims, subject))?;
        }
        binding::judge(walk, expected.proof.as_ref())
    }

    fn accepted_until(&self, claims: &Claims) -> Instant {
        let bounds = [("iat", self.expected.max_token_age), ("auth_time", self.expected.max_auth_age)];
        let ends = bounds.into_iter().filter_map(|(name, age)| Some(claims.instant(name)?.plus(age?)));
        ends.min().map_or(Instant::FAR_FUTURE, |end| end.plus(Leeway::MAX))
    }
}

/// Whether a claim must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
}

/// Policy P13: no string holds U+0000.
pub(super) fn no_nul(claims: &Claims) -> Result<(), Failure> {
    if claims.holds_nul() {
        let reason = Reason::Stated("a string with U+0000");
        return Err(Failure::at(Check::ClaimForbiddenChar, "", reason));
    }
    Ok(())
}

/// OIDC Core 3.1.3.7 step 2: `iss` is the issuer, octet by octet. A template is bound to `tid`. And the signing key is for this
/// issuer, where its set says for whom it is.
pub(super) fn issuer_matches(claims: &Claims, issuer: &Issuer) -> Result<(), Failure> {
    let (found, tenant) = (claims.required_string("iss")?, claims.text("tid"));
    if !issuer.is(found, tenant) {
        return Err(mismatch(Check::IssuerMismatch, "iss", Class::Tenant, &[&issuer.shown()], &[found]));
    }
    let of_key = claims.key_issuers();
    if of_key.is_empty() || of_key.iter().any(|of_key| issuer.takes_key_of(of_key, found, tenant)) {
        return Ok(());
    }
    let expected = of_key.iter().map(|of_key| Quoted::tenant(of_key)).collect();
    let reason =
        Reason::Mismatch { what: "issuer of the signing key", expected, found: vec![Quoted::tenant(found)] };
    Err(Failure::at(Check::IssuerMismatch, "/iss", reason))
}

/// RFC 9207 section 2.4, OIDC Core 3.3.3.6 and 12.2: one login has one issuer, whatever else the provider may be called.
pub(super) fn issuer_is(claims: &Claims, of_login: &str) -> Result<(), Failure> {
    let found = claims.required_string("iss")?;
    if found == of_login {
        return Ok(());
    }
    Err(mismatch(Check::IssuerMismatch, "iss", Class::Tenant, &[of_login], &[found]))
}

/// OIDC Core 3.1.3.7 step 3, policy P14: `aud` holds the client; every other entry is listed.
pub(super) fn audience_is(claims: &Claims, client_id: &str, others: &[Box<str>]) -> Result<(), Failure> {
    let audiences = claims.strings("aud")?.ok_or_else(|| missing("aud"))?;
    let named = audiences.clone().any(|audience| audience == client_id);
    // Strangers without azp are refused for that: AzpMissing says more than a list of strangers.
    if named && (claims.get("azp").is_none() || all_are_named(audiences.clone(), client_id, others)) {
        return Ok(());
    }
    let found: Vec<_> = audiences.take(8).collect();
    Err(mismatch(Check::AudienceMismatch, "aud", Class::Tenant, &[client_id], &found))
}

/// The client, and otherwise audiences that the policy names.
fn all_are_named(mut audiences: Strings<'_>, client_id: &str, others: &[Box<str>]) -> bool {
    audiences.all(|audience| audience == client_id || others.iter().any(|other| **other == *audience))
}

/// RFC 7519 section 4.1.3: `aud` holds this party. For tokens that may well be meant for several.
pub(super) fn audience_holds(claims: &Claims, wanted: &str) -> Result<(), Failure> {
    let audiences = claims.strings("aud")?.ok_or_else(|| missing("aud"))?;
    if audiences.clone().any(|audience| audience == wanted) {
        return Ok(());
    }
    let found: Vec<_> = audiences.take(8).collect();
    Err(mismatch(Check::AudienceMismatch, "aud", Class::Tenant, &[wanted], &found))
}

/// OIDC Core 3.1.3.7 steps 4 and 5 (errata set 2), policy P14: `azp`, if there, is this client or a named party. It is there when
/// one of several audiences is not one that the policy names.
fn azp_is(claims: &Claims, client_id: &str, expected: &Expected) -> Result<Ruling, Failure> {
    let Some(azp) = claims.string("azp")? else {
        let audiences = claims.strings("aud")?.ok_or_else(|| missing("aud"))?;
        if audiences.clone().count() < 2 || all_are_named(audiences, client_id, &expected.other_audiences) {
            return Ok(Ruling::NotApplicable("the token has no azp"));
        }
        return Err(Failure::at(Check::AzpMissing, "/azp", Reason::Missing { what: "azp" }));
    };
    if azp == client_id || expected.other_parties.iter().any(|other| **other == *azp) {
        return Ok(Ruling::Held);
    }
    Err(mismatch(Check::AzpMismatch, "azp", Class::Tenant, &[client_id], &[azp]))
}

/// OIDC back-channel logout 2.4, RFC 8417; Cognito's `token_use`; Keycloak's `typ` claim: claims that only other kinds have.
fn no_mark_of_another_kind(claims: &Claims) -> Result<(), Failure> {
    let marked = |what, found: &str| {
        let reason = Reason::Found { what, found: Quoted::protocol(found) };
        Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)))
    };
    if claims.get("events").is_some() {
        return marked("events", "security event");
    }
    if let Some(found) = claims.string("token_use")?.filter(|token_use| *token_use != "id") {
        return marked("token_use", found);
    }
    match typ_of_another_kind(claims)? {
        Some(found) => marked("typ", found),
        None => Ok(()),
    }
}

/// Keycloak's `typ` claim, where it names another kind than `ID`. `ClaimType`: it names nothing.
pub(super) fn typ_of_another_kind(claims: &Claims) -> Result<Option<&str>, Failure> {
    let is_another = |found: &&str| NOT_ID.iter().any(|kind| found.eq_ignore_ascii_case(kind));
    Ok(claims.string("typ")?.filter(is_another))
}

/// RFC 8725 section 3.12: without a nonce or a hash, which only ID tokens have, what RFC 9068 section 2.2 gives to access
/// tokens (`scope`, `client_id`; at some providers `scp`, `cid` ...) tells one that has no `typ`.
fn no_mark_of_an_access_token(claims: &Claims) -> Result<(), Failure> {
    if ["nonce", "at_hash", "c_hash"].iter().any(|name| claims.get(name).is_some()) {
        return Ok(());
    }
    for what in ["scope", "scp", "client_id"].into_iter().chain(ONLY_IN_ACCESS_TOKENS) {
        if claims.get(what).is_some() {
            let reason = Reason::Found { what, found: Quoted::protocol("access token") };
            return Err(Failure::new(Check::TokenTypeMismatch, reason, pointer(what)));
        }
    }
    Ok(())
}

/// OIDC Core 2: `sub` is there, not empty, at most 255 characters.
pub(super) fn subject_is_well_formed(claims: &Claims) -> Result<(), Failure> {
    bounded("sub", claims.required_string("sub")?, IDENTIFIER_BYTES)
}

/// A string of 1 to `most` octets.
pub(super) fn bounded(name: &'static str, value: &str, most: usize) -> Result<(), Failure> {
    if value.is_empty() {
        return Err(Failure::new(Check::ClaimRange, Reason::Stated("the value is empty"), pointer(name)));
    }
    if value.len() > most {
        let reason = Reason::Limit { limit: most, unit: "bytes", found: Some(value.len()) };
        return Err(Failure::new(Check::ClaimRange, reason, pointer(name)));
    }
    Ok(())
}

/// OIDC Core 3.1.3.7 step 9, RFC 7519 section 4.1.4: `exp` is there, a date, and not reached.
pub(super) fn not_expired(claims: &Claims, now: Instant, leeway: Leeway) -> Result<(), Failure> {
    let exp = claims.date("exp")?.ok_or_else(|| missing("exp"))?;
    let NumericDate::At(exp) = exp else { return Err(out_of_range("exp")) };
    if has_ended(now, exp, leeway) {
        let reason = Reason::Expired { what: "exp", now, not_on_or_after: exp, leeway };
        return Err(Failure::at(Check::Expired, "/exp", reason));
    }
    Ok(())
}

/// RFC 7519 section 4.1.5: `nbf`, if there, is reached. A date before 1970 is no date that an issuer writes.
pub(super) fn has_become_valid(claims: &Claims, now: Instant, leeway: Leeway) -> Result<Ruling, Failure> {
    let not_before = match claims.date("nbf")? {
        None => return Ok(Ruling::NotApplicable("the token has no nbf")),
        Some(date) => not_ancient("nbf", date)?,
    };
    if not_before.is_none_or(|not_before| !has_begun(now, not_before, leeway)) {
        let not_before = not_before.unwrap_or(Instant::from_unix(i64::MAX, 0));
        return Err(Failure::at(
            Check::NotYetValid,
            "/nbf",
            Reason::NotYetValid { what: "nbf", now, not_before, leeway },
        ));
    }
    Ok(Ruling::Held)
}

/// OIDC Core 2 and 3.1.3.7 step 10: `iat` is there, a date, and not ahead.
pub(super) fn issued_before_now(
    claims: &Claims,
    now: Instant,
    leeway: Leeway,
    presence: Presence,
) -> Result<Ruling, Failure> {
    let Some(date) = claims.date("iat")? else {
        return match presence {
            Presence::Required => Err(missing("iat")),
            Presence::Optional => Ok(Ruling::NotApplicable("the token has no iat")),
        };
    };
    let issued = not_ancient("iat", date)?;
    if issued.is_none_or(|issued| !has_begun(now, issued, leeway)) {
        let not_before = issued.unwrap_or(Instant::from_unix(i64::MAX, 0));
        return Err(Failure::at(
            Check::IssuedInFuture,
            "/iat",
            Reason::NotYetValid { what: "iat", now, not_before, leeway },
        ));
    }
    Ok(Ruling::Held)
}

/// OIDC Core 3.1.3.7 step 10: issued recently enough for the policy.
pub(super) fn issued_recently(
    claims: &Claims,
    now: Instant,
    leeway: Leeway,
    max_age: Duration,
) -> Result<(), Failure> {
    let date = claims.date("iat")?.ok_or_else(|| missing("iat"))?;
    let Some(since) = not_ancient("iat", date)? else { return Err(out_of_range("iat")) };
    if has_ended(now, since.plus(max_age), leeway) {
        return Err(Failure::at(
            Check::TooOld,
            "/iat",
            Reason::TooOld { what: "iat", now, since, max_age, leeway },
        ));
    }
    Ok(())
}

/// OIDC Core 3.1.3.7 step 11, policy P15.
pub(super) fn nonce_is(claims: &Claims, nonce: &Nonce) -> Result<Ruling, Failure> {
    let found = claims.string("nonce")?;
    match (nonce, found) {
        (Nonce::Expected(expected), Some(found)) => {
            if constant_time_eq(expected.as_bytes(), found.as_bytes()) {
                return Ok(Ruling::Held);
            }
            Err(mismatch(Check::NonceMismatch, "nonce", Class::Replayable, &[expected], &[found]))
        }
        (Nonce::Expected(_), None) => {
            Err(Failure::at(Check::NonceMissing, "/nonce", Reason::Missing { what: "nonce" }))
        }
        (Nonce::NotUsed, Some(found)) => {
            let reason = Reason::Found { what: "nonce", found: Quoted::replayable(found) };
            Err(Failure::at(Check::NonceUnexpected, "/nonce", reason))
        }
        (Nonce::NotUsed, None) => Ok(Ruling::Held),
        (Nonce::Ignored, _) => Ok(Ruling::NotApplicable("the nonce is ignored")),
    }
}

/// OIDC Core 12.2: a refreshed token has no nonce, or that of the login.
fn renewed_nonce_is(claims: &Claims, renewed: &Renewed) -> Result<Ruling, Failure> {
    let Some(found) = claims.string("nonce")? else {
        return Ok(Ruling::NotApplicable("the token has no nonce"));
    };
    let first = renewed.nonce.as_deref();
    if first.is_some_and(|first| constant_time_eq(first.as_bytes(), found.as_bytes())) {
        return Ok(Ruling::Held);
    }
    let first: Vec<_> = first.into_iter().collect();
    Err(mismatch(Check::NonceMismatch, "nonce", Class::Replayable, &first, &[found]))
}

/// OIDC Core 2: `auth_time`, if there, is a date and not ahead.
fn auth_time_is_past(claims: &Claims, now: Instant, leeway: Leeway) -> Result<Ruling, Failure> {
    let Some(date) = claims.date("auth_time")? else {
        return Ok(Ruling::NotApplicable("the token has no auth_time"));
    };
    let auth_time = not_ancient("auth_time", date)?;
    if auth_time.is_some_and(|auth_time| has_begun(now, auth_time, leeway)) {
        return Ok(Ruling::Held);
    }
    let not_before = auth_time.unwrap_or(Instant::from_unix(i64::MAX, 0));
    let reason = Reason::NotYetValid { what: "auth_time", now, not_before, leeway };
    Err(Failure::at(Check::AuthTimeInvalid, "/auth_time", reason))
}

/// OIDC Core 12.2: in a refreshed token, `auth_time` is not before that of the login.
fn renewed_auth_time_is(claims: &Claims, first: Instant) -> Result<Ruling, Failure> {
    let Some(auth_time) = claims.instant("auth_time") else {
        return Ok(Ruling::NotApplicable("the token has no auth_time"));
    };
    if auth_time >= first {
        return Ok(Ruling::Held);
    }
    let reason = Reason::Inverted { what: "auth_time", not_before: first, not_on_or_after: auth_time };
    Err(Failure::at(Check::AuthTimeInvalid, "/auth_time", reason))
}

/// OIDC Core 3.1.3.7 step 13: when max_age was asked for, `auth_time` is there and recent.
fn authenticated_recently(
    claims: &Claims,
    now: Instant,
    leeway: Leeway,
    max_age: Duration,
) -> Result<(), Failure> {
    let Some(date) = claims.date("auth_time")? else {
        let reason = Reason::Missing { what: "auth_time" };
        return Err(Failure::at(Check::AuthTimeMissing, "/auth_time", reason));
    };
    let Some(since) = not_ancient("auth_time", date)? else { return Err(out_of_range("auth_time")) };
    if has_ended(now, since.plus(max_age), leeway) {
        let reason = Reason::TooOld { what: "auth_time", now, since, max_age, leeway };
        return Err(Failure::at(Check::AuthTooOld, "/auth_time", reason));
    }
    Ok(())
}

/// OIDC Core 3.1.3.7 step 12 and 5.5.1.1: `acr` is one of the acceptable.
fn acr_is(claims: &Claims, acceptable: &[Box<str>]) -> Result<(), Failure> {
    let found = claims.string("acr")?;
    if found.is_some_and(|found| acceptable.iter().any(|acr| **acr == *found)) {
        return Ok(());
    }
    let expected: Vec<_> = acceptable.iter().map(|acr| &**acr).collect();
    let found: Vec<_> = found.into_iter().collect();
    Err(mismatch(Check::AcrMismatch, "acr", Class::Protocol, &expected, &found))
}

/// RFC 8176: `amr` holds each wanted method.
fn amr_holds(claims: &Claims, wanted: &[Box<str>]) -> Result<(), Failure> {
    let found: Vec<_> = claims.strings("amr")?.into_iter().flatten().collect();
    if wanted.iter().all(|method| found.contains(&&**method)) {
        return Ok(());
    }
    let expected: Vec<_> = wanted.iter().map(|method| &**method).collect();
    Err(mismatch(Check::AmrMismatch, "amr", Class::Protocol, &expected, &found))
}

/// OIDC Core 5.3.2 and 12.2: `sub` is the expected subject.
pub(super) fn subject_is(claims: &Claims, subject: &str) -> Result<(), Failure> {
    is_subject(claims.get("sub"), Some(subject))
}

/// What stands as `sub` is there, text, and the expected subject.
pub(super) fn is_subject(found: Option<Value<'_>>, expected: Option<&str>) -> Result<(), Failure> {
    let text = found.and_then(Value::as_str);
    if text.is_some() && text == expected {
        return Ok(());
    }
    let kind =
        |value: Value<'_>| value.as_str().map_or(Quoted::protocol(value.kind().as_str()), Quoted::person);
    let (expected, found) = (expected.map(Quoted::person).into_iter(), found.map(kind).into_iter());
    let reason = Reason::Mismatch { what: "sub", expected: expected.collect(), found: found.collect() };
    Err(Failure::at(Check::SubMismatch, "/sub", reason))
}

/// OIDC Core 3.1.3.8, 3.2.2.9, 3.3.2.10 and FAPI 1.0 part 2, 5.1.1: at_hash, c_hash, s_hash.
fn hash_matches(
    claims: &Claims,
    name: &'static str,
    bound: Option<&(Box<str>, HashRule)>,
) -> Result<Ruling, Failure> {
    let found = claims.string(name)?;
    let Some((value, rule)) = bound else {
        return Ok(Ruling::NotApplicable("there is nothing to compare the hash with"));
    };
    let found = match (found, rule) {
        (Some(found), _) => found,
        (None, HashRule::IfPresent) => return Ok(Ruling::NotApplicable("the token has no such hash")),
        (None, HashRule::Required) => {
            return Err(Failure::new(Check::HashMissing, Reason::Missing { what: name }, pointer(name)));
        }
    };
    let hash = claims.signer().map(|signer| half_hash(signer.digest(), value));
    if hash.as_ref().is_some_and(|hash| constant_time_eq(hash.as_bytes(), found.as_bytes())) {
        return Ok(Ruling::Held);
    }
    let expected: Vec<_> = hash.iter().map(String::as_str).collect();
    Err(mismatch(Check::HashMismatch, name, Class::Replayable, &expected, &[found]))
}

/// The left half of the digest, base64url (OIDC Core 3.1.3.6). The digest is that of the signature algorithm.
pub(super) fn half_hash(digest: crate::crypto::DigestAlgorithm, value: &str) -> String {
    let digest = digest.digest(value.as_bytes());
    let octets = digest.as_ref();
    base64::encode_url(octets.get(..octets.len() >> 1).unwrap_or_default())
}

/// Okta: `cid`. Entra: how the client authenticated, and whether a user is there at all; a token of a client alone has no
/// `scp`. Auth0: the grant type.
pub(super) const ONLY_IN_ACCESS_TOKENS: [&str; 5] = ["cid", "appidacr", "azpacr", "idtyp", "gty"];

/// Values of Keycloak's `typ` claim that are not `ID`.
const NOT_ID: [&str; 5] = ["Bearer", "Refresh", "Offline", "Logout", "DPoP"];

/// `None`: so far ahead that it is no date. `ClaimRange`: before 1970.
fn not_ancient(name: &'static str, date: NumericDate) -> Result<Option<Instant>, Failure> {
    match date {
        NumericDate::At(instant) if instant.unix_seconds() >= 0 => Ok(Some(instant)),
        NumericDate::OutOfRange { negative: false } => Ok(None),
        NumericDate::At(_) | NumericDate::OutOfRange { .. } => Err(out_of_range(name)),
    }
}

pub(super) fn out_of_range(name: &'static str) -> Failure {
    Failure::new(Check::ClaimRange, Reason::Stated("a number that is no date"), pointer(name))
}

/// Expected against found, in a class of sensitivity.
pub(super) fn mismatch(
    check: Check,
    what: &'static str,
    class: Class,
    expected: &[&str],
    found: &[&str],
) -> Failure {
    let quoted = |values: &[&str]| values.iter().map(|value| Quoted::new(value, class)).collect();
    let reason = Reason::Mismatch { what, expected: quoted(expected), found: quoted(found) };
    Failure::new(check, reason, pointer(what))
}

/// A claim as an object. `ClaimMissing`, `ClaimType`.
pub(super) fn required_object<'a>(claims: &'a Claims, name: &'static str) -> Result<Value<'a>, Failure> {
    let value = claims.get(name).ok_or_else(|| missing(name))?;
    if value.kind() == Kind::Object { Ok(value) } else { Err(wrong_type(name, "object", value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_not_told_as_too_long() {
        let reason = |value: &str| bounded("sub", value, 3).err().map(|failure| failure.reason);
        assert_eq!(reason(""), Some(Reason::Stated("the value is empty")));
        assert_eq!(reason("abcd"), Some(Reason::Limit { limit: 3, unit: "bytes", found: Some(4) }));
        assert_eq!(reason("abc"), None);
    }
}
