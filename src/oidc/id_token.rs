//! An ID token that was accepted, and what can be read from it.

use super::claims::{Claims, Strings};
use super::token::sha256_url;
use crate::error::Quoted;
use crate::instant::{Instant, Leeway};
use crate::jose::Signer;
use crate::json::{Members, Value};
use crate::limits::DPOP_JTI_BYTES;
use crate::replay::ReplayKey;
use core::fmt;

/// The claims of an ID token (OIDC Core 2). Only as `Validated<IdToken>` do they mean anything.
pub struct IdToken(Claims);

impl From<Claims> for IdToken {
    fn from(claims: Claims) -> Self {
        Self(claims)
    }
}

impl AsRef<Claims> for IdToken {
    fn as_ref(&self) -> &Claims {
        &self.0
    }
}

/// Who logged in. Two users are the same exactly if issuer and subject are both equal: a subject alone is unique only within
/// its issuer, an e-mail address not even there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Identity<'a> {
    /// The `iss` claim.
    pub issuer: &'a str,
    /// The `sub` claim.
    pub subject: &'a str,
}

/// Whether the issuer says that the address belongs to the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmailVerified {
    /// `email_verified` is true.
    Verified,
    /// `email_verified` is false.
    NotVerified,
    /// The issuer does not say. Entra never does.
    NotStated,
}

/// An e-mail address with what it takes to judge it. Not an identity: addresses change hands.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Email<'a> {
    /// The `email` claim.
    pub address: &'a str,
    /// What the issuer says about it.
    pub verified: EmailVerified,
    /// Who says so.
    pub issuer: &'a str,
}

impl EmailVerified {
    /// What a claim `email_verified` says: true and the text `true` in any case are yes, false and every other text no. Anything
    /// else (a number, nothing between quotes) says nothing.
    #[must_use]
    pub fn of(claim: Option<Value<'_>>) -> Self {
        match claim.map(|claim| (claim.as_flag(), claim.as_str())) {
            Some((Some(true), _)) => Self::Verified,
            Some((Some(false), _)) => Self::NotVerified,
            Some((None, Some(text))) if !text.is_empty() => Self::NotVerified,
            _ => Self::NotStated,
        }
    }
}

impl<'a> Email<'a> {
    pub(super) fn of(claims: &'a Claims) -> Option<Self> {
        let verified = EmailVerified::of(claims.get("email_verified"));
        Some(Self {
            address: claims.text("email")?,
            verified,
            issuer: claims.text("iss").unwrap_or_default(),
        })
    }
}

/// Groups in a token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Groups<'a> {
    /// The token lists them.
    Listed(Strings<'a>),
    /// There are too many to list: the token says where to ask. Not the same as none.
    Overage,
    /// The token does not speak of groups.
    Absent,
}

impl IdToken {
    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.text("iss").unwrap_or_default()
    }

    /// The subject: unique within the issuer, never reassigned.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.text("sub").unwrap_or_default()
    }

    /// Issuer and subject: the identity.
    #[must_use]
    pub fn identity(&self) -> Identity<'_> {
        Identity { issuer: self.issuer(), subject: self.subject() }
    }

    /// The audiences.
    #[must_use]
    pub fn audiences(&self) -> Strings<'_> {
        self.0.get("aud").map_or_else(Strings::none, Strings::of)
    }

    /// The authorized party.
    #[must_use]
    pub fn authorized_party(&self) -> Option<&str> {
        self.0.text("azp")
    }

    /// When the token ends.
    #[must_use]
    pub fn expires(&self) -> Option<Instant> {
        self.0.instant("exp")
    }

    /// When the token was issued.
    #[must_use]
    pub fn issued_at(&self) -> Option<Instant> {
        self.0.instant("iat")
    }

    /// When the user authenticated.
    #[must_use]
    pub fn auth_time(&self) -> Option<Instant> {
        self.0.instant("auth_time")
    }

    /// The nonce of the request.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.0.text("nonce")
    }

    /// The authentication context class.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.0.text("acr")
    }

    /// The authentication methods.
    #[must_use]
    pub fn amr(&self) -> Strings<'_> {
        self.0.get("amr").map_or_else(Strings::none, Strings::of)
    }

    /// The session at the provider, for logout.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.text("sid")
    }

    /// The e-mail address, with its verification and its issuer.
    #[must_use]
    pub fn email(&self) -> Option<Email<'_>> {
        Email::of(&self.0)
    }

    /// The groups in a claim, such as `groups`; overage (`_claim_names`, `hasgroups`) is told from none.
    #[must_use]
    pub fn groups(&self, claim: &str) -> Groups<'_> {
        groups(&self.0, claim)
    }

    /// The JOSE name of the algorithm that the token was signed with.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.0.signer().map_or("", Signer::name)
    }

    /// Any claim that is there and not null.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<Value<'_>> {
        self.0.get(name)
    }

    /// All claims in their order, null ones too.
    #[must_use]
    pub fn claims(&self) -> Option<Members<'_>> {
        self.0.root().members()
    }

    /// What to remember so that the token is accepted once: issuer and `jti`, else issuer and hash of the signed octets.
    pub fn replay_key(&self) -> ReplayKey {
        replay_key("id", &self.0)
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken")
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({:?}, {:?})", Quoted::tenant(self.issuer), Quoted::person(self.subject))
    }
}

impl fmt::Debug for Email<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Email({:?}, {:?})", Quoted::person(self.address), self.verified)
    }
}

pub(super) fn groups<'a>(claims: &'a Claims, claim: &str) -> Groups<'a> {
    let pointed = claims.get("_claim_names").and_then(|names| names.get(claim)).is_some();
    let has_groups = claims.get("hasgroups").is_some_and(|has| {
        has.as_bool() == Some(true) || has.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    });
    if pointed || (has_groups && claim == "groups") {
        return Groups::Overage;
    }
    claims.get(claim).map_or(Groups::Absent, |value| Groups::Listed(Strings::of(value)))
}

/// RFC 7519 section 4.1.7. The signature takes no part: some schemes let anybody make a second valid one.
pub(super) fn replay_key(kind: &str, claims: &Claims) -> ReplayKey {
    let issuer = claims.text("iss").unwrap_or_default();
    let end = claims.instant("exp").unwrap_or(Instant::FAR_FUTURE);
    let expires = end.plus(Leeway::MAX).min(claims.until());
    // A longer one is not kept: the hash says the same.
    match claims.text("jti").filter(|jti| (1..=DPOP_JTI_BYTES).contains(&jti.len())) {
        Some(jti) => ReplayKey::oidc(&[kind, issuer], ["jti", jti], expires),
        None => ReplayKey::oidc(&[kind, issuer], ["sha256", &sha256_url(&claims.signed_octets())], expires),
    }
}
