//! Adapters for applications that run the login flow with the crate `openidconnect` (feature `openidconnect`): its provider
//! metadata and key set in, its typed claims out. The decision between the two is [`super::verify`], as always.
//!
//! What its types do not hold cannot be judged: `key_ops` and `issuer` of a key, private members but `d` and `k`, whole keys and
//! algorithms that its parser does not know, `authorization_response_iss_parameter_supported`. Where the documents themselves are at hand,
//! [`Discovery::parse`] and [`KeySet::from_jwks`] see all of it.
//!
//! ```
//! use bonafide::oidc::{self, Nonce, Policy, openidconnect as adapter};
//! use openidconnect::core::{CoreIdTokenClaims, CoreJsonWebKeySet, CoreProviderMetadata, CoreTokenResponse};
//! use openidconnect::{IssuerUrl, OAuth2TokenResponse as _, TokenResponse as _};
//!
//! # let cases: serde_json::Value =
//! #     serde_json::from_str(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/oidc/bench/tokens.json")))?;
//! # let (discovered, jwks) = (r#"{"issuer": "https://idp.test", "authorization_endpoint": "https://idp.test/authorize",
//! #     "jwks_uri": "https://idp.test/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
//! #     "id_token_signing_alg_values_supported": ["RS256"]}"#, cases[0]["jwks"].to_string());
//! # let answered =
//! #     serde_json::json!({"access_token": "t", "token_type": "Bearer", "id_token": cases[0]["token"]}).to_string();
//! # let now = time::macros::datetime!(2026-01-01 00:00:00 UTC);
//! // What its discovery makes of the two documents of the provider, and its client of the answer of the token endpoint.
//! let keys: CoreJsonWebKeySet = serde_json::from_str(&jwks)?;
//! let metadata = serde_json::from_str::<CoreProviderMetadata>(&discovered)?.set_jwks(keys);
//! let response: CoreTokenResponse = serde_json::from_str(&answered)?;
//!
//! let issuer = IssuerUrl::new("https://idp.test".to_owned())?;
//! let provider = adapter::trusted_provider(&metadata, &issuer)?;
//! let policy = Policy::new("client1", Nonce::Expected("n-0S6_WzA2Mj".to_owned())).unwrap();
//! let id_token = response.id_token().ok_or("no ID token")?.to_string();
//! let login = oidc::verify(&id_token, &provider, &policy, now)?;
//!
//! let claims: CoreIdTokenClaims = adapter::claims(&login)?;
//! assert_eq!(claims.subject().as_str(), login.subject());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use super::claims::pointer;
use super::token::to_error;
use super::{Discovery, IdToken, TrustedProvider};
use crate::check::Check;
use crate::error::{Error, Failure, Location, Quoted, Reason};
use crate::jose::KeySet;
use crate::trust::Validated;
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, GenderClaim, IdTokenClaims, IssuerUrl, JsonWebKey,
    JsonWebKeySet, ProviderMetadata,
};
use serde_json::{Map, Value};

/// Provider metadata of the crate `openidconnect`; `CoreProviderMetadata` is the one without additional members.
pub type Metadata<A> = ProviderMetadata<
    A,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// Trusts the issuer of metadata that was fetched for `issuer`, with the keys that were fetched with it. The same rules as
/// [`Discovery::parse`], [`KeySet::from_jwks`] and [`TrustedProvider::from_discovery`].
///
/// # Errors
/// As those; and `DiscoveryInvalid`: no algorithm for ID tokens is left in the metadata. Its parser drops those that it does
/// not know, and from nothing it cannot be told what the provider allows.
pub fn trusted_provider<A: AdditionalProviderMetadata>(
    metadata: &Metadata<A>,
    issuer: &IssuerUrl,
) -> Result<TrustedProvider, Error> {
    let document = serde_json::to_vec(metadata).map_err(|_| unwritten("metadata that cannot be written"))?;
    let discovery = Discovery::parse(&document, issuer.as_str())?;
    if discovery.announced_algorithms().is_empty() {
        let what = "id_token_signing_alg_values_supported";
        let failure = Failure::new(Check::DiscoveryInvalid, Reason::Missing { what }, pointer(what));
        return Err(to_error(failure));
    }
    TrustedProvider::from_discovery(&discovery, key_set(metadata.jwks())?).map_err(to_error)
}

/// The keys of a JWK set, for [`TrustedProvider::new`] and [`TrustedProvider::replace_keys`].
///
/// # Errors
/// As [`KeySet::from_jwks`]. A key that the parser of `openidconnect` dropped is not among [`KeySet::skipped`].
pub fn key_set<K: JsonWebKey>(keys: &JsonWebKeySet<K>) -> Result<KeySet, Error> {
    let document = serde_json::to_vec(keys).map_err(|_| unwritten("a key set that cannot be written"))?;
    KeySet::from_jwks(&document)
}

/// The claims of an accepted ID token as `openidconnect` types them, such as `CoreIdTokenClaims`.
///
/// # Errors
/// `ClaimType`: the token is good, but a claim in it does not fit these types (a `picture` that is no URL, a claim that
/// additional claims require). The location names the claim, if it is one that the token could do without.
pub fn claims<AC: AdditionalClaims, GC: GenderClaim>(
    token: &Validated<IdToken>,
) -> Result<IdTokenClaims<AC, GC>, Error> {
    let text = token.as_ref().root().to_json();
    serde_json::from_str(&text).map_err(|error| {
        let at = misfit::<AC, GC>(&text).map_or_else(Location::default, |name| pointer(&name));
        let found = Quoted::person(&error.to_string());
        let reason = Reason::Found { what: "claims for the types of openidconnect", found };
        to_error(Failure::new(Check::ClaimType, reason, at))
    })
}

/// The claim that cannot be typed even beside the required ones alone.
fn misfit<AC: AdditionalClaims, GC: GenderClaim>(text: &str) -> Option<String> {
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    let fits = |members: Map<String, Value>| {
        serde_json::from_value::<IdTokenClaims<AC, GC>>(Value::Object(members)).is_ok()
    };
    let (required, rest): (Map<_, _>, Map<_, _>) =
        members.into_iter().partition(|(name, _)| REQUIRED.contains(&name.as_str()));
    if !fits(required.clone()) {
        return None;
    }
    let alone = |name: String, value| {
        let mut members = required.clone();
        members.insert(name, value);
        members
    };
    rest.into_iter().find(|(name, value)| !fits(alone(name.clone(), value.clone()))).map(|(name, _)| name)
}

fn unwritten(what: &'static str) -> Error {
    to_error(Failure::at(Check::ConfigurationInvalid, "", Reason::Stated(what)))
}

/// OIDC Core 2.
const REQUIRED: [&str; 5] = ["iss", "sub", "aud", "exp", "iat"];
