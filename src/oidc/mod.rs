//! OpenID Connect: an ID token in, a verdict out. And the other tokens that an application meets, each with its own entry
//! point and type, so that none passes as another.
//!
//! ```
//! use bonafide::error::Error;
//! use bonafide::jose::{Advice, KeySet, RefreshAdvice};
//! use bonafide::oidc::{self, IdToken, Policy, TrustedProvider};
//! use bonafide::Validated;
//! use time::OffsetDateTime;
//!
//! /// `fetch` gets the provider's JWK set: this library does no I/O.
//! fn login(
//!     id_token: &str, provider: &mut TrustedProvider, keys: &mut RefreshAdvice, policy: &Policy, now: OffsetDateTime,
//!     fetch: impl Fn() -> Result<Vec<u8>, Error>,
//! ) -> Result<Validated<IdToken>, Error> {
//!     match oidc::verify(id_token, provider, policy, now) {
//!         // The provider may have changed its keys: look once, within bounds, and try again.
//!         Err(Error::NeedKeys { kid }) if keys.on_unknown_kid(kid.as_str(), now) == Advice::Fetch => {
//!             provider.replace_keys(KeySet::from_jwks(&fetch()?)?);
//!             keys.fetched(None, now);
//!             oidc::verify(id_token, provider, policy, now)
//!         }
//!         verdict => verdict,
//!     }
//! }
//! ```

pub mod access_token;
mod binding;
mod checks;
mod claims;
pub mod client_assertion;
pub mod discovery;
pub mod dpop;
mod explain;
mod id_token;
pub mod introspection;
pub mod jarm;
pub mod login;
pub mod logout_token;
#[cfg(feature = "openidconnect")]
pub mod openidconnect;
mod policy;
mod profile;
mod provider;
mod quirks;
#[cfg(test)]
mod rules_tests;
mod shapes;
mod token;
mod token_response;
pub mod userinfo;

pub use crate::replay::{InMemoryReplayGuard, ReplayGuard, ReplayKey};
pub use binding::Proof;
pub use claims::Strings;
pub use discovery::Discovery;
pub use explain::{Expectations, explain};
pub use id_token::{Email, EmailVerified, Groups, IdToken, Identity};
pub use policy::{HashRule, Nonce, Policy};
pub use provider::{EntraVersion, Loosened, Tenants, TrustedProvider};
pub use quirks::{PROVIDERS, ProviderFacts, facts_of_issuer};
pub use token::{UntrustedToken, peek};
pub use token_response::TokenResponse;

use crate::error::Error;
use crate::trust::Validated;
use checks::IdTokenRules;
use time::OffsetDateTime;

/// Decides about an ID token: is it genuine, of this provider, for this client, for this login, valid now?
///
/// # Errors
/// [`Error::Malformed`]: not a token. [`Error::NeedKeys`]: signed with a key that the provider may have published since.
/// [`Error::Rejected`]: understood and refused; nothing in it may be believed, unless the check is one that comes after the
/// signature, and even then it is not for this login.
pub fn verify(
    id_token: &str,
    provider: &TrustedProvider,
    policy: &Policy,
    now: OffsetDateTime,
) -> Result<Validated<IdToken>, Error> {
    let rules = IdTokenRules { issuer: Some(&provider.issuer), expected: &policy.0 };
    token::decide(id_token, &provider.keys, &rules, now.into())
}
