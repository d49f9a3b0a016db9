//! What metadata must be like to be used.

use crate::error::Error;
use crate::saml::policy::invalid;
use time::Duration;

/// Which entity the document must describe (an answer for another one is refused, SM-12).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// One entity with exactly this entityID and no other.
    Entity(String),
    /// Any number of entities, whichever they are: a federation's aggregate.
    Anything,
}

/// What validUntil of the root element must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validity {
    /// It is there, and not further away than this.
    Within(Duration),
    /// It is judged where it is there. For files that somebody put in place by hand.
    WherePresent,
}

/// What metadata must be like to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataPolicy {
    pub(super) expected: Expected,
    pub(super) validity: Validity,
}

impl MetadataPolicy {
    /// A policy. Expiry is exclusive and has no leeway.
    ///
    /// # Errors
    /// `ConfigurationInvalid`: the expected entityID is empty, or the longest validity is not positive.
    pub fn new(expected: Expected, validity: Validity) -> Result<Self, Error> {
        if matches!(&expected, Expected::Entity(id) if id.trim().is_empty()) {
            return Err(invalid("the expected entityID is empty"));
        }
        if matches!(validity, Validity::Within(longest) if longest <= Duration::ZERO) {
            return Err(invalid("the longest validity of metadata is not positive"));
        }
        Ok(Self { expected, validity })
    }
}
