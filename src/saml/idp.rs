//! Whom to trust: an identity provider is its entityID, the keys bound to it, and the exceptions made for it.

use super::metadata;
use super::policy::invalid;
use super::response::UntrustedResponse;
use crate::check::Check;
use crate::crypto::TrustedKeys;
use crate::error::{Error, Failure, Location, Protocol, Quoted, Reason, Rejection};
use crate::exception::Exception;
use crate::limits::TRUSTED_IDPS;
use core::fmt;
use std::collections::HashMap;
use time::OffsetDateTime;

/// A trusted identity provider. It has at least one key; its keys vouch for its own assertions only.
#[derive(Clone, PartialEq, Eq)]
pub struct TrustedIdp {
    pub(super) entity_id: String,
    pub(super) keys: TrustedKeys,
    pub(super) exceptions: Vec<Exception>,
}

impl TrustedIdp {
    /// An identity provider from its entityID and its pinned keys.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the entityID is empty.
    pub fn new(entity_id: &str, keys: TrustedKeys) -> Result<Self, Error> {
        if entity_id.trim().is_empty() {
            return Err(invalid("the entityID of the identity provider is empty"));
        }
        Ok(Self { entity_id: entity_id.to_owned(), keys, exceptions: Vec::new() })
    }

    /// An identity provider from its entityID and a PEM text with one or more certificates.
    ///
    /// # Errors
    /// As [`TrustedKeys::from_pem`]; a certificate that cannot be used is an error, never skipped.
    pub fn from_pem(entity_id: &str, pem: &str) -> Result<Self, Error> {
        Self::new(entity_id, TrustedKeys::from_pem(pem).map_err(keys_rejected)?)
    }

    /// An identity provider from its own, unsigned metadata: a document about one entity that the caller has a reason to
    /// trust, such as a file in its configuration. Keys without `use` count as signing keys (SAML metadata 2.4.1.1).
    /// No signature in it is judged.
    ///
    /// # Errors
    /// `MetaExpired`: validUntil has passed. `MetaRoleMissing`, `MetaAmbiguousRole`, `MetaNoSigningKey`,
    /// `MetaEntityIdInvalid`, `MetaEntityIdMismatch` (there are several entities): the document does not describe one usable SAML 2.0 identity provider. `KeyMalformed`: one of
    /// its certificates cannot be read. Else the checks of the XML reader.
    pub fn from_metadata(xml: &[u8], now: OffsetDateTime) -> Result<Self, Error> {
        metadata::identity_provider(xml, None, now)
    }

    /// As [`Self::from_metadata`]: the entity with this entityID, out of a document that may be about several.
    ///
    /// # Errors
    /// As [`Self::from_metadata`]. `MetaEntityIdMismatch`: no entity has this entityID. `MetaDuplicateEntity`: several have.
    pub fn from_metadata_of(xml: &[u8], entity_id: &str, now: OffsetDateTime) -> Result<Self, Error> {
        metadata::identity_provider(xml, Some(entity_id), now)
    }

    /// The same identity provider with one more dated exception.
    #[must_use]
    pub fn with_exception(mut self, exception: Exception) -> Self {
        self.exceptions.push(exception);
        self
    }

    /// The same identity provider, also with signatures by an algorithm that the default build cannot compute; see
    /// [`TrustedKeys::with_algorithm`].
    #[cfg(feature = "aws-lc")]
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: crate::crypto::SignatureAlgorithm) -> Self {
        self.keys = self.keys.with_algorithm(algorithm);
        self
    }

    /// Its entityID.
    #[must_use]
    pub fn entity_id(&self) -> &str {
        &self.entity_id
    }

    /// Its keys.
    #[must_use]
    pub const fn keys(&self) -> &TrustedKeys {
        &self.keys
    }

    /// The fingerprint of one of its keys.
    pub(super) fn fingerprint(&self, key: usize) -> String {
        self.keys.iter().nth(key).map(|key| key.fingerprint()).unwrap_or_default()
    }

    /// Its exceptions.
    #[must_use]
    pub fn exceptions(&self) -> &[Exception] {
        &self.exceptions
    }
}

impl fmt::Debug for TrustedIdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustedIdp({}, {} keys)", self.entity_id, self.keys.count())
    }
}

/// The identity providers of several tenants, by entityID.
///
/// The message says which one it claims to be from; the keys bound to that one then decide whether it is.
#[derive(Clone, Debug, Default)]
pub struct TrustedIdps {
    by_entity_id: HashMap<String, TrustedIdp>,
}

impl TrustedIdps {
    /// The identity providers.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: two have the same entityID, or there are more than 100,000.
    pub fn new(idps: impl IntoIterator<Item = TrustedIdp>) -> Result<Self, Error> {
        let mut by_entity_id = HashMap::new();
        for idp in idps {
            if by_entity_id.len() >= TRUSTED_IDPS {
                return Err(invalid("more than 100,000 identity providers"));
            }
            if by_entity_id.insert(idp.entity_id.clone(), idp).is_some() {
                return Err(invalid("two identity providers have the same entityID"));
            }
        }
        Ok(Self { by_entity_id })
    }

    /// The identity provider that an unverified message claims to be from: by the Issuer of the Response, else by that of
    /// its Assertion.
    ///
    /// # Errors
    /// `IssuerMissing`: neither is there. `IssuerMismatch`: none of the identity providers has that entityID.
    pub fn select(&self, peek: &UntrustedResponse) -> Result<&TrustedIdp, Rejection> {
        let reject =
            |check, reason| Rejection::new(Protocol::Saml, Failure::at(check, "/Response/Issuer", reason));
        let issuer = peek.untrusted_issuer();
        let issuer =
            issuer.ok_or_else(|| reject(Check::IssuerMissing, Reason::Missing { what: "Issuer" }))?;
        self.by_entity_id.get(issuer).ok_or_else(|| {
            reject(Check::IssuerMismatch, Reason::Found { what: "Issuer", found: Quoted::tenant(issuer) })
        })
    }
}

/// A key that cannot be used is a refusal of the configuration.
pub(super) fn keys_rejected(failure: Failure) -> Error {
    let location = if failure.at == Location::default() { Location::path("/KeyInfo") } else { failure.at };
    Rejection::new(Protocol::Keys, Failure::new(failure.check, failure.reason, location)).into()
}
