//! DPoP proofs (RFC 9449 section 4.3): the one token that brings its own key, and proves nothing but that it is held.

use super::checks::{mismatch, no_nul, nonce_is, out_of_range};
use super::claims::{Claims, missing};
use super::explain::finish;
use super::policy::{Nonce, not_empty};
use super::token::{self, Rules, Walk, pass, sha256_url, to_error};
use crate::check::Check;
use crate::crypto::constant_time_eq;
use crate::diagnosis::{Diagnosis, Draft};
use crate::error::{Class, Error, Failure, Protocol, Reason};
use crate::instant::{Instant, Leeway, has_begun, has_ended};
use crate::jose::{self, Algorithm, AlgorithmSet, HeaderKey, HeaderRules, TypRule};
use crate::json::NumericDate;
use crate::limits::DPOP_JTI_BYTES;
use crate::replay::ReplayKey;
use crate::report::{Report, Ruling};
use crate::rule::{Rule, RuleSet};
use crate::trust::{Validated, Verified};
use core::fmt;
use time::{Duration, OffsetDateTime};

/// The request that a proof must have been made for.
#[derive(Clone)]
pub struct Policy {
    method: Box<str>,
    uri: Box<str>,
    access_token: Option<Box<str>>,
    nonce: Nonce,
    algorithms: AlgorithmSet,
    max_age: Duration,
    leeway: Leeway,
}

impl Policy {
    /// Expects a proof for this method and URI, made at most 60 s ago, without access token (as at the token endpoint).
    /// Leeway 60 s.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the method is empty, or the URI is no absolute http or https URI.
    pub fn new(method: &str, uri: &str) -> Result<Self, Failure> {
        if normalised(uri).is_none() {
            let reason = Reason::Stated("a request URI that is not absolute");
            return Err(Failure::at(Check::ConfigurationInvalid, "", reason));
        }
        Ok(Self {
            method: not_empty("method", method)?,
            uri: uri.into(),
            access_token: None,
            nonce: Nonce::Ignored,
            algorithms: AlgorithmSet::DEFAULT,
            max_age: Duration::MINUTE,
            leeway: Leeway::default(),
        })
    }

    /// The access token that came with the proof: `ath` must be its hash.
    #[must_use]
    pub fn with_access_token(mut self, access_token: &str) -> Self {
        self.access_token = Some(access_token.into());
        self
    }

    /// The nonce that the server gave out (RFC 9449 section 8).
    ///
    /// # Errors
    /// `ConfigurationInvalid`: it is empty.
    pub fn with_nonce(mut self, nonce: &str) -> Result<Self, Failure> {
        self.nonce = Nonce::Expected(not_empty("nonce", nonce)?.into());
        Ok(self)
    }

    /// Allows these algorithms and no others.
    #[must_use]
    pub fn with_algorithms(mut self, algorithms: &[Algorithm]) -> Self {
        self.algorithms = AlgorithmSet::of(algorithms);
        self
    }

    /// Another age that a proof may have.
    #[must_use]
    pub const fn with_max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
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
        write!(f, "Policy({:?}, {:?})", self.max_age, self.leeway)
    }
}

/// A proof that its sender holds a key.
pub struct DpopProof {
    claims: Claims,
    thumbprint: String,
}

/// Decides about a proof. Then see that the access token is bound to its thumbprint ([`crate::oidc::Proof::dpop`]), and keep its
/// replay key: in this order, since anybody can make proofs and fill the share that a guard has for them.
///
/// # Errors
/// [`Error::Malformed`]: not a token. [`Error::Rejected`]: understood and refused.
pub fn verify(proof: &str, policy: &Policy, now: OffsetDateTime) -> Result<Validated<DpopProof>, Error> {
    judge(proof, policy, now.into()).map_err(to_error)
}

fn judge(proof: &str, policy: &Policy, now: Instant) -> Result<Validated<DpopProof>, Failure> {
    let signed = jose::verify_by_header_key(proof, policy.header(), policy.algorithms)?;
    let thumbprint = signed.thumbprint;
    let verified = Verified::read(&signed.octets, |octets| {
        let claims = Claims::read(octets, None)?;
        let until = policy.accepted_until(&claims);
        Ok(DpopProof { claims: claims.accepted_until(until), thumbprint })
    })?;
    pass(verified, policy, now)
}

/// Explains a proof: the rules of [`verify`], all of them. The verdict is accepted exactly when `verify` accepts.
#[must_use]
pub fn explain(proof: &str, policy: &Policy, now: OffsetDateTime) -> Diagnosis {
    let explained = token::explain_by_header_key(proof, policy.algorithms, policy, now.into());
    finish(Draft::new(Protocol::Oidc), explained, policy)
}

impl Rules for Policy {
    fn header(&self) -> HeaderRules<'_> {
        HeaderRules {
            typ: TypRule { accepted: &["dpop+jwt"], may_be_absent: false },
            key: HeaderKey::Required,
        }
    }

    fn plan(&self) -> RuleSet {
        RuleSet::of(&[
            Rule::NoNul,
            Rule::ProofMethod,
            Rule::ProofUri,
            Rule::ProofIat,
            Rule::ProofJti,
            Rule::ProofAth,
            Rule::NonceSent,
        ])
    }

    fn run(&self, walk: &mut Walk<'_, impl Report>) -> Result<(), Failure> {
        let (claims, now) = (walk.claims, walk.now);
        walk.rule(Rule::NoNul, no_nul(claims))?;
        walk.rule(Rule::ProofMethod, self.method_is(claims))?;
        walk.rule(Rule::ProofUri, self.uri_is(claims))?;
        walk.rule(Rule::ProofIat, self.made_now(claims, now))?;
        walk.rule(Rule::ProofJti, has_jti(claims))?;
        walk.rule(Rule::ProofAth, self.access_token_is(claims))?;
        walk.rule(Rule::NonceSent, nonce_is(claims, &self.nonce))
    }

    fn accepted_until(&self, claims: &Claims) -> Instant {
        let made = claims.instant("iat").unwrap_or(Instant::FAR_FUTURE);
        made.plus(self.max_age).plus(self.leeway.duration())
    }
}

impl Policy {
    /// Step 8: `htm` is the method, case included.
    fn method_is(&self, claims: &Claims) -> Result<(), Failure> {
        let found = claims.string("htm")?;
        if found == Some(&*self.method) {
            return Ok(());
        }
        let found: Vec<_> = found.into_iter().collect();
        Err(mismatch(Check::DpopHtm, "htm", Class::Protocol, &[&self.method], &found))
    }

    /// Step 9: `htu` is the URI without query and fragment, after normalisation of syntax and scheme (RFC 3986 section 6.2).
    fn uri_is(&self, claims: &Claims) -> Result<(), Failure> {
        let found = claims.string("htu")?;
        let claimed = found.and_then(normalised);
        if claimed.is_some() && claimed == normalised(&self.uri) {
            return Ok(());
        }
        let found: Vec<_> = found.into_iter().collect();
        Err(mismatch(Check::DpopHtu, "htu", Class::Tenant, &[&self.uri], &found))
    }

    /// Step 11: made now, give or take the leeway.
    fn made_now(&self, claims: &Claims, now: Instant) -> Result<(), Failure> {
        let leeway = self.leeway;
        let absent = || Failure::at(Check::DpopIat, "/iat", Reason::Missing { what: "iat" });
        let NumericDate::At(since) = claims.date("iat")?.ok_or_else(absent)? else {
            return Err(Failure { check: Check::DpopIat, ..out_of_range("iat") });
        };
        if !has_begun(now, since, leeway) {
            let reason = Reason::NotYetValid { what: "iat", now, not_before: since, leeway };
            return Err(Failure::at(Check::DpopIat, "/iat", reason));
        }
        if has_ended(now, since.plus(self.max_age), leeway) {
            let reason = Reason::TooOld { what: "iat", now, since, max_age: self.max_age, leeway };
            return Err(Failure::at(Check::DpopIat, "/iat", reason));
        }
        Ok(())
    }

    /// Step 12: `ath` is the hash of the access token that came along.
    fn access_token_is(&self, claims: &Claims) -> Result<Ruling, Failure> {
        let found = claims.string("ath")?;
        let Some(access_token) = &self.access_token else {
            return Ok(Ruling::NotApplicable("no access token came along"));
        };
        let expected = sha256_url(access_token);
        if found.is_some_and(|found| constant_time_eq(found.as_bytes(), expected.as_bytes())) {
            return Ok(Ruling::Held);
        }
        let found: Vec<_> = found.into_iter().collect();
        Err(mismatch(Check::DpopAth, "ath", Class::Replayable, &[&expected], &found))
    }
}

/// Step 3: `jti` is there; bounded, because it will be stored.
fn has_jti(claims: &Claims) -> Result<(), Failure> {
    let jti = claims.string("jti")?.ok_or_else(|| missing("jti"))?;
    super::checks::bounded("jti", jti, DPOP_JTI_BYTES)
}

impl AsRef<Claims> for DpopProof {
    fn as_ref(&self) -> &Claims {
        &self.claims
    }
}

impl DpopProof {
    /// The thumbprint of the key (RFC 7638): what `cnf.jkt` of the access token must be.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// When the proof was made.
    #[must_use]
    pub fn issued_at(&self) -> Option<Instant> {
        self.claims.instant("iat")
    }

    /// What to remember so that the proof counts once: key and `jti`, until it is too old for the policy that accepted it, which is
    /// later when it was made ahead of this server's clock.
    pub fn replay_key(&self) -> ReplayKey {
        let jti = self.claims.text("jti").unwrap_or_default();
        ReplayKey::oidc(&["dpop"], [&self.thumbprint, jti], self.claims.until())
    }
}

impl fmt::Debug for DpopProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopProof")
    }
}

/// Scheme and host in lower case, default port dropped, query and fragment dropped, escapes of unreserved characters undone
/// and the others in upper case, empty path as `/`. `None`: no absolute http or https URI.
fn normalised(uri: &str) -> Option<String> {
    if !uri.bytes().all(|octet| octet.is_ascii_graphic()) {
        return None;
    }
    let end = uri.find(['?', '#']).unwrap_or(uri.len());
    let (scheme, rest) = uri.get(..end)?.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "https" => "443",
        "http" => "80",
        _ => return None,
    };
    let path_at = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = (rest.get(..path_at)?.to_ascii_lowercase(), rest.get(path_at..)?);
    if authority.is_empty() || authority.contains('@') {
        return None;
    }
    let authority = match authority.rsplit_once(':') {
        Some((host, port)) if port == default_port || port.is_empty() => host.to_owned(),
        _ => authority,
    };
    let path = if path.is_empty() { "/".to_owned() } else { normalised_escapes(path)? };
    Some([&scheme, "://", &authority, &path].concat())
}

fn normalised_escapes(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len());
    let mut rest = path.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (high, low) = (rest.next()?.to_digit(16)?, rest.next()?.to_digit(16)?);
        let octet = char::from_u32((high << 4) | low)?;
        if octet.is_ascii_alphanumeric() || matches!(octet, '-' | '.' | '_' | '~') {
            out.push(octet);
        } else {
            out.push('%');
            for nibble in [high, low] {
                out.push(char::from_digit(nibble, 16)?.to_ascii_uppercase());
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::normalised;

    #[test]
    fn uris_are_normalised_as_rfc_3986_has_it() {
        let same = "https://api.sp.test/a%2Fb~c";
        for uri in [
            "HTTPS://API.sp.test/a%2fb~c",
            "https://api.sp.test:443/a%2Fb%7Ec?x=1#y",
            "https://api.sp.test:/a%2Fb%7ec#?",
        ] {
            assert_eq!(normalised(uri).as_deref(), Some(same), "{uri}");
        }
        assert_eq!(normalised("http://a.test:80").as_deref(), Some("http://a.test/"));
        for (a, b) in [
            ("https://a.test/x", "https://a.test/X"),
            ("https://a.test/x", "http://a.test/x"),
            ("https://a.test/x", "https://a.test:8443/x"),
            ("https://a.test/x", "https://a.test/x/"),
            ("https://a.test/a%2Fb", "https://a.test/a/b"),
        ] {
            assert_ne!(normalised(a), normalised(b));
        }
        for bad in [
            "",
            "/x",
            "a.test/x",
            "ftp://a.test/",
            "https:///x",
            "https://u@a.test/",
            "https://a.test/%zz",
            "https://a test/",
        ] {
            assert_eq!(normalised(bad), None, "{bad}");
        }
    }
}
