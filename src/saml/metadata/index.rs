//! An aggregate as a stream: one pass verifies it and finds its entities; a look-up reads one of them again.
//!
//! The pass writes canonical octets into the digest that the signature covers and notes, per entity, where it stands and the
//! SHA-256 of its own canonical octets. A look-up canonicalises the entity and the start tags of the groups around it once
//! more, compares their digests, and reads nothing but these octets.

use super::checks::{self, Endpoints, Facts};
use super::document::{trusted, unknown};
use super::grammar::unsigned;
use super::model::{Entity, Shape};
use super::policy::MetadataPolicy;
use super::scan::{self, Place, Scan};
use super::{in_metadata, read, rejected};
use crate::check::Check;
use crate::crypto::{TrustedKeys, VouchedStream};
use crate::error::{Error, Failure, Location, Reason};
use crate::instant::Instant;
use crate::limits::XmlLimits;
use crate::report::{ChecksPassed, FailFast, Provenance};
use crate::saml::idp::TrustedIdp;
use crate::trust::Verified;
use crate::xml::c14n::canonicalize;
use crate::xml::{self, Comments};
use core::fmt;
use time::OffsetDateTime;

/// A signed document of up to 128 MiB that a trusted key vouched for and that passed the policy, with its entities by
/// entityID. It borrows the document and needs little memory beyond it.
///
/// It cannot be made but by [`MetadataIndex::validate`].
///
/// ```
/// use bonafide::crypto::TrustedKeys;
/// use bonafide::saml::metadata::{Expected, MetadataIndex, MetadataPolicy, Validity};
/// use time::{Duration, macros::datetime};
///
/// let document = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/metadata/good-aggregate.xml"));
/// let federation = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/saml/keys/k.crt"));
/// let now = datetime!(2026-01-01 00:00:00 UTC);
///
/// let keys = TrustedKeys::from_pem(federation).unwrap();
/// let policy = MetadataPolicy::new(Expected::Anything, Validity::Within(Duration::days(30)))?;
/// let index = MetadataIndex::validate(document, &keys, &policy, now)?;
/// assert_eq!(index.count(), 3);
/// let idp = index.idp("https://idp2.test", now)?;
/// assert_eq!(idp.keys().count(), 1);
/// # Ok::<(), bonafide::error::Error>(())
/// ```
pub struct MetadataIndex<'a> {
    scan: Scan<'a>,
    vouched: VouchedStream,
    _passed: ChecksPassed,
}

impl<'a> MetadataIndex<'a> {
    /// Verifies the signature of the root element, judges the document by policy, and finds its entities: one pass.
    ///
    /// # Errors
    /// As [`validate`](super::validate), and `LimitElements`: more than 100,000 entities or 4,096 groups.
    pub fn validate(
        document: &'a [u8],
        keys: &TrustedKeys,
        policy: &MetadataPolicy,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let now = Instant::from(now);
        let mut scan = scan::scan(document, Some((keys, now)))?;
        let outcome = scan.signature.take().unwrap_or_else(|| Err(unsigned()));
        let vouched = outcome.map_err(rejected)?;
        let mut report = FailFast::planned(checks::document_plan(policy));
        checks::document(&mut report, &scan.facts(), policy, Provenance::Signed, now).map_err(rejected)?;
        let passed = report.finish().map_err(rejected)?;
        Ok(Self { scan, vouched, _passed: passed })
    }

    /// How many entities there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.scan.entities.len()
    }

    /// Every entityID, in document order.
    pub fn entity_ids(&self) -> impl Iterator<Item = &str> {
        self.scan.entity_ids()
    }

    /// validUntil of the root element.
    #[must_use]
    pub const fn valid_until(&self) -> Option<Instant> {
        self.scan.valid_until
    }

    /// The entity with this entityID, read again from octets that the signature covers.
    ///
    /// # Errors
    /// `MetaEntityIdMismatch`: it is not in the document. Else what is wrong with it.
    pub fn entity(&self, entity_id: &str) -> Result<Entity, Error> {
        let place = self.scan.place(entity_id).ok_or_else(|| rejected(unknown(entity_id)))?;
        let (octets, parts) = self.scan.octets(place).map_err(in_metadata)?;
        let parts: Vec<_> = parts
            .iter()
            .map(|(digest, range)| (*digest, octets.get(range.clone()).unwrap_or_default()))
            .collect();
        let vouched =
            self.vouched.vouch_for_parts(&parts, octets.clone()).ok_or_else(|| rejected(changed()))?;
        let verified = Verified::read(&vouched, |octets| self.scan.read(octets, place))?;
        Ok(verified.content().clone())
    }

    /// The entity with this entityID as an identity provider to trust.
    ///
    /// # Errors
    /// As [`Self::entity`]; `MetaExpired`, `MetaRoleMissing`, `MetaAmbiguousRole`, `MetaNoSigningKey`, `KeyMalformed`,
    /// `MetaEndpointInvalid`: it cannot be used.
    pub fn idp(&self, entity_id: &str, now: OffsetDateTime) -> Result<TrustedIdp, Error> {
        trusted(&self.entity(entity_id)?, Endpoints::Judged, Instant::from(now))
    }
}

/// The entities of a document of up to 128 MiB that nobody vouched for: for people to look at.
pub struct UntrustedIndex<'a> {
    scan: Scan<'a>,
}

impl<'a> UntrustedIndex<'a> {
    /// Finds the entities of a document without any judgement of its signature, validity or use.
    ///
    /// # Errors
    /// The document is not metadata of the accepted grammar.
    pub fn read(document: &'a [u8]) -> Result<Self, Error> {
        scan::scan(document, None).map(|scan| Self { scan })
    }

    /// How many entities there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.scan.entities.len()
    }

    /// The root element.
    #[must_use]
    pub const fn shape(&self) -> Shape {
        self.scan.shape
    }

    /// Every entityID, in document order. Anybody can have written them.
    pub fn untrusted_ids(&self) -> impl Iterator<Item = &str> {
        self.scan.entity_ids()
    }

    /// The entity with this entityID. Anybody can have written it.
    ///
    /// # Errors
    /// As [`MetadataIndex::entity`].
    pub fn untrusted_entity(&self, entity_id: &str) -> Result<Entity, Error> {
        let place = self.scan.place(entity_id).ok_or_else(|| rejected(unknown(entity_id)))?;
        let (octets, _) = self.scan.octets(place).map_err(in_metadata)?;
        self.scan.read(&octets, place)
    }
}

impl<'a> Scan<'a> {
    pub(super) fn facts(&self) -> Facts<'_> {
        let only = self.entities.len() == 1;
        Facts {
            shape: self.shape,
            valid_until: self.valid_until,
            duplicate: self.duplicate.as_deref(),
            only: self.entity_ids().next().filter(|_| only),
        }
    }

    /// Reads the one entity out of canonical octets of [`Scan::octets`], which must be their own canonical form.
    pub(super) fn read(&self, octets: &[u8], place: &Place) -> Result<Entity, Error> {
        let tree = xml::parse(octets, &ENTITY, Comments::Refused).map_err(in_metadata)?;
        let again = canonicalize(tree.root(), None, &self.method);
        if again.as_deref() != Ok(octets) {
            let reason = Reason::Stated("the canonical form is not its own canonical form");
            return Err(rejected(Failure::at(Check::CanonicalFormUnstable, "", reason)));
        }
        let layout = super::grammar::document(tree.root())?;
        let metadata = read::metadata(layout.root)?;
        let mut entities = metadata.entities.into_iter();
        match (entities.next(), entities.next()) {
            (Some(entity), None) => Ok(entity),
            _ => {
                let at = Location::offset(place.start);
                Err(rejected(Failure::new(
                    Check::CanonicalFormUnstable,
                    Reason::Stated("not one entity"),
                    at,
                )))
            }
        }
    }
}

/// Limits of one entity in its canonical form, which is longer where characters are escaped.
const ENTITY: XmlLimits = XmlLimits { input_bytes: 64 << 20, text_bytes: 8 << 20, ..XmlLimits::METADATA };

fn changed() -> Failure {
    let reason = Reason::Stated("the entity is not the one that was hashed");
    Failure::at(Check::DigestMismatch, "", reason)
}

impl fmt::Debug for MetadataIndex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MetadataIndex({} entities)", self.count())
    }
}

impl fmt::Debug for UntrustedIndex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UntrustedIndex({} entities)", self.count())
    }
}
