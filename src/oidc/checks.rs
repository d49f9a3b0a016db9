//! The rules. This is the file to review: every rule that a token must pass, with its section, and the one walk over those
//! of an ID token ([`IdTokenRules::run`]). The other tokens walk the same rules in their own modules.
//!
//! A rule takes claims and expectations and returns what is wrong. It never decides what follows: the listener does.

use super::binding;
use super::claims::{Claims, missing, pointer, wrong_type};
use super::explain;
use super::policy::{Expected, HashRule, Nonce};
use super::provider::Issuer;
use super::token::{Rules, Walk};
use crate::check::{Check, CheckSet};
use crate::crypto::constant_time_eq;
use crate::encoding::base64;
use crate::error::{Class, Failure, Quoted, Reason};
use crate::instant::{Instant, Leeway, has_begun, has_ended};
use crate::jose::{HeaderKey, HeaderRules, TypRule};
use crate::json::{Kind, NumericDate, Value};
use crate::limits::IDENTIFIER_BYTES;
use crate::report::Report;
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

    /// What has to run before a token is accepted. The walk below and this list are written apart on purpose.
    fn plan(&self) -> CheckSet {
        let expected = self.expected;
        let mut plan = CheckSet::of(&[
            Check::ClaimForbiddenChar,
            Check::IssuerMismatch,
            Check::AudienceMismatch,
            Check::AzpMismatch,
            Check::TokenTypeMismatch,
            Check::ClaimRange,
            Check::Expired,
            Check::NotYetValid,
            Check::IssuedInFuture,
            Check::NonceMismatch,
            Check::AuthTimeInvalid,
            Check::ClaimType,
            Check::HashMismatch,
            Check::BindingMissing,
        ]);
        let on_demand = [
            (expected.max_token_age.is_some(), Check::TooOld),
            (expected.max_auth_age.is_some(), Check::AuthTooOld),
            (!expected.acr.is_empty(), Check::AcrMismatch),
            (!expected.amr.is_empty(), Check::AmrMismatch),
            (expected.subject.is_some(), Check::SubMismatch),
        ];
        for (_, check) in on_demand.iter().filter(|(wanted, _)| *wanted) {
            plan = plan.with(*check);
        }
        plan
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now, expected) = (walk.claims, walk.now, self.expected);
        let leeway = expected.leeway;
        walk.rule(Check::ClaimForbiddenChar, no_nul(claims))?;
        walk.rule_if(
            Check::IssuerMismatch,
            self.issuer.map(|issuer| issuer_is(claims, issuer, expected)),
            explain::ISSUER,
        )?;
        let client_id = expected.client_id.as_deref();
        walk.rule_if(
            Check::AudienceMismatch,
            client_id.map(|client_id| audience_is(claims, client_id, &expected.other_audiences)),
            explain::CLIENT_ID,
        )?;
        walk.rule_if(
            Check::AzpMismatch,
            client_id.map(|client_id| azp_is(claims, client_id, &expected.other_parties)),
            explain::CLIENT_ID,
        )?;
        walk.rule(Check::TokenTypeMismatch, no_mark_of_another_kind(claims))?;
        walk.rule(Check::ClaimRange, subject_is_well_formed(claims))?;
        walk.rule(Check::Expired, not_expired(claims, now, leeway))?;
        walk.rule(Check::NotYetValid, has_become_valid(claims, now, leeway))?;
        walk.rule(Check::IssuedInFuture, issued_before_now(claims, now, leeway, Presence::Required))?;
        if let Some(age) = expected.max_token_age {
            walk.rule(Check::TooOld, issued_recently(claims, now, leeway, age))?;
        }
        walk.rule_if(Check::NonceMismatch, nonce_outcome(claims, expected), explain::NONCE)?;
        walk.rule(Check::AuthTimeInvalid, auth_time_is_past(claims, now, expected))?;
        if let Some(age) = expected.max_auth_age {
            walk.rule(Check::AuthTooOld, authenticated_recently(claims, now, leeway, age))?;
        }
        if !expected.acr.is_empty() {
            walk.rule(Check::AcrMismatch, acr_is(claims, &expected.acr))?;
        }
        if !expected.amr.is_empty() {
            walk.rule(Check::AmrMismatch, amr_holds(claims, &expected.amr))?;
        }
        walk.rule(Check::ClaimType, optional_claims_have_their_types(claims))?;
        walk.rule(Check::HashMismatch, hashes_match(claims, expected))?;
        walk.rule(Check::TokenTypeMismatch, no_mark_of_an_access_token(claims))?;
        if let Some(subject) = expected.subject.as_deref() {
            walk.rule(Check::SubMismatch, subject_is(claims, subject))?;
        }
        walk.rule(Check::BindingMissing, binding::judge(claims, expected.proof.as_ref()))
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

/// OIDC Core 3.1.3.7 step 2: `iss` is the issuer, octet by octet. A template is bound to `tid`.
pub(super) fn issuer_matches(claims: &Claims, issuer: &Issuer) -> Result<(), Failure> {
    let found = claims.required_string("iss")?;
    if issuer.is(found, claims.string("tid").ok().flatten()) {
        return Ok(());
    }
    Err(mismatch(Check::IssuerMismatch, "iss", Class::Tenant, &[&issuer.shown()], &[found]))
}

fn issuer_is(claims: &Claims, issuer: &Issuer, expected: &Expected) -> Result<(), Failure> {
    issuer_matches(claims, issuer)?;
    // OIDC Core 12.2: a refreshed token has the issuer of the first.
    if let Some(renewed) = &expected.renews {
        let found = claims.required_string("iss")?;
        if found != &*renewed.issuer {
            return Err(mismatch(Check::IssuerMismatch, "iss", Class::Tenant, &[&renewed.issuer], &[found]));
        }
    }
    Ok(())
}

/// OIDC Core 3.1.3.7 step 3, policy P14: `aud` holds the client; every other entry is listed.
pub(super) fn audience_is(claims: &Claims, client_id: &str, others: &[Box<str>]) -> Result<(), Failure> {
    let audiences = claims.strings("aud")?.ok_or_else(|| missing("aud"))?;
    let known = |audience: &str| audience == client_id || others.iter().any(|other| **other == *audience);
    let several = audiences.clone().count() > 1;
    let named = audiences.clone().any(|audience| audience == client_id);
    // Several audiences without azp are refused for that: AzpMissing says more than a list of strangers.
    if named && (audiences.clone().all(known) || (several && claims.get("azp").is_none())) {
        return Ok(());
    }
    let found: Vec<_> = audiences.take(8).collect();
    Err(mismatch(Check::AudienceMismatch, "aud", Class::Tenant, &[client_id], &found))
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

/// OIDC Core 3.1.3.7 steps 4 and 5, policy P14: `azp` is there when there are several audiences, and is this client.
fn azp_is(claims: &Claims, client_id: &str, others: &[Box<str>]) -> Result<(), Failure> {
    let Some(azp) = claims.string("azp")? else {
        if claims.strings("aud").ok().flatten().is_some_and(|audiences| audiences.count() > 1) {
            return Err(Failure::at(Check::AzpMissing, "/azp", Reason::Missing { what: "azp" }));
        }
        return Ok(());
    };
    if azp == client_id || others.iter().any(|other| **other == *azp) {
        return Ok(());
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
    match typ_of_another_kind(claims) {
        Some(found) => marked("typ", found),
        None => Ok(()),
    }
}

/// Keycloak's `typ` claim, where it names another kind than `ID`.
pub(super) fn typ_of_another_kind(claims: &Claims) -> Option<&str> {
    claims.text("typ").filter(|found| NOT_ID.iter().any(|kind| found.eq_ignore_ascii_case(kind)))
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
    if value.is_empty() || value.len() > most {
        let reason = Reason::Limit { limit: most, unit: "bytes, at least 1", found: Some(value.len()) };
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
pub(super) fn has_become_valid(claims: &Claims, now: Instant, leeway: Leeway) -> Result<(), Failure> {
    let not_before = match claims.date("nbf")? {
        None => return Ok(()),
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
    Ok(())
}

/// OIDC Core 2 and 3.1.3.7 step 10: `iat` is there, a date, and not ahead.
pub(super) fn issued_before_now(
    claims: &Claims,
    now: Instant,
    leeway: Leeway,
    presence: Presence,
) -> Result<(), Failure> {
    let Some(date) = claims.date("iat")? else {
        return if presence == Presence::Required { Err(missing("iat")) } else { Ok(()) };
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
    Ok(())
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
    if now > since.plus(max_age).plus(leeway.duration()) {
        return Err(Failure::at(
            Check::TooOld,
            "/iat",
            Reason::TooOld { what: "iat", now, since, max_age, leeway },
        ));
    }
    Ok(())
}

fn nonce_outcome(claims: &Claims, expected: &Expected) -> Option<Result<(), Failure>> {
    expected
        .nonce
        .as_ref()
        .map(|nonce| nonce_is(claims, nonce).and_then(|()| renewed_nonce_is(claims, expected)))
}

/// OIDC Core 3.1.3.7 step 11, policy P15.
pub(super) fn nonce_is(claims: &Claims, nonce: &Nonce) -> Result<(), Failure> {
    let found = claims.string("nonce")?;
    match (nonce, found) {
        (Nonce::Expected(expected), Some(found)) => {
            if constant_time_eq(expected.as_bytes(), found.as_bytes()) {
                return Ok(());
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
        (Nonce::NotUsed, None) | (Nonce::Ignored, _) => Ok(()),
    }
}

/// OIDC Core 12.2: a refreshed token has no nonce, or that of the login.
fn renewed_nonce_is(claims: &Claims, expected: &Expected) -> Result<(), Failure> {
    let (Some(renewed), Some(found)) = (&expected.renews, claims.string("nonce")?) else { return Ok(()) };
    let first = renewed.nonce.as_deref();
    if first.is_some_and(|first| constant_time_eq(first.as_bytes(), found.as_bytes())) {
        return Ok(());
    }
    let first: Vec<_> = first.into_iter().collect();
    Err(mismatch(Check::NonceMismatch, "nonce", Class::Replayable, &first, &[found]))
}

/// OIDC Core 2: `auth_time`, if there, is a date and not ahead; in a refreshed token not before that of the login (12.2).
fn auth_time_is_past(claims: &Claims, now: Instant, expected: &Expected) -> Result<(), Failure> {
    let leeway = expected.leeway;
    let Some(date) = claims.date("auth_time")? else { return Ok(()) };
    let auth_time = not_ancient("auth_time", date)?;
    if auth_time.is_none_or(|auth_time| !has_begun(now, auth_time, leeway)) {
        let not_before = auth_time.unwrap_or(Instant::from_unix(i64::MAX, 0));
        let reason = Reason::NotYetValid { what: "auth_time", now, not_before, leeway };
        return Err(Failure::at(Check::AuthTimeInvalid, "/auth_time", reason));
    }
    let first = expected.renews.as_ref().and_then(|renewed| renewed.auth_time);
    if let (Some(first), Some(auth_time)) = (first, auth_time)
        && auth_time < first
    {
        let reason = Reason::Inverted { what: "auth_time", not_before: first, not_on_or_after: auth_time };
        return Err(Failure::at(Check::AuthTimeInvalid, "/auth_time", reason));
    }
    Ok(())
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
    if now > since.plus(max_age).plus(leeway.duration()) {
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
    let found = claims.text("sub");
    if found == Some(subject) {
        return Ok(());
    }
    let found: Vec<_> = found.into_iter().collect();
    Err(mismatch(Check::SubMismatch, "sub", Class::Person, &[subject], &found))
}

/// OIDC Core 3.1.3.8, 3.2.2.9, 3.3.2.10 and FAPI 1.0 part 2, 5.1.1: at_hash, c_hash, s_hash.
fn hashes_match(claims: &Claims, expected: &Expected) -> Result<(), Failure> {
    let pairs =
        [("at_hash", &expected.access_token), ("c_hash", &expected.code), ("s_hash", &expected.state)];
    for (name, bound) in pairs {
        let found = claims.string(name)?;
        let Some((value, rule)) = bound else { continue };
        let Some(found) = found else {
            if *rule == HashRule::Required {
                return Err(Failure::new(Check::HashMissing, Reason::Missing { what: name }, pointer(name)));
            }
            continue;
        };
        let hash = claims.signer().map(|signer| half_hash(signer.digest(), value));
        if !hash.as_ref().is_some_and(|hash| constant_time_eq(hash.as_bytes(), found.as_bytes())) {
            let expected: Vec<_> = hash.iter().map(String::as_str).collect();
            return Err(mismatch(Check::HashMismatch, name, Class::Replayable, &expected, &[found]));
        }
    }
    Ok(())
}

/// The left half of the digest, base64url (OIDC Core 3.1.3.6). The digest is that of the signature algorithm.
fn half_hash(digest: crate::crypto::DigestAlgorithm, value: &str) -> String {
    let digest = digest.digest(value.as_bytes());
    let octets = digest.as_ref();
    base64::encode_url(octets.get(..octets.len() >> 1).unwrap_or_default())
}

/// OIDC Core 2 and 5.1: a known claim that is there has its type. Tolerated: `email_verified` as text (Apple, Cognito),
/// `updated_at` as text (Auth0), `locale` and `address` of any shape (LinkedIn, Cognito).
fn optional_claims_have_their_types(claims: &Claims) -> Result<(), Failure> {
    let Some(members) = claims.root().members() else { return Ok(()) };
    for (name, value) in members {
        let Some((name, shape)) = shape_of(name).filter(|_| !value.is_null()) else { continue };
        let fits = match shape {
            Shape::Text => value.kind() == Kind::String,
            Shape::Flag => value.kind() == Kind::Boolean || matches!(value.as_str(), Some("true" | "false")),
            Shape::Date => matches!(value.kind(), Kind::Number | Kind::String),
            Shape::Texts => value.elements().is_some_and(|mut all| all.all(|one| one.kind() == Kind::String)),
        };
        if !fits {
            return Err(wrong_type(name, shape.as_str(), value));
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Shape {
    Text,
    Flag,
    Date,
    Texts,
}

impl Shape {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Flag => "boolean",
            Self::Date => "number",
            Self::Texts => "array of strings",
        }
    }
}

/// Known claims and their shapes.
fn shape_of(name: &str) -> Option<(&'static str, Shape)> {
    use Shape::{Date, Flag, Text, Texts};
    Some(match name.as_bytes() {
        b"acr" => ("acr", Text),
        b"amr" => ("amr", Texts),
        b"azp" => ("azp", Text),
        b"jti" => ("jti", Text),
        b"sid" => ("sid", Text),
        b"tid" => ("tid", Text),
        b"name" => ("name", Text),
        b"nonce" => ("nonce", Text),
        b"email" => ("email", Text),
        b"gender" => ("gender", Text),
        b"profile" => ("profile", Text),
        b"picture" => ("picture", Text),
        b"website" => ("website", Text),
        b"nickname" => ("nickname", Text),
        b"zoneinfo" => ("zoneinfo", Text),
        b"birthdate" => ("birthdate", Text),
        b"given_name" => ("given_name", Text),
        b"updated_at" => ("updated_at", Date),
        b"family_name" => ("family_name", Text),
        b"middle_name" => ("middle_name", Text),
        b"phone_number" => ("phone_number", Text),
        b"email_verified" => ("email_verified", Flag),
        b"preferred_username" => ("preferred_username", Text),
        b"phone_number_verified" => ("phone_number_verified", Flag),
        _ => return None,
    })
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
