//! A document through its stages: parsed, vouched for by a trusted key, judged by policy.

use super::checks::{self, Endpoints, Facts};
use super::grammar::{self, Layout};
use super::model::{Entity, Metadata};
use super::policy::MetadataPolicy;
use super::{in_metadata, read, rejected};
use crate::check::Check;
use crate::crypto::TrustedKeys;
use crate::error::{Error, Failure, Quoted, Reason};
use crate::exception::Exception;
use crate::instant::Instant;
use crate::limits::{CANONICAL_BYTES, XmlLimits};
use crate::report::{FailFast, Provenance};
use crate::saml::idp::{TrustedIdp, keys_rejected};
use crate::trust::{Unverified, Validated, Verified};
use crate::xml::signature::{self, Rules};
use crate::xml::{self, Comments, Tree};
use core::fmt;
use time::OffsetDateTime;

/// A parsed metadata document of which nothing is believed yet.
pub struct Document<'a> {
    tree: Tree<'a>,
}

/// Metadata that nobody vouched for: for people to look at, and for files whose place is the reason to trust them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UntrustedMetadata(Metadata);

impl UntrustedMetadata {
    /// Reads a document without any judgement of its signature, validity or use.
    ///
    /// # Errors
    /// The document is not metadata of the accepted grammar.
    pub fn read(document: &[u8]) -> Result<Self, Error> {
        let tree = parse(document)?;
        read::metadata(grammar::document(tree.root())?.root).map(Self)
    }

    /// What the document says. Anybody can have written it.
    #[must_use]
    pub const fn untrusted(&self) -> &Metadata {
        &self.0
    }
}

impl<'a> Unverified<Document<'a>> {
    /// Parses a document of at most 4 MiB. [`MetadataIndex`](super::MetadataIndex) takes larger ones.
    ///
    /// # Errors
    /// `Malformed` with the check of the XML reader.
    pub fn parse(document: &'a [u8]) -> Result<Self, Error> {
        parse(document).map(|tree| Self::new(Document { tree }))
    }

    /// Verifies the signature of the root element with the keys of whoever publishes the metadata. Nothing else in the
    /// document can stand in for it. What comes out was read from the octets whose digest the signature covers.
    ///
    /// # Errors
    /// `Malformed`: not metadata of the accepted grammar. `Rejected`: `SignatureMissing`, `SignatureMisplaced`, or the check
    /// of a signature.
    pub fn verify(self, keys: &TrustedKeys, now: OffsetDateTime) -> Result<Verified<Metadata>, Error> {
        let document = self.into_content();
        vouched(grammar::document(document.tree.root())?, keys, &[], Instant::from(now))
    }
}

impl Verified<Metadata> {
    /// Judges the document by policy: expected entity, duplicates, validity.
    ///
    /// # Errors
    /// `Rejected` with the rule that does not hold: `MetaEntityIdMismatch`, `MetaDuplicateEntity`, `MetaExpired`,
    /// `MetaValidityMissing` or `MetaValidityTooLong`.
    pub fn validate(
        self,
        policy: &MetadataPolicy,
        now: OffsetDateTime,
    ) -> Result<Validated<Metadata>, Error> {
        let mut report = FailFast::planned(checks::document_plan(policy));
        let facts = Facts::of(self.content());
        checks::document(&mut report, &facts, policy, Provenance::Signed, Instant::from(now))
            .map_err(rejected)?;
        let passed = report.finish().map_err(rejected)?;
        Ok(Validated::new(self, passed))
    }
}

impl Validated<Metadata> {
    /// The entity with this entityID as an identity provider to trust.
    ///
    /// # Errors
    /// `MetaEntityIdMismatch`: it is not in the document. `MetaExpired`, `MetaRoleMissing`, `MetaAmbiguousRole`,
    /// `MetaNoSigningKey`, `KeyMalformed`, `MetaEndpointInvalid`: it cannot be used.
    pub fn identity_provider(&self, entity_id: &str, now: OffsetDateTime) -> Result<TrustedIdp, Error> {
        let entity = self.entity(entity_id).ok_or_else(|| rejected(unknown(entity_id)))?;
        trusted(entity, Endpoints::Judged, Instant::from(now))
    }
}

/// What a trusted key vouched for, read again from the octets that were hashed.
pub(super) fn vouched(
    layout: Layout<'_, '_>,
    keys: &TrustedKeys,
    exceptions: &[Exception],
    now: Instant,
) -> Result<Verified<Metadata>, Error> {
    let signature = layout.signature.ok_or_else(|| layout.unsigned())?;
    let rules = Rules { keys, exceptions, now };
    let vouched = signature::verify(layout.root, signature, &rules, "/Signature").map_err(rejected)?;
    Verified::read(&vouched.octets, |octets| {
        let limits = XmlLimits { input_bytes: CANONICAL_BYTES, ..XmlLimits::METADATA };
        let tree = vouched.reparse(octets, &limits, Comments::BetweenElements).map_err(rejected)?;
        read::metadata(grammar::document(tree.root())?.root)
    })
}

/// An identity provider out of an entity whose source is trusted.
pub(super) fn trusted(entity: &Entity, endpoints: Endpoints, now: Instant) -> Result<TrustedIdp, Error> {
    let mut report = FailFast::planned(checks::entity_plan(endpoints));
    let keys = checks::identity_provider(&mut report, entity, endpoints, Provenance::Signed, now);
    let keys = keys.map_err(rejected)?;
    let _passed = report.finish().map_err(rejected)?;
    TrustedIdp::new(&entity.entity_id, TrustedKeys::new(keys).map_err(keys_rejected)?)
}

pub(super) fn parse(document: &[u8]) -> Result<Tree<'_>, Error> {
    xml::parse(document, &XmlLimits::METADATA, Comments::BetweenElements)
        .map_err(|malformed| in_metadata(malformed).into())
}

pub(super) fn unknown(entity_id: &str) -> Failure {
    let reason =
        Reason::Mismatch { what: "entityID", expected: vec![Quoted::tenant(entity_id)], found: Vec::new() };
    Failure::at(Check::MetaEntityIdMismatch, "/", reason)
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document")
    }
}
